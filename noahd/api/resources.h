/* resources.h - the handlers that the route table (routes.c) names, by resource. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_RESOURCES_H
#define NOAHD_API_RESOURCES_H

#include "common/http_route.h"

/* start.c */
http_handler get_start_page, get_version, get_health;
/* objects.c: any object, by its own path */
http_handler get_object;
/* hosts.c */
http_handler get_hosts, put_host, delete_host, get_host_service, delete_host_service, put_host_watch;
/* services.c */
http_handler get_services, get_services_of_name, put_service, delete_service, delete_services_of_name,
    put_service_watch;
/* ephemerals.c */
http_handler get_ephemeral, put_ephemeral, delete_ephemeral, put_ephemeral_watch;
/* watches.c */
http_handler get_watches, put_watch, delete_watch;

/* objects.c: the own path of the object a request's path names (its segments as they are); free() it. */
char *object_path(const struct http_call *call);

/* objects.c: answers with the object at path, which is taken. */
void answer_object(struct http_call *call, char *take_path);

/* watches.c: PUT {"endpoint"} on the object at path, which is taken: registers a watch on it. */
void put_watch_on(struct http_call *call, char *take_path);

#endif
