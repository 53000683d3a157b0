/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/looks.h"

#include "noahd/api/api_private.h"
#include "noahd/api/caller.h"
#include "noahd/api/resources.h"
#include "noahd/api/routes.h"
#include "noahd/registry/kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

bool looks_of_entry(const struct http_call *call, const struct registry_entry *entry, enum version version,
    struct looks *out)
{
	if (!entry)
		return false;
	out->revision = kind_looks_revision(api_of(call)->registry, entry, version);
	out->is_partial = version == VERSION_APPLIED && !caller_sees_whole_object(call, entry);
	return true;
}

bool looks_find_object(const struct http_call *call, char *take_path, enum version version, struct looks *out)
{
	const struct registry_entry *entry = registry_find(api_of(call)->registry, take_path, version);

	free(take_path);
	return looks_of_entry(call, entry, version, out);
}

/* The object at the request's path. */
static bool looks_of_object(const struct http_call *call, enum version version, struct looks *out)
{
	return looks_find_object(call, object_path(call), version, out);
}

/* The object that stands before an operation: "/hosts/web1/watch". */
static bool looks_of_owner(const struct http_call *call, enum version version, struct looks *out)
{
	return looks_find_object(call, object_path_before_operation(call), version, out);
}

bool looks_find_set(const struct http_call *call, const char *relation, const char *name, enum version version,
    struct looks *out)
{
	const struct registry *registry = api_of(call)->registry;

	out->revision = registry_members_revision(registry, relation, name, version);
	out->is_partial = !caller_sees_all(call);
	return registry_member_count(registry, relation, name, version) > 0;
}

bool looks_find_each(const struct http_call *call, const char *relation, enum version version, struct looks *out)
{
	const struct registry *registry = api_of(call)->registry;
	const struct membership *member = registry_members(registry, relation, "", version);

	for (; member; member = registry_next_member(member, version)) {
		uint64_t revision = kind_looks_revision(registry, member->entry, version);
		out->revision = revision > out->revision ? revision : out->revision;
	}
	out->is_partial = !caller_sees_all(call);
	return out->revision > 0;
}

looks_finder *looks_finder_of(const struct http_call *call)
{
	static const struct {
		http_handler *get;
		looks_finder *find;
	} table[] = {
		{ get_object, looks_of_object },
		{ get_ephemeral, looks_of_object },
		{ get_tag, looks_of_object },
		{ get_hosts, looks_of_hosts },
		{ get_host_service, looks_of_host_service },
		{ get_services, looks_of_services },
		{ get_services_of_name, looks_of_services_of_name },
		{ get_applications, looks_of_applications },
		{ get_application_configuration, looks_of_application_configuration },
		{ get_configurations, looks_of_configurations },
		{ get_configuration, looks_of_configuration },
		{ get_watches, looks_of_watches },
		{ get_watcher, looks_of_watcher },
		{ get_tags, looks_of_tags },
		{ get_tagged_object, looks_of_tagged_object },
		{ get_links, looks_of_links },
		{ get_link, looks_of_link },
		{ get_link_collection, looks_of_link_collection },
		{ get_link_service, looks_of_link_service },
		{ get_link_member, looks_of_link_member },
	};
	const struct route *route = call->row;

	if (!route || route->post)
		return NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].get == route->get)
			return table[i].find;
	return route->get ? NULL : looks_of_owner;
}

bool looks_etag(const struct http_call *call, enum version version, char out[ETAG_BYTES])
{
	looks_finder *find = looks_finder_of(call);
	struct looks looks = { .form = "" };
	char form[ETAG_FORM_BYTES];

	if (!find || !find(call, version, &looks))
		return false;
	if (looks.is_partial)
		snprintf(form, sizeof(form), "%s.%" PRIu64, looks.form, caller_rights(call));
	etag_write(api_of(call)->epoch, looks.revision, looks.is_partial ? form : looks.form, out);
	return true;
}

void looks_add_etag_of(const struct api *api, const struct registry_entry *entry, struct http_response *response)
{
	char etag[ETAG_BYTES];

	etag_write(api->epoch, kind_looks_revision(api->registry, entry, VERSION_APPLIED), "", etag);
	http_response_header(response, "ETag", etag);
}

void looks_add_etag(const struct http_call *call, struct http_response *response)
{
	char etag[ETAG_BYTES];

	if (rights_check_read(call, NULL) && looks_etag(call, VERSION_APPLIED, etag))
		http_response_header(response, "ETag", etag);
}
