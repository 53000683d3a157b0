/* token.h - the rules of tokens: names that clients prove to have, and what they may do. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_TOKEN_H
#define NOAHD_REGISTRY_TOKEN_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"
#include "noahd/registry/token_secret.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { TOKEN_EXPIRES_S_MAX = 315360000 }; /* ten years */

extern const struct kind token_kind;

#define ALL_TOKENS "tokens"

/* "/tokens/<name>"; free() it. */
char *token_path(const char *name);

struct token_terms {
	const json_t *rules;   /* access.h; borrowed */
	int64_t expires_in_ms; /* 0: never */
	const char *node;      /* that it writes for; NULL: none in particular */
};

/* What a write has made of a token. secret: "" where there is no new one. */
struct token_result {
	struct registry_entry *entry;
	enum change_action action;
	char secret[TOKEN_SECRET_TEXT_BYTES];
};

/* Makes a token with its first secret ("anonymous" has none), or gives the one that is there these terms, its secrets
   staying. ERROR_INVALID: the rules are none, or the node is no name. */
bool token_put(struct plan *plan, const char *name, const struct token_terms *terms, struct token_result *out,
    struct error *err);

/* A new secret; the one before it is good for 24 h more. ERROR_NOT_FOUND, ERROR_INVALID for "anonymous", ERROR_CONFLICT
   where all of TOKEN_SECRETS_MAX are still good. */
bool token_rotate(struct plan *plan, const char *name, struct token_result *out, struct error *err);

/* For who has the machine: token_put, and a new secret too for a token that is there, as token_rotate makes it.
   ERROR_INVALID for a name that is none. */
bool token_issue(struct plan *plan, const char *name, const struct token_terms *terms, struct token_result *out,
    struct error *err);

/* needs_one: the last token must stay, since without any everybody may do everything (ERROR_CONFLICT). ERROR_NOT_FOUND.
   out_id holds UUID_TEXT_BYTES. */
bool token_delete(struct plan *plan, const char *name, bool needs_one, char *out_id, struct error *err);

#endif
