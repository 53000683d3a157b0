/* resources.h - what the route table (routes.c) names, by resource. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_RESOURCES_H
#define NOAHD_API_RESOURCES_H

#include "common/http_route.h"
#include "noahd/api/write.h"

/* start.c */
http_handler get_start_page, get_version, get_health;
/* objects.c: any object, by its own path */
http_handler get_object;
/* hosts.c */
http_handler get_hosts, get_host_service;
extern const struct operation put_host, delete_host, delete_host_service;
/* services.c */
http_handler get_services, get_services_of_name;
extern const struct operation put_service, delete_service, delete_services_of_name;
/* ephemerals.c */
http_handler get_ephemeral;
extern const struct operation put_ephemeral, delete_ephemeral;
/* lifetimes.c */
http_handler get_lifetimes;
extern const struct operation release_lifetimes;
/* watches.c; put_object_watch: on the object whose path "/watch" stands behind */
http_handler get_watches;
extern const struct operation put_watch, delete_watch, put_object_watch;

/* objects.c: the own path of the object a request's path names: its segments as they are, and the trailing '/' where that is
   part of a name, an ephemeral's; free() it. */
char *object_path(const struct http_call *call);

/* objects.c: as object_path, without the operation that stands behind the object ("/hosts/web1/watch"). */
char *object_path_before_operation(const struct http_call *call);

/* objects.c: answers with the object at path, which is taken. */
void answer_object(struct http_call *call, char *take_path);

/* objects.c: answers with the members of a set, by name, each without its name; none: not found. */
void answer_listing(struct http_call *call, const char *relation, const char *name);

/* services.c: as service_delete (registry/service.h), with the answer to it. */
bool plan_delete_service_of(struct plan *plan, const char *service, const char *host, json_t **out_answer,
    struct error *err);

#endif
