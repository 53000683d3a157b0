/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/rights.h"

#include "noahd/http/caller.h"
#include "noahd/api/routes.h"
#include "noahd/http/own_path.h"

#include <stdlib.h>
#include <string.h>

/* What a path is judged by. */
struct judged {
	const struct http_call *call;
	unsigned rights;
	struct error *err;
};

static bool judge_path(void *context, const char *path)
{
	static const enum access_right rights[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_WATCH, ACCESS_ADMIN };
	const struct judged *judged = context;

	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
		if (judged->rights & rights[i] && !caller_check(judged->call, rights[i], path, judged->err))
			return false;
	return true;
}

/* The request's path, and the objects that it names. */
static bool judge_target(const struct judged *judged)
{
	const struct http_call *call = judged->call;
	const struct route *route = call->row;
	return judge_path((void *)judged, own_path(call)) &&
	       (!route || !route->names || route->names(call, NULL, judge_path, (void *)judged));
}

static bool check_some(const struct http_call *call, enum access_right right, struct error *err)
{
	char *path = route_path(call);
	bool may = caller_check_some(call, right, path, err);

	free(path);
	return may;
}

bool rights_check_read(const struct http_call *call, struct error *err)
{
	const struct judged judged = { call, ACCESS_READ, err };
	const struct route *route = call->row;
	const unsigned flags = route ? route->flags : 0;

	if (flags & ROUTE_FOR_ALL || !caller_is_controlled(call))
		return true;
	return flags & ROUTE_LISTS ? check_some(call, ACCESS_READ, err) : judge_target(&judged);
}

static unsigned rights_of(const struct operation *operation)
{
	return operation && operation->rights ? operation->rights : ACCESS_WRITE;
}

static bool is_own(const struct http_call *call, const struct operation *operation, const json_t *body)
{
	return operation && operation->is_own && operation->is_own(call, body);
}

bool rights_check_write(const struct http_call *call, const struct operation *operation, struct error *err)
{
	const struct judged judged = { call, rights_of(operation), err };

	if (!caller_is_controlled(call) || (operation && operation->names_elsewhere))
		return true;
	if (operation && operation->acts_on_members)
		return check_some(call, ACCESS_WRITE, err);
	return judge_target(&judged) || is_own(call, operation, NULL);
}

bool rights_check_whole_write(const struct http_call *call, const struct operation *operation, const json_t *body,
    struct error *err)
{
	const struct judged judged = { call, rights_of(operation), err };

	if (!caller_is_controlled(call))
		return true;
	if (!rights_check_write(call, operation, err))
		return false;
	return !operation->names || operation->names(call, body, judge_path, (void *)&judged) ||
	       is_own(call, operation, body);
}

/* ---- what the answer shows --------------------------------------------------------------------------------------- */

bool rights_show_answer(const struct http_call *call, const struct operation *operation, const json_t *body)
{
	const struct judged judged = { call, ACCESS_READ, NULL };

	if (!caller_is_controlled(call))
		return true;
	if (operation->acts_on_members)
		return check_some(call, ACCESS_READ, NULL);
	if (!operation->names_elsewhere)
		return judge_target(&judged) || is_own(call, operation, body);
	return !operation->names || operation->names(call, body, judge_path, (void *)&judged) ||
	       is_own(call, operation, body);
}

static bool rights_is_name(const char *key)
{
	static const char *const names[] = { "id", "result", "name", "path", "item", "host", "service", "configuration" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], key))
			return true;
	return false;
}

void rights_prune_answer(json_t *answer)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe (answer, next, key, value) {
		if (rights_is_name(key))
			rights_prune_answer(value);
		else
			json_object_del(answer, key);
	}
}
