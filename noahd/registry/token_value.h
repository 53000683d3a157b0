/* token_value.h - what the record of a token keeps: its rules, until when it is good, and the hashes of its secrets. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_TOKEN_VALUE_H
#define NOAHD_REGISTRY_TOKEN_VALUE_H

#include "noahd/registry/access.h"
#include "noahd/registry/change.h"
#include "noahd/registry/token_secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOKEN_SECRETS_MAX = 10 };

/* Times are wall clock, 0 is for ever. The last secret is the current one, those before it have been rotated away. */
struct token_value {
	struct access_rules *rules;
	int64_t expires_ms;
	char *node; /* whose writes are made with it; NULL: no node's in particular */
	struct token_known_secret {
		struct token_hash hash;
		int64_t expires_ms;
	} secrets[TOKEN_SECRETS_MAX];
	size_t secret_count; /* 0: nobody can show one ("anonymous") */
};

/* False where the record's value is none; *out is untouched then. Else token_value_finish it. */
bool token_value_parse(const struct record *record, struct token_value *out);
void token_value_finish(struct token_value *value);

/* The bytes for a record; free() them. */
char *token_value_render(const struct token_value *value, size_t *out_size);

#endif
