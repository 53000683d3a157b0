/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/token_value.h"

#include "common/json.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* {"rules":[…],"expires_ms":0,"node":"web1","secrets":[{"sha256":"…","expires_ms":0},…]}. Databases contain this:
   additions must be optional. */

static bool parse_time(const json_t *object, int64_t *out_ms)
{
	const json_t *value = json_object_get(object, "expires_ms");

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*out_ms = json_integer_value(value);
	return true;
}

static bool parse_secrets(const json_t *secrets, struct token_value *out)
{
	const json_t *secret;
	size_t i;

	if (!json_is_array(secrets) || json_array_size(secrets) > TOKEN_SECRETS_MAX)
		return false;
	json_array_foreach (secrets, i, secret) {
		const char *hash = json_string_value(json_object_get(secret, "sha256"));
		if (!hash || !token_hash_parse(hash, &out->secrets[i].hash) || !parse_time(secret, &out->secrets[i].expires_ms))
			return false;
	}
	out->secret_count = json_array_size(secrets);
	return true;
}

bool token_value_parse(const struct record *record, struct token_value *out)
{
	struct token_value value = { 0 };
	json_t *text;

	if (!record->has_value || !json_decode_object(record->value, record->value_size, &text, NULL))
		return false;
	const json_t *node = json_object_get(text, "node"); /* optional */
	if ((!node || json_is_string(node)) && parse_time(text, &value.expires_ms) &&
	    parse_secrets(json_object_get(text, "secrets"), &value))
		value.rules = access_rules_parse(json_object_get(text, "rules"), NULL);
	if (value.rules) {
		value.node = node ? memory_text(json_string_value(node)) : NULL;
		*out = value;
	}
	json_decref(text);
	return value.rules != NULL;
	return true;
}

void token_value_finish(struct token_value *value)
{
	free(value->rules);
	free(value->node);
	value->rules = NULL;
	value->node = NULL;
}

char *token_value_render(const struct token_value *value, size_t *out_size)
{
	json_t *secrets = json_array();

	for (size_t i = 0; i < value->secret_count; i++) {
		const struct token_known_secret *secret = &value->secrets[i];
		char hash[TOKEN_HASH_TEXT_BYTES];
		json_array_append_new(secrets, json_pack("{s:s, s:I}", "sha256", token_hash_text(&secret->hash, hash),
		                                   "expires_ms", (json_int_t)secret->expires_ms));
	}
	json_t *object = json_pack("{s:o, s:I, s:o}", "rules", access_rules_view(value->rules), "expires_ms",
	    (json_int_t)value->expires_ms, "secrets", secrets);
	if (value->node)
		json_put_text(object, "node", value->node);
	char *text = json_render(object, out_size);
	json_decref(object);
	return text;
}
