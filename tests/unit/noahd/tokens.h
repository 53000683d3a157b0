/* tokens.h - a table of tokens for tests. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NOAHD_TOKENS_H
#define TESTS_UNIT_NOAHD_TOKENS_H

#include "common/memory.h"
#include "noahd/registry/token_table.h"

#include <stdlib.h>
#include <string.h>

/* The token of that name has these rules, as JSON, from now on; borrowed until it is set again. */
static inline struct token *tokens_set(struct token_table *table, const char *name, const char *rules)
{
	char *path = memory_join("/tokens/", name);
	char *value = memory_format("{\"rules\":%s,\"expires_ms\":0,\"secrets\":[]}", rules);
	const struct record record = {
		.kind = OBJECT_TOKEN, .path = path, .has_value = true, .value = value, .value_size = strlen(value)
	};

	token_table_set(table, path, &record);
	free(value);
	free(path);
	return token_table_named(table, name);
}

#endif
