/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/token_table.h"

#include "common/memory.h"
#include "noahd/registry/token_value.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* Those who guess get to know at most whether a hash is in this table, from which no secret follows: comparing need not take
   the same time always. */
struct secret_entry {
	struct token_hash hash;
	int64_t expires_ms;
	struct token *token;
	UT_hash_handle hh;
};

struct token {
	char *name;
	struct token_value value;
	struct secret_entry *secrets; /* value.secret_count of them */
	UT_hash_handle hh;
};

struct token_table {
	struct token *tokens;         /* by name */
	struct secret_entry *secrets; /* by hash */
};

struct token_table *token_table_create(void)
{
	return memory_zeroed(1, sizeof(struct token_table));
}

static void remove_token(struct token_table *table, struct token *token)
{
	for (size_t i = 0; i < token->value.secret_count; i++)
		HASH_DEL(table->secrets, &token->secrets[i]);
	HASH_DEL(table->tokens, token);
	token_value_finish(&token->value);
	free(token->secrets);
	free(token->name);
	free(token);
}

void token_table_destroy(struct token_table *table)
{
	struct token *token, *following;

	if (!table)
		return;
	HASH_ITER (hh, table->tokens, token, following)
		remove_token(table, token);
	free(table);
}

static void add_token(struct token_table *table, const char *name, const struct record *record)
{
	struct token *token = memory_zeroed(1, sizeof(*token));

	token->name = memory_text(name);
	(void)token_value_parse(record, &token->value);
	token->secrets = memory_zeroed(TOKEN_SECRETS_MAX, sizeof(*token->secrets));
	for (size_t i = 0; i < token->value.secret_count; i++) {
		struct secret_entry *entry = &token->secrets[i];
		entry->hash = token->value.secrets[i].hash;
		entry->expires_ms = token->value.secrets[i].expires_ms;
		entry->token = token;
		HASH_ADD(hh, table->secrets, hash, sizeof(entry->hash), entry);
	}
	HASH_ADD_KEYPTR(hh, table->tokens, token->name, strlen(token->name), token);
}

void token_table_set(struct token_table *table, const char *path, const struct record *record)
{
	const char *name = strrchr(path, '/') + 1;
	struct token *token;

	HASH_FIND_STR(table->tokens, name, token);
	if (token)
		remove_token(table, token);
	if (record)
		add_token(table, name, record);
}

size_t token_table_count(const struct token_table *table)
{
	return HASH_COUNT(table->tokens);
}

static bool is_good(int64_t expires_ms, int64_t now_ms)
{
	return !expires_ms || now_ms < expires_ms;
}

const struct token *token_table_of_secret(const struct token_table *table, const char *text, int64_t now_ms)
{
	struct secret_entry *entry;
	struct token_hash hash;

	if (!token_secret_hash(text, &hash))
		return NULL;
	HASH_FIND(hh, table->secrets, &hash, sizeof(hash), entry);
	if (!entry || !is_good(entry->expires_ms, now_ms) || !is_good(entry->token->value.expires_ms, now_ms))
		return NULL;
	return entry->token;
}

const struct token *token_table_named(const struct token_table *table, const char *name, int64_t now_ms)
{
	struct token *token;

	HASH_FIND_STR(table->tokens, name, token);
	return token && is_good(token->value.expires_ms, now_ms) ? token : NULL;
}

const char *token_name(const struct token *token)
{
	return token->name;
}

const struct access_rules *token_rules(const struct token *token)
{
	return token ? token->value.rules : NULL;
}
