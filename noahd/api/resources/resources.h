/* resources.h - what the route table (route_table.c) names, by resource. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_RESOURCES_RESOURCES_H
#define NOAHD_API_RESOURCES_RESOURCES_H

#include "common/http_route.h"
#include "noahd/views/snapshot.h"
#include "noahd/views/validator.h"
#include "noahd/writes/write.h"

/* start.c */
http_handler get_start_page, get_version;
/* health.c, keys.c, stats.c */
http_handler get_health, get_keys, get_metrics, get_stats;
/* start_page.c: the start page as browsers see it */
http_handler answer_start_page;
/* objects.c: any object, by its own path; owner: the object whose path an operation stands behind */
http_handler get_object;
validator_finder validator_of_object, validator_of_owner;
path_namer names_owner;
/* search.c; path_of_objects: at or below which they are, free() it */
http_handler get_objects;
validator_finder validator_of_objects;
char *path_of_objects(const struct http_call *call);
/* hosts.c */
http_handler get_hosts, get_host_service;
validator_finder validator_of_hosts, validator_of_host_service;
path_namer names_host_and_service;
extern const struct operation put_host, delete_host, delete_host_service;
/* services.c */
http_handler get_services, get_services_of_name;
validator_finder validator_of_services, validator_of_services_of_name;
extern const struct operation put_service, delete_service, delete_services_of_name;
/* applications.c */
http_handler get_applications, get_application_configuration;
validator_finder validator_of_applications, validator_of_application_configuration;
path_namer names_application_and_configuration;
extern const struct operation put_application, delete_application;
extern const struct operation put_application_configuration, delete_application_configuration;
/* configurations.c */
http_handler get_configurations, get_configuration;
validator_finder validator_of_configurations, validator_of_configuration;
extern const struct operation put_configuration, delete_configuration;
/* ephemerals.c; brings_no_data: whether "/ephemerals/a/tag" means the tags of "/ephemerals/a" */
http_handler get_ephemeral;
bool brings_no_data(const struct http_call *call);
extern const struct operation put_ephemeral, delete_ephemeral;
/* events.c */
http_handler get_events;
/* lifetimes.c */
http_handler get_lifetimes;
extern const struct operation release_lifetimes;
/* tokens.c */
http_handler get_tokens;
extern const struct operation put_token, rotate_token, delete_token;
/* transactions.c */
extern const struct operation post_transaction;
/* watches.c; put_object_watch: on the object whose path "/watch" stands behind */
http_handler get_watches, get_watcher;
validator_finder validator_of_watches, validator_of_watcher;
path_namer names_watch;
extern const struct operation put_watch, delete_watch, delete_named_watch, put_object_watch;

/* tags.c; *_object_tag: of the object whose path "/tag" stands behind; is_tagged_configuration: whether the object
   behind a tag is one */
bool is_tagged_configuration(const struct http_call *call);
http_handler get_tags, get_tag, get_tagged_object;
validator_finder validator_of_tags, validator_of_tagged_object;
path_namer names_tag_and_object;
extern const struct operation put_object_tag, delete_object_tag;
/* links.c; *_object_link: likewise. may_be_link: whether the first segment can be a link's name; link_is_there: whether
   a link has it */
bool may_be_link(const struct http_call *call), link_is_there(const struct http_call *call);
path_namer names_link, names_link_and_object;
http_handler get_links, get_link, get_link_collection, get_link_service, get_link_member;
validator_finder validator_of_links, validator_of_link, validator_of_link_collection, validator_of_link_service,
    validator_of_link_member;
extern const struct operation put_object_link, delete_object_link;

/* ephemerals.c: answers with the bytes of the ephemeral at path, which is taken. */
void answer_ephemeral(struct http_call *call, char *take_path);

/* configurations.c: the keys of a body that sets one. */
extern const struct body_key configuration_keys[];

/* configurations.c: answers with the configuration at path, which is taken, or with its body (protocol.md). */
void answer_configuration(struct http_call *call, char *take_path);
bool validator_find_configuration(const struct http_call *call, char *take_path, enum version version,
    struct validator *out);

/* objects.c: changes the object whose path an operation stands behind; the answer is how it looks then. */
bool plan_for_object(struct plan *plan, const struct write *write,
    bool (*change)(struct plan *plan, struct registry_entry *object, const json_t *body, struct error *err),
    json_t **out_answer, struct error *err);

/* objects.c: answers with the object at path, which is taken. */
void answer_object(struct http_call *call, char *take_path);

/* list_answer.c: answers with the members of a set, by name, each without its name; none: not found. */
void answer_list(struct http_call *call, const char *relation, const char *name);
/* So with the objects of any source, as far as the caller may read them; and where none is an answer too. */
void answer_list_as(struct http_call *call, const struct snapshot_source *source);
void answer_any_list_as(struct http_call *call, const struct snapshot_source *source);
/* An array of these objects, in their order, in that form; the caller may read them. */
void answer_entries(struct http_call *call, struct registry_entry *const *entries, size_t count,
    const struct representation *representation);

/* services.c: as service_delete (registry/service.h), with the answer to it. */
bool plan_delete_service_of(struct plan *plan, const char *service, const char *host, json_t **out_answer,
    struct error *err);

#endif
