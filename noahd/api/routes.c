/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/routes.h"

#include "noahd/api/renewal.h"
#include "noahd/api/resources.h"
#include "common/memory.h"
#include "noahd/http/own_path.h"

#include <stdio.h>
#include <string.h>

/* The whole API on one screen: the first row that fits takes the request. */
static const struct route table[] = {
	/* clang-format off */
	{ "/",                               .get = get_start_page, .flags = ROUTE_LISTS | ROUTE_BY_ACCEPT },
	{ "/version",                        .get = get_version },
	{ "/health",                         .get = get_health,    .flags = ROUTE_FOR_ALL },
	{ "/keys",                           .get = get_keys,      .flags = ROUTE_FOR_ALL },
	{ "/metrics",                        .get = get_metrics },
	{ "/stats",                          .get = get_stats },
	{ "/events",                         .get = get_events,    .flags = ROUTE_FOR_ALL | ROUTE_BY_ACCEPT },
	{ "/lifetimes",                      .get = get_lifetimes },
	{ "/lifetimes/release",              .post = &release_lifetimes },

	{ "/transactions",                   .post = &post_transaction },

	{ "/objects",                        .get = get_objects,   .shown_at = path_of_objects, .flags = ROUTE_LISTS },

	{ "/hosts",                          .get = get_hosts,     .flags = ROUTE_LISTS },
	{ "/hosts/:host",                    .get = get_object,    .put = &put_host,         .delete = &delete_host,
	                                     .put_takes = "renew" },
	{ "/hosts/:host/tag",                .names = names_owner, .put = &put_object_tag,  .delete = &delete_object_tag },
	{ "/hosts/:host/link",               .names = names_owner, .put = &put_object_link, .delete = &delete_object_link },
	{ "/hosts/:host/watch",              .names = names_owner, .put = &put_object_watch },
	{ "/hosts/:host/services/:service",  .get = get_host_service,                        .delete = &delete_host_service,
	                                     .names = names_host_and_service },

	{ "/services",                       .get = get_services,  .flags = ROUTE_LISTS },
	{ "/services/:service",              .get = get_services_of_name,
	                                     .delete = &delete_services_of_name, .flags = ROUTE_LISTS },
	{ "/services/:service/:host",        .get = get_object,    .put = &put_service,      .delete = &delete_service,
	                                     .put_takes = "renew" },
	{ "/services/:service/:host/tag",    .names = names_owner, .put = &put_object_tag,  .delete = &delete_object_tag },
	{ "/services/:service/:host/link",   .names = names_owner, .put = &put_object_link, .delete = &delete_object_link },
	{ "/services/:service/:host/watch",  .names = names_owner, .put = &put_object_watch },

	{ "/applications",                   .get = get_applications,   .flags = ROUTE_LISTS },
	{ "/applications/:name",             .get = get_object,    .put = &put_application,
	                                     .delete = &delete_application },
	{ "/applications/:name/tag",         .names = names_owner, .put = &put_object_tag,  .delete = &delete_object_tag },
	{ "/applications/:name/link",        .names = names_owner, .put = &put_object_link, .delete = &delete_object_link },
	{ "/applications/:name/watch",       .names = names_owner, .put = &put_object_watch },
	{ "/applications/:name/configurations/:configuration",     .get = get_application_configuration,
	                .put = &put_application_configuration,     .delete = &delete_application_configuration,
	                                     .names = names_application_and_configuration, .flags = ROUTE_BY_ACCEPT },

	{ "/configurations",                 .get = get_configurations, .flags = ROUTE_LISTS },
	{ "/configurations/:name",           .get = get_configuration, .put = &put_configuration,
	                                     .delete = &delete_configuration, .flags = ROUTE_BY_ACCEPT },
	{ "/configurations/:name/tag",       .names = names_owner, .put = &put_object_tag,  .delete = &delete_object_tag },
	{ "/configurations/:name/link",      .names = names_owner, .put = &put_object_link, .delete = &delete_object_link },
	{ "/configurations/:name/watch",     .names = names_owner, .put = &put_object_watch },

	{ "/ephemerals/**/tag",              .names = names_owner, .applies = brings_no_data,
	                                     .put = &put_object_tag,  .delete = &delete_object_tag,
	                                     .flags = HTTP_ROUTE_SLASH_BEFORE_WORD },
	{ "/ephemerals/**/link",             .names = names_owner, .applies = brings_no_data,
	                                     .put = &put_object_link, .delete = &delete_object_link,
	                                     .flags = HTTP_ROUTE_SLASH_BEFORE_WORD },
	{ "/ephemerals/**/watch",            .names = names_owner, .applies = brings_no_data, .put = &put_object_watch,
	                                     .flags = HTTP_ROUTE_SLASH_BEFORE_WORD },
	{ "/ephemerals/**",                  .get = get_ephemeral, .put = &put_ephemeral,    .delete = &delete_ephemeral,
	                                     .put_takes = "lifetime, renew", .flags = HTTP_ROUTE_REST_KEEPS_SLASH },

	{ "/watches",                        .get = get_watches,   .put = &put_watch,        .delete = &delete_watch,
	                                     .flags = ROUTE_LISTS },
	{ "/watches/:name",                  .get = get_object,                              .delete = &delete_named_watch,
	                                     .flags = HTTP_ROUTE_ANY_NAME },
	{ "/watchers/:name",                 .get = get_watcher,   .flags = HTTP_ROUTE_ANY_NAME, .names = names_watch },

	{ "/tokens",                         .get = get_tokens,    .flags = ROUTE_LISTS },
	{ "/tokens/:name",                   .get = get_object,    .put = &put_token,        .delete = &delete_token },
	{ "/tokens/:name/rotate",            .names = names_owner, .post = &rotate_token },

	{ "/tags",                           .get = get_tags,      .flags = ROUTE_LISTS },
	{ "/tags/:tag",                      .get = get_tag },
	{ "/tags/:tag/:collection/**",       .get = get_tagged_object,   .names = names_tag_and_object,
	                                     .flags = ROUTE_BY_ACCEPT },
	{ "/links",                          .get = get_links,     .flags = ROUTE_LISTS },
	{ "/links/:link",                    .get = get_link,            .names = names_link,
	                                     .is_there = link_is_there },
	{ "/:link",                          .get = get_link,            .applies = may_be_link,
	                                     .is_there = link_is_there },
	{ "/:link/services/:service",        .get = get_link_service,    .applies = may_be_link,  .is_there = link_is_there,
	                                                                 .names = names_link },
	{ "/:link/:collection",              .get = get_link_collection, .applies = may_be_link,  .is_there = link_is_there,
	                                                                 .names = names_link },
	{ "/:link/:collection/**",           .get = get_link_member,     .applies = may_be_link,  .is_there = link_is_there,
	                                                                 .names = names_link_and_object },
	/* clang-format on */
};

enum { ROUTES = sizeof(table) / sizeof(*table) };

const struct route *routes_find(struct http_call *call)
{
	for (size_t i = 0; i < ROUTES; i++)
		if (http_route_fits(table[i].pattern, table[i].flags, call) && (!table[i].applies || table[i].applies(call)))
			return call->row = &table[i];
	return NULL;
}

char *route_path(const struct http_call *call)
{
	const struct route *route = call->row;
	return route && route->shown_at ? route->shown_at(call) : memory_text(own_path(call));
}

size_t routes_count(void)
{
	return ROUTES;
}

const char *routes_pattern(size_t place)
{
	return table[place].pattern;
}

size_t route_place(const struct route *route)
{
	return (size_t)(route - table);
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
			return error_set(err, ERROR_INVALID, "Unknown query parameter \"%.64s\"; known here: %s", name,
			    *known ? known : "none");
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
