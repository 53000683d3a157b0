/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/routes.h"

#include "noahd/api/resources.h"

/* The whole API on one screen: the first row that fits takes the request. */
static const struct http_route table[] = {
	/* clang-format off */
	{ "/",                               .get = get_start_page },
	{ "/version",                        .get = get_version },
	{ "/health",                         .get = get_health },

	{ "/hosts",                          .get = get_hosts },
	{ "/hosts/:host",                    .get = get_object,           .put = put_host,    .delete = delete_host },
	{ "/hosts/:host/watch",                                           .put = put_host_watch },
	{ "/hosts/:host/services/:service",  .get = get_host_service,                         .delete = delete_host_service },

	{ "/services",                       .get = get_services },
	{ "/services/:service",              .get = get_services_of_name,                     .delete = delete_services_of_name },
	{ "/services/:service/:host",        .get = get_object,           .put = put_service, .delete = delete_service },
	{ "/services/:service/:host/watch",                               .put = put_service_watch },

	{ "/ephemerals/**/watch",                                         .put = put_ephemeral_watch },
	{ "/ephemerals/**",                  .get = get_ephemeral,        .put = put_ephemeral, .delete = delete_ephemeral,
	                                     .flags = HTTP_ROUTE_REST_KEEPS_SLASH },

	{ "/watches",                        .get = get_watches,          .put = put_watch,   .delete = delete_watch },
	{ "/watches/:name",                  .get = get_object,           .flags = HTTP_ROUTE_ANY_NAME },
	/* clang-format on */
};

const struct http_route *routes_find(struct http_call *call)
{
	return http_route_find(table, sizeof(table) / sizeof(*table), call);
}
