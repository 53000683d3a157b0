/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/token_table.h"

#include "common/memory.h"
#include "noahd/registry/token_value.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* The comparison of hashes need not take constant time: its duration reveals at most parts of a hash, and no secret can
   be found from a hash. */
struct secret_entry {
	struct token_hash hash;
	int64_t expires_ms;
	struct token *token;
	UT_hash_handle hh;
};

struct token {
	const struct token_table *table;
	unsigned references;
	bool exists;
	uint64_t revision;
	char *name;
	struct token_value value;
	struct secret_entry secrets[TOKEN_SECRETS_MAX]; /* value.secret_count of them */
	UT_hash_handle hh;
};

struct token_table {
	struct token *tokens;         /* by name */
	struct secret_entry *secrets; /* by hash */
	struct token *anonymous;
};

static struct token *token_create(const struct token_table *table, const char *name)
{
	struct token *token = memory_zeroed(1, sizeof(*token));

	token->table = table;
	token->references = 1;
	token->name = memory_text(name);
	return token;
}

const struct token_table *token_table_of(const struct token *token)
{
	return token->table;
}

struct token *token_reference(struct token *token)
{
	if (token)
		token->references++;
	return token;
}

void token_release(struct token *token)
{
	if (!token || --token->references)
		return;
	token_value_finish(&token->value);
	free(token->name);
	free(token);
}

struct token_table *token_table_create(void)
{
	struct token_table *table = memory_zeroed(1, sizeof(*table));

	table->anonymous = token_create(table, TOKEN_ANONYMOUS);
	return table;
}

static void clear_token_value(struct token_table *table, struct token *token)
{
	for (size_t i = 0; i < token->value.secret_count; i++)
		HASH_DEL(table->secrets, &token->secrets[i]);
	token_value_finish(&token->value);
	token->value = (struct token_value){ 0 };
}

static void remove_token(struct token_table *table, struct token *token)
{
	clear_token_value(table, token);
	HASH_DEL(table->tokens, token);
	token->exists = false;
	token_release(token);
}

void token_table_destroy(struct token_table *table)
{
	struct token *token, *following;

	if (!table)
		return;
	HASH_ITER (hh, table->tokens, token, following)
		remove_token(table, token);
	token_release(table->anonymous);
	free(table);
}

static void set_token_value(struct token_table *table, struct token *token, const struct record *record)
{
	(void)token_value_parse(record, &token->value);
	for (size_t i = 0; i < token->value.secret_count; i++) {
		struct secret_entry *entry = &token->secrets[i];
		entry->hash = token->value.secrets[i].hash;
		entry->expires_ms = token->value.secrets[i].expires_ms;
		entry->token = token;
		HASH_ADD(hh, table->secrets, hash, sizeof(entry->hash), entry);
	}
}

struct token *token_table_named(const struct token_table *table, const char *name)
{
	struct token *token;

	HASH_FIND_STR(table->tokens, name, token);
	return token;
}

void token_table_set(struct token_table *table, const char *path, const struct record *record)
{
	const char *name = strrchr(path, '/') + 1;
	struct token *token = token_table_named(table, name);

	if (!record) {
		if (token)
			remove_token(table, token);
		return;
	}
	if (token) {
		clear_token_value(table, token);
	} else {
		token = strcmp(name, TOKEN_ANONYMOUS) ? token_create(table, name) : token_reference(table->anonymous);
		token->exists = true;
		HASH_ADD_KEYPTR(hh, table->tokens, token->name, strlen(token->name), token);
	}
	set_token_value(table, token, record);
	token->revision = record->revision;
}

size_t token_table_count(const struct token_table *table)
{
	return HASH_COUNT(table->tokens);
}

struct token *token_table_anonymous(const struct token_table *table)
{
	return table->anonymous;
}

bool token_table_rules(const struct token_table *table, const char *name, int64_t now_ms,
    const struct access_rules **out_rules)
{
	if (token_table_count(table) == 0)
		return false;
	const struct token *token = name ? token_table_named(table, name) : table->anonymous;
	*out_rules = token ? token_rules(token, now_ms) : NULL;
	return true;
}

static bool is_unexpired(int64_t expires_ms, int64_t now_ms)
{
	return !expires_ms || now_ms < expires_ms;
}

struct token *token_table_of_secret(const struct token_table *table, const char *text, int64_t now_ms)
{
	struct secret_entry *entry;
	struct token_hash hash;

	if (!token_secret_hash(text, &hash))
		return NULL;
	HASH_FIND(hh, table->secrets, &hash, sizeof(hash), entry);
	if (!entry || !is_unexpired(entry->expires_ms, now_ms) || !is_unexpired(entry->token->value.expires_ms, now_ms))
		return NULL;
	return entry->token;
}

int64_t token_table_next_expiry(const struct token_table *table, int64_t now_ms)
{
	const struct token *token, *following;
	int64_t next_ms = 0;

	HASH_ITER (hh, table->tokens, token, following) {
		int64_t expires_ms = token->value.expires_ms;
		if (expires_ms > now_ms && (!next_ms || expires_ms < next_ms))
			next_ms = expires_ms;
	}
	return next_ms;
}

uint64_t token_revision(const struct token *token)
{
	return token->revision;
}

int64_t token_expires_ms(const struct token *token)
{
	return token->value.expires_ms;
}

const char *token_name(const struct token *token)
{
	return token->name;
}

const char *token_node(const struct token *token)
{
	return token->value.node;
}

const struct access_rules *token_rules(const struct token *token, int64_t now_ms)
{
	return token->exists && is_unexpired(token->value.expires_ms, now_ms) ? token->value.rules : NULL;
}
