/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base64.h"
#include "common/json.h"
#include "common/memory.h"
#include "noahd/api/context.h"
#include "noahd/api/rights.h"
#include "noahd/api/resources/resources.h"
#include "noahd/api/routes.h"
#include "noahd/api/write_request.h"
#include "noahd/api/entity_tag.h"

#include <stdlib.h>
#include <string.h>

enum {
	WRITES_MAX = 128,
	TRANSACTION_BYTES_MAX = 1 << 20,
};

/* A write as it is described within a transaction. */
static const struct body_key part_keys[] = {
	{ "method", BODY_STRING, false },
	{ "path", BODY_STRING, false },
	{ "body", BODY_ANY, true },
	{ "body_base64", BODY_STRING, true },
	{ "if_match", BODY_STRING, true },
	{ "if_none_match", BODY_STRING, true },
	{ 0 },
};

/* The text is kept as the path of a request is: split, decoded, with its query. */
static bool take_path(struct write *part, const char *path, struct error *err)
{
	struct http_target *target = &part->own->target;

	part->call.target = target;
	if (!http_target_parse_request(path, target, err)) {
		part->result.refused_with = err->kind == ERROR_TOO_LARGE ? 414 : 0;
		return false;
	}
	if (target->authority)
		return error_set(err, ERROR_INVALID, "A path in a transaction must begin with \"/\"");
	(void)routes_find(api_of(&part->call)->options.routes, &part->call);
	return true;
}

static bool transactions_refuse_target(struct write *part, struct error *err)
{
	const struct route *route = part->call.row;
	char allowed[64];

	if (!route && part->own->target.slash_before_last)
		return error_set(err, ERROR_INVALID, "an empty segment in the path");
	if (!route && part->own->target.slash_in_segment)
		return error_set(err, ERROR_INVALID, "%%2F is allowed only in the name of a watch");
	if (!route || (route->is_there && !route->is_there(&part->call)))
		return error_set(err, ERROR_NOT_FOUND, "Resource not found");
	route_allow(route, allowed, sizeof(allowed));
	part->result.refused_with = 405;
	return error_set(err, ERROR_INVALID, "Method not allowed here; allowed: %s", allowed);
}

static bool find_operation(struct write *part, const json_t *described, struct error *err)
{
	const char *method = body_string(described, "method");

	if (method_reads(method))
		return error_set(err, ERROR_INVALID, "A transaction consists of writes: %s is not allowed", method);
	if (!take_path(part, body_string(described, "path"), err))
		return false;
	part->operation = part->call.row ? route_operation(part->call.row, method) : NULL;
	if (!rights_check_write(&part->call, part->operation, err))
		return false;
	if (!part->operation)
		return transactions_refuse_target(part, err);
	if (part->operation->is_alone)
		return error_set(err, ERROR_INVALID, "This request cannot be part of a transaction");
	part->operation = operation_or_renewal(part->operation, part->call.target);
	return true;
}

static void set_body(struct write *part, char *take_bytes, size_t size)
{
	part->own->body = take_bytes;
	part->call.body = take_bytes;
	part->call.body_size = size;
}

static bool decode_body(struct write *part, const char *text, struct error *err)
{
	size_t size = strlen(text), room = size / 4 * 3, found;
	char *bytes = memory_zeroed(room + 1, 1);

	if (!base64_decode(text, size, bytes, room, &found)) {
		free(bytes);
		return error_set(err, ERROR_INVALID, "\"body_base64\" is not base64");
	}
	set_body(part, bytes, found);
	return true;
}

/* JSON for what takes JSON, else a text whose bytes are meant. */
static bool transactions_take_body(struct write *part, const json_t *described, struct error *err)
{
	const json_t *body = json_object_get(described, "body");
	const char *base64 = body_string(described, "body_base64");
	size_t size;

	if (body && base64)
		return error_set(err, ERROR_INVALID, "\"body\" and \"body_base64\" must not be used together");
	if (base64)
		return decode_body(part, base64, err);
	if (!body)
		return true;
	if (part->operation->keys) {
		char *text = json_render(body, &size);
		set_body(part, text, size);
		return true;
	}
	if (!json_is_string(body))
		return error_set(err, ERROR_INVALID, "\"body\" must be a string here, not %s", json_type_name(body));
	set_body(part, memory_copy(json_string_value(body), json_string_length(body)), json_string_length(body));
	return true;
}

static bool take_conditions(struct write *part, const json_t *described, struct error *err)
{
	const struct conditions conditions = { body_string(described, "if_match"),
		body_string(described, "if_none_match") };

	part->conditions = conditions;
	if (conditions_are_set(&conditions) && !entity_tag_is_known(&part->call))
		return error_set(err, ERROR_INVALID, "This path has no entity tags");
	return conditions_check(&conditions, err);
}

static bool take_apart(struct write *write, struct error *err)
{
	const size_t count = json_array_size(json_object_get(write->body, "writes"));

	if (count > WRITES_MAX)
		return error_set(err, ERROR_TOO_LARGE, "found %zu writes, allowed are at most %d", count, WRITES_MAX);
	return true;
}

static bool take_next_part(struct write *write)
{
	json_t *described = json_array_get(json_object_get(write->body, "writes"), write->parts->taken);

	if (!described)
		return false;
	struct write *part = write_create_part(write);
	struct error *err = &part->result.err;
	/* An error is reported in its turn: an earlier part may be refused first. */
	part->is_refused = !body_check(described, part_keys, err) || !find_operation(part, described, err) ||
	                   !transactions_take_body(part, described, err) || !take_conditions(part, described, err) ||
	                   !write_request_take_body(part, err);
	json_object_del(described, "body");
	json_object_del(described, "body_base64");
	write_parts_add(write, part);
	return true;
}

const struct operation post_transaction = {
	.keys = (const struct body_key[]){ { "writes", BODY_ARRAY, false }, { 0 } },
	.names_elsewhere = true, /* in its parts */
	.take_apart = take_apart,
	.take_next_part = take_next_part,
	.is_alone = true,
	.body_bytes_max = TRANSACTION_BYTES_MAX,
};
