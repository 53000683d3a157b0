/* token_table.h - the tokens as they are now, found by the secret that a client shows or by name. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_TOKEN_TABLE_H
#define NOAHD_REGISTRY_TOKEN_TABLE_H

#include "noahd/registry/access.h"
#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_ANONYMOUS "anonymous" /* whoever shows no secret */

/* Of one thread: each thread that asks has its own and tells it of every change. */
struct token_table;

struct token_table *token_table_create(void);
void token_table_destroy(struct token_table *table); /* NULL is fine */

/* The token at "/tokens/<name>" is this from now on; record NULL: there is none. What cannot be understood allows nothing. */
void token_table_set(struct token_table *table, const char *path, const struct record *record);

/* While this is 0 everybody may do everything. */
size_t token_table_count(const struct token_table *table);

/* The token whose secret the text is, unless one of both has expired; NULL: nobody's. Valid until the next token_table_set. */
const struct token *token_table_of_secret(const struct token_table *table, const char *text, int64_t now_ms);
/* The token of that name; NULL: there is none, or it has expired. */
const struct token *token_table_named(const struct token_table *table, const char *name, int64_t now_ms);

const char *token_name(const struct token *token);
const struct access_rules *token_rules(const struct token *token); /* of NULL too: none */

#endif
