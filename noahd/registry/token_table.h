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

/* A token, for as long as somebody holds it: its rules change under the holder, and once it is deleted it has none. */
struct token;

struct token_table *token_table_create(void);
/* NULL is fine. Before it, all tokens are released. */
void token_table_destroy(struct token_table *table);

/* The token at "/tokens/<name>" is this from now on; record NULL: there is none. What cannot be understood allows
   nothing. */
void token_table_set(struct token_table *table, const char *path, const struct record *record);

/* While this is 0 everybody may do everything. */
size_t token_table_count(const struct token_table *table);

/* The token whose secret the text is, unless one of both has expired; NULL: nobody's. Borrowed until the next
   token_table_set. */
struct token *token_table_of_secret(const struct token_table *table, const char *text, int64_t now_ms);
/* The token of that name; NULL: there is none. Borrowed likewise. */
struct token *token_table_named(const struct token_table *table, const char *name);
/* Of whoever shows no secret, whether or not it has been given rules. Borrowed as long as the table lives. */
struct token *token_table_anonymous(const struct token_table *table);

/* What who showed that token may do now; name NULL: who showed none. False: there is no token, everything is
   allowed. */
bool token_table_rules(const struct token_table *table, const char *name, int64_t now_ms,
    const struct access_rules **out_rules);

/* When the next of them expires, wall clock; 0: none will. Looks at each. */
int64_t token_table_next_expiry(const struct token_table *table, int64_t now_ms);

/* The table that it is of, or was of until it was deleted. */
const struct token_table *token_table_of(const struct token *token);

struct token *token_reference(struct token *token); /* returns its argument; NULL is fine */
void token_release(struct token *token);            /* NULL is fine */

const char *token_name(const struct token *token);
/* Whose writes are made with it; NULL: no node's in particular. Borrowed until the next token_table_set. */
const char *token_node(const struct token *token);
/* Of the last change of its rules, or of anything else of it; 0: it was never made. */
uint64_t token_revision(const struct token *token);
/* When it expires, wall clock; 0: never. */
int64_t token_expires_ms(const struct token *token);
/* NULL: none, since it has been deleted or has expired. */
const struct access_rules *token_rules(const struct token *token, int64_t now_ms);

#endif
