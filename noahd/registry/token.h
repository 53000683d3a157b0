/* token.h - the rules of tokens, which authenticate clients and grant them rights. */
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
	const char *node;      /* the node that writes with it; NULL: no particular one */
};

/* The result of a write; secret "": there is no new one. */
struct token_result {
	struct registry_entry *entry;
	enum change_action action;
	char secret[TOKEN_SECRET_TEXT_BYTES];
};

/* Creates a token with its first secret ("anonymous" has none), or sets the terms of an existing one, which keeps its
   secrets. ERROR_INVALID: the rules or the name of the node are invalid. */
bool token_put(struct plan *plan, const char *name, const struct token_terms *terms, struct token_result *out,
    struct error *err);

/* Adds a secret; the previous one expires in 24 hours. ERROR_NOT_FOUND. ERROR_INVALID: it is "anonymous".
   ERROR_CONFLICT: it has TOKEN_SECRETS_MAX valid secrets. */
bool token_rotate(struct plan *plan, const char *name, struct token_result *out, struct error *err);

/* For the command line: token_put, then token_rotate if the token existed. ERROR_INVALID: the name is invalid, too. */
bool token_issue(struct plan *plan, const char *name, const struct token_terms *terms, struct token_result *out,
    struct error *err);

/* Whether the last token can be deleted: without tokens, everyone may do everything. */
enum token_last { TOKEN_LAST_MAY_GO, TOKEN_LAST_STAYS };

/* ERROR_NOT_FOUND. ERROR_CONFLICT: it is the last one, which stays. out_id has room for UUID_TEXT_BYTES. */
bool token_delete(struct plan *plan, const char *name, enum token_last last, char *out_id, struct error *err);

#endif
