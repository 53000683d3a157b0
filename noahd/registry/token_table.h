/* token_table.h - the current tokens, found by secret or by name. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_TOKEN_TABLE_H
#define NOAHD_REGISTRY_TOKEN_TABLE_H

#include "noahd/registry/access.h"
#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_ANONYMOUS "anonymous" /* the rights of requests without a token */

/* Each thread has its own table, and updates it with every change. */
struct token_table;

/* Lives as long as there is a reference. Its rules may change meanwhile; a deleted token has none. */
struct token;

struct token_table *token_table_create(void);
/* All references must have been released. NULL is fine. */
void token_table_destroy(struct token_table *table);

/* Sets the token at "/tokens/<name>"; record NULL: it is deleted. A value that cannot be parsed allows nothing. */
void token_table_set(struct token_table *table, const char *path, const struct record *record);

/* While it is 0, everyone may do everything. */
size_t token_table_count(const struct token_table *table);

/* The token with that secret; NULL: there is none, or the token or the secret has expired. Borrowed until the next
   token_table_set. */
struct token *token_table_of_secret(const struct token_table *table, const char *text, int64_t now_ms);
/* The token with that name; NULL: there is none. Borrowed likewise. */
struct token *token_table_named(const struct token_table *table, const char *name);
/* The token for requests without a secret, whether or not it has rules. Borrowed as long as the table lives. */
struct token *token_table_anonymous(const struct token_table *table);

/* The present rules of the token with that name; NULL: of requests without a token. False: there are no tokens, so
   everything is allowed. */
bool token_table_rules(const struct token_table *table, const char *name, int64_t now_ms,
    const struct access_rules **out_rules);

/* When the next token expires, wall clock; 0: none does. Visits all tokens. */
int64_t token_table_next_expiry(const struct token_table *table, int64_t now_ms);

/* The table that contains it, or did before it was deleted. */
const struct token_table *token_table_of(const struct token *token);

struct token *token_reference(struct token *token); /* returns its argument; NULL is fine */
void token_release(struct token *token);            /* NULL is fine */

const char *token_name(const struct token *token);
/* The node that writes with it; NULL: no particular one. Borrowed until the next token_table_set. */
const char *token_node(const struct token *token);
/* The revision of its last change; 0: it was never registered. */
uint64_t token_revision(const struct token *token);
/* When it expires, wall clock; 0: never. */
int64_t token_expires_ms(const struct token *token);
/* NULL: it has none, or has been deleted or expired. */
const struct access_rules *token_rules(const struct token *token, int64_t now_ms);

#endif
