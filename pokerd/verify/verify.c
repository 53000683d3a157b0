/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/verify.h"

#include "common/json.h"
#include "common/number.h"
#include "common/signature.h"
#include "pokerd/verify/rules.h"

#include <string.h>

#define TIMESTAMP_MAX INT64_C(99999999999)

static bool verify_signature(const struct message *poke, const struct key_ring *keys, int64_t now_s, size_t *out_key,
    enum signature_version *out_version, struct error *err)
{
	const struct signed_message message = {
		.id = poke->parts[MESSAGE_ID].bytes,
		.timestamp = poke->parts[MESSAGE_TIMESTAMP].bytes,
		.body = poke->parts[MESSAGE_BODY].bytes,
		.body_size = poke->parts[MESSAGE_BODY].size,
	};

	return signature_verify(&message, poke->parts[MESSAGE_SIGNATURE].bytes, now_s, keys->keys, keys->count, out_key,
	    out_version, err);
}

/* The text of a key of the body. A value that is not a string, or contains a NUL, is malformed. */
static bool take_text(const json_t *body, const char *key, const char **out, struct error *err)
{
	const json_t *value = json_object_get(body, key);

	if (!json_is_string(value))
		return error_set(err, ERROR_INVALID, "\"%s\" must be a string, found %s", key,
		    value ? json_type_name(value) : "none");
	if (json_string_length(value) != strlen(json_string_value(value)))
		return error_set(err, ERROR_INVALID, "\"%s\" contains a NUL", key);
	*out = json_string_value(value);
	return true;
}

static bool take_claims(struct verified_poke *poke, struct error *err)
{
	if (!take_text(poke->body, "location", &poke->location, err) ||
	    !take_text(poke->body, "action", &poke->action, err))
		return false;
	poke->is_change = !json_is_false(json_object_get(poke->body, "changed"));
	poke->event = "";
	poke->told = json_integer_value(json_object_get(poke->body, "told"));
	if (json_object_get(poke->body, "event") && !take_text(poke->body, "event", &poke->event, err))
		return false;
	return rule_action_is_known(poke->action) ||
	       error_set(err, ERROR_INVALID, "\"action\" must be create, update or delete");
}

/* A v1 secret belongs to one node, and its body need not name an endpoint. The key behind v1a signs for the whole
   fleet, so a compromised node could forward to others what it received. The path selects the rule, but it is not
   signed. */
static bool is_addressed(const struct message *poke, const json_t *body, enum signature_version version,
    const struct addressee_options *addressees, struct error *err)
{
	const char *path = poke->parts[MESSAGE_PATH].bytes, *endpoint;

	if (version == SIGNATURE_V1 && !json_object_get(body, "endpoint"))
		return true;
	if (!take_text(body, "endpoint", &endpoint, err))
		return false;
	if (version != SIGNATURE_V1 && !addressee_is_ours(addressees, endpoint))
		return error_set(err, ERROR_DENIED, "addressed to \"%.256s\", which is not this node", endpoint);
	return addressee_has_path(endpoint, path) ||
	       error_set(err, ERROR_DENIED, "addressed to \"%.256s\", but sent to the path %.64s", endpoint, path);
}

enum verify_result verify_poke(const struct message *poke, const struct key_ring *keys,
    const struct addressee_options *addressees, int64_t now_s, struct verified_poke *out, struct error *err)
{
	const struct message_bytes *bytes = &poke->parts[MESSAGE_BODY];
	enum verify_result result = VERIFY_MALFORMED;
	struct verified_poke verified = { 0 };
	enum signature_version version;
	size_t key;

	if (!verify_signature(poke, keys, now_s, &key, &version, err))
		return VERIFY_UNSIGNED;
	if (!json_decode_object(bytes->bytes, bytes->size, &verified.body, err))
		return VERIFY_MALFORMED;
	verified.key = keys->names[key];
	if (!is_addressed(poke, verified.body, version, addressees, err)) {
		result = VERIFY_NOT_ADDRESSED;
		goto refuse;
	}
	if (!take_claims(&verified, err))
		goto refuse;
	*out = verified;
	return VERIFY_GENUINE;
refuse:
	json_decref(verified.body);
	return result;
}

bool verify_was_signed(const struct message *poke, const struct key_ring *keys)
{
	enum signature_version version;
	int64_t then_s;
	size_t key;

	return number_parse_int64(poke->parts[MESSAGE_TIMESTAMP].bytes, 1, TIMESTAMP_MAX, &then_s) &&
	       verify_signature(poke, keys, then_s, &key, &version, NULL);
}

bool verified_poke_read(const char *body, size_t size, struct verified_poke *out, struct error *err)
{
	struct verified_poke poke = { 0 };

	if (!json_decode_object(body, size, &poke.body, err))
		return false;
	if (!take_claims(&poke, err)) {
		json_decref(poke.body);
		return false;
	}
	*out = poke;
	return true;
}

void verified_poke_finish(struct verified_poke *poke)
{
	json_decref(poke->body);
	*poke = (struct verified_poke){ 0 };
}
