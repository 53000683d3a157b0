/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/routes.h"

#include "common/memory.h"
#include "noahd/http/own_path.h"

#include <stdio.h>
#include <string.h>

const struct route *routes_find(const struct route_table *table, struct http_call *call)
{
	const char *first_segment = http_route_first_segment(call->target);
	const struct route *end = table->rows + table->count;

	for (const struct route *row = table->rows; row < end; row++)
		if (http_route_may_fit(row->pattern, first_segment) && http_route_fits(row->pattern, row->flags, call) &&
		    (!row->applies || row->applies(call)))
			return call->row = row;
	return NULL;
}

char *route_path(const struct http_call *call)
{
	const struct route *route = call->row;
	return route && route->shown_at ? route->shown_at(call) : memory_text(own_path(call));
}

bool route_is_by_accept(const struct http_call *call)
{
	const struct route *route = call->row;
	return route && route->flags & ROUTE_BY_ACCEPT && (!route->by_accept || route->by_accept(call));
}

/* The methods that write, in the order of Allow. */
static const struct method {
	const char *name;
	size_t operation; /* its place in struct route */
} methods[] = {
	{ "PUT", offsetof(struct route, put) },
	{ "POST", offsetof(struct route, post) },
	{ "DELETE", offsetof(struct route, delete) },
};
enum { METHODS = sizeof(methods) / sizeof(*methods) };

static const struct operation *operation_of(const struct route *route, const struct method *method)
{
	return *(const struct operation *const *)((const char *)route + method->operation);
}

const struct operation *route_operation(const struct route *route, const char *method)
{
	for (size_t i = 0; i < METHODS; i++)
		if (!strcmp(methods[i].name, method))
			return operation_of(route, &methods[i]);
	return NULL;
}

bool is_renewal(const struct operation *operation, const struct http_target *target)
{
	return operation && operation->renewal && http_target_parameter(target, "renew");
}

const struct operation *operation_or_renewal(const struct operation *operation, const struct http_target *target)
{
	return is_renewal(operation, target) ? operation->renewal : operation;
}

/* Whether a name is one of those in a list with ", " between. */
static bool lists(const char *names, const char *name)
{
	const size_t size = strlen(name);

	while (*names) {
		const size_t own_size = strcspn(names, ",");
		if (own_size == size && !memcmp(names, name, size))
			return true;
		names += own_size;
		names += strspn(names, ", ");
	}
	return false;
}

bool route_check_parameters(const struct http_call *call, const struct operation *operation, struct error *err)
{
	const struct route *route = call->row;
	const bool is_put = operation_or_renewal(route->put, call->target) == operation;
	const char *known = is_put && route->put_takes ? route->put_takes : "";

	for (size_t i = 0; i < call->target->parameter_count; i++) {
		const char *name = call->target->parameters[i].name;
		if (!lists(known, name))
			return error_set(err, ERROR_INVALID, "Unknown query parameter \"%.64s\"; allowed here: %s", name,
			    *known ? known : "none");
		if (!http_target_check_once(call->target, name, err))
			return false;
	}
	return true;
}

bool method_reads(const char *method)
{
	return !strcmp(method, "GET") || !strcmp(method, "HEAD");
}

bool route_reads(const struct route *route, const char *method)
{
	return route->get && method_reads(method);
}

void route_allow(const struct route *route, char *out, size_t out_size)
{
	size_t used = (size_t)snprintf(out, out_size, "%s", route->get ? "GET, HEAD" : "");

	for (size_t i = 0; i < METHODS && used < out_size; i++)
		if (operation_of(route, &methods[i]))
			used += (size_t)snprintf(out + used, out_size - used, "%s%s", used ? ", " : "", methods[i].name);
}
