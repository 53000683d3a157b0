/* token_value.h - the value of a token: its rules, its expiry, and the hashes of its secrets. */
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

/* Times are wall clock; 0: never. The last secret is the current one; those before it have been replaced. */
struct token_value {
	struct access_rules *rules;
	int64_t expires_ms;
	char *node; /* the node that writes with it; NULL: no particular one */
	struct token_known_secret {
		struct token_hash hash;
		int64_t expires_ms;
	} secrets[TOKEN_SECRETS_MAX];
	size_t secret_count; /* 0 for "anonymous" */
};

/* False: the record has no such value; *out is untouched. Else call token_value_finish. */
bool token_value_parse(const struct record *record, struct token_value *out);
void token_value_finish(struct token_value *value);

/* The value for a record. free() it. */
char *token_value_render(const struct token_value *value, size_t *out_size);

#endif
