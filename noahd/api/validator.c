/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/validator.h"

#include "noahd/api/api_private.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources.h"
#include "noahd/api/routes.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/fingerprint.h"
#include "noahd/registry/names.h"
#include "noahd/http/own_path.h"

#include <stdio.h>
#include <stdlib.h>

/* What a caller sees of a set: those of that kind (0: of any) that stand in that link (NULL: wherever). */
struct seen_part {
	const struct http_call *call;
	enum object_kind kind;
	const char *link;
	enum version version;
};

static bool validator_may_show(void *context, const struct registry_entry *entry)
{
	const struct seen_part *part = context;
	return caller_may(part->call, ACCESS_READ, entry->path);
}

static bool is_in_part(void *context, const struct registry_entry *entry)
{
	const struct seen_part *part = context;

	return (!part->kind || part->kind == entry->kind) &&
	       (!part->link || names_have(registry_record(entry, part->version)->links, part->link)) &&
	       validator_may_show(context, entry);
}

/* As kind_set_number, of those that the caller sees; 0: there are none. Waiters ask again and again. */
static uint64_t seen_number(struct seen_part *part, const char *relation, const char *name)
{
	const struct registry *registry = api_of(part->call)->registry;
	const uint64_t revision = registry_members_revision(registry, relation, name, part->version);
	struct validator_memo *memo = &api_of(part->call)->validator_memo;
	const bool is_kept = part->version == VERSION_APPLIED;
	char key[LOOKS_MEMO_KEY_BYTES];
	uint64_t number;

	(void)snprintf(key, sizeof(key), "%d %s/%s %s", part->kind, relation, name, part->link ? part->link : "");
	if (is_kept && validator_memo_find(memo, part->call, key, revision, &number))
		return number;
	number = kind_set_number(registry, relation, name, part->version, is_in_part, part);
	if (is_kept)
		validator_memo_put(memo, part->call, key, revision, number);
	return number;
}

static uint64_t container_number(const struct http_call *call, const struct registry_entry *entry, enum version version)
{
	const char *name = kind_entry_name(entry);

	if (caller_sees_whole(call, entry->kind))
		return kind_shown_revision(api_of(call)->registry, entry, version);
	struct seen_part part = { .call = call, .version = version };
	uint64_t seen = seen_number(&part, kind_of(entry->kind)->container->relation, name);
	return fingerprint_add(seen, entry->path, registry_record(entry, version)->revision);
}

bool validator_of_entry(const struct http_call *call, const struct registry_entry *entry, enum version version,
    struct validator *out)
{
	struct seen_part part = { .call = call };

	if (!entry)
		return false;
	if (kind_of(entry->kind)->container)
		out->number = container_number(call, entry, version);
	else
		out->number = kind_fingerprint(api_of(call)->registry, entry, version,
		    caller_sees_whole(call, entry->kind) ? NULL : validator_may_show, &part);
	return true;
}

bool validator_find_object(const struct http_call *call, char *take_path, enum version version, struct validator *out)
{
	const struct registry_entry *entry = registry_find(api_of(call)->registry, take_path, version);

	free(take_path);
	return validator_of_entry(call, entry, version, out);
}

/* The object at the request's path. */
static bool object_validator(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_of_entry(call, registry_find(api_of(call)->registry, own_path(call), version), version, out);
}

/* The object that stands before an operation: "/hosts/web1/watch". */
static bool owner_validator(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_object(call, own_path_before_operation(call), version, out);
}

bool validator_find_set(const struct http_call *call, enum object_kind kind, const char *relation, const char *name,
    enum version version, struct validator *out)
{
	const struct registry *registry = api_of(call)->registry;

	struct seen_part part = { .call = call, .version = version };

	if (!caller_sees_set(call, kind))
		return (out->number = seen_number(&part, relation, name)) != 0;
	out->number = registry_members_revision(registry, relation, name, version);
	return registry_member_count(registry, relation, name, version) > 0;
}

bool validator_find_in_link(const struct http_call *call, const struct validator_in_link *in, enum version version,
    struct validator *out)
{
	const struct registry_entry *link = registry_find(api_of(call)->registry, in->link, version);
	struct seen_part part = { call, in->kind, in->link, version };

	if (!link || link->kind != OBJECT_LINK)
		return false;
	uint64_t seen = seen_number(&part, in->relation, in->name);
	out->number = fingerprint_add(seen, link->path, registry_record(link, version)->revision);
	return seen || in->may_be_empty;
}

/* For a caller who sees all of them the latest tells. */
bool validator_find_each(const struct http_call *call, const char *relation, enum version version,
    struct validator *out)
{
	const struct registry *registry = api_of(call)->registry;
	const struct membership *member = registry_members(registry, relation, "", version);
	const bool sees_all = caller_sees_all(call);

	out->number = 0;
	for (; member; member = registry_next_member(member, version)) {
		const struct registry_entry *entry = member->entry;
		if (!sees_all && !caller_may(call, ACCESS_READ, entry->path))
			continue;
		uint64_t number = container_number(call, entry, version);
		out->number = sees_all ? (number > out->number ? number : out->number)
		                       : fingerprint_add(out->number, entry->path, number);
	}
	return out->number > 0;
}

validator_finder *validator_finder_of(const struct http_call *call)
{
	static const struct {
		http_handler *get;
		validator_finder *find;
	} table[] = {
		{ get_object, object_validator },
		{ get_ephemeral, object_validator },
		{ get_tag, object_validator },
		{ get_objects, validator_of_objects },
		{ get_hosts, validator_of_hosts },
		{ get_host_service, validator_of_host_service },
		{ get_services, validator_of_services },
		{ get_services_of_name, validator_of_services_of_name },
		{ get_applications, validator_of_applications },
		{ get_application_configuration, validator_of_application_configuration },
		{ get_configurations, validator_of_configurations },
		{ get_configuration, validator_of_configuration },
		{ get_watches, validator_of_watches },
		{ get_watcher, validator_of_watcher },
		{ get_tags, validator_of_tags },
		{ get_tagged_object, validator_of_tagged_object },
		{ get_links, validator_of_links },
		{ get_link, validator_of_link },
		{ get_link_collection, validator_of_link_collection },
		{ get_link_service, validator_of_link_service },
		{ get_link_member, validator_of_link_member },
	};
	const struct route *route = call->row;

	if (!route || route->post)
		return NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].get == route->get)
			return table[i].find;
	return route->get ? NULL : owner_validator;
}

bool validator_etag(const struct http_call *call, enum version version, char out[ETAG_BYTES])
{
	validator_finder *find = validator_finder_of(call);
	struct validator validator = { .representation = "" };

	if (!find || !find(call, version, &validator))
		return false;
	etag_write(api_of(call)->history.epoch, validator.number, validator.representation, out);
	return true;
}

void validator_add_etag_of(const struct api *api, const struct registry_entry *entry, struct http_response *response)
{
	char etag[ETAG_BYTES];

	etag_write(api->history.epoch, kind_fingerprint(api->registry, entry, VERSION_APPLIED, NULL, NULL), "", etag);
	http_response_header(response, "ETag", etag);
}

void validator_add_etag(const struct http_call *call, struct http_response *response)
{
	char etag[ETAG_BYTES];

	if (rights_check_read(call, NULL) && validator_etag(call, VERSION_APPLIED, etag))
		http_response_header(response, "ETag", etag);
}
