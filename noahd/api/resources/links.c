/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/link.h"

#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources/resources.h"
#include "noahd/registry/names.h"
#include "noahd/registry/service.h"
#include "noahd/http/own_path.h"

#include <stdlib.h>
#include <string.h>

/* "/myorg": the link's path and its name; free() it. */
static char *link_name(const struct http_call *call)
{
	return memory_format("/%s", call->captures[0]);
}

bool may_be_link(const struct http_call *call)
{
	char *name = link_name(call);
	bool may_be = link_check_name(name, NULL);

	free(name);
	return may_be;
}

bool link_is_there(const struct http_call *call)
{
	char *name = link_name(call);
	const struct registry_entry *entry = registry_find(api_of(call)->registry, name, VERSION_APPLIED);

	free(name);
	return entry && entry->kind == OBJECT_LINK;
}

/* "/myorg" of "/links/myorg" and "/myorg/hosts". */
bool names_link(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *name = link_name(call);
	bool goes_on = visit(context, name);

	(void)body;
	free(name);
	return goes_on;
}

/* What stands behind the link is the object's own path. */
bool names_link_and_object(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	return names_link(call, body, visit, context) && visit(context, strchr(own_path(call) + 1, '/'));
}

/* Not one of Noah's collections: where there is none, that is an answer. */
void get_links(struct http_call *call)
{
	answer_any_list_as(call, &(const struct snapshot_source){ .relation = ALL_LINKS, .name = "" });
}

bool validator_of_links(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_each(api_of(call)->validators, call, ALL_LINKS, version, out);
}

/* NULL: answers that it is not there. */
static struct registry_entry *find_link(struct http_call *call)
{
	char *name = link_name(call);
	struct registry_entry *entry = registry_find(api_of(call)->registry, name, VERSION_APPLIED);

	free(name);
	if (entry && entry->kind == OBJECT_LINK)
		return entry;
	answer_not_found(call);
	return NULL;
}

void get_link(struct http_call *call)
{
	struct registry_entry *entry = find_link(call);

	if (!entry)
		return;
	answer_list_as(call, &(struct snapshot_source){ .relation = OBJECTS_OF_LINK,
	                         .name = entry->path,
	                         .representation = &representation_alone,
	                         .container = entry });
}

bool validator_of_link(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_object(api_of(call)->validators, call, link_name(call), version, out);
}

/* Of what stands in a link's collection of that name; 0: it has none. */
static enum object_kind kind_in_link(const char *collection)
{
	const enum object_kind *kind = link_kind.container->always;

	while (*kind && strcmp(kind_of(*kind)->collection, collection))
		kind++;
	return *kind;
}

/* "/myorg/hosts": what stands there, {} where nothing does. */
void get_link_collection(struct http_call *call)
{
	const enum object_kind kind = kind_in_link(call->captures[1]);
	const struct registry_entry *link = find_link(call);

	if (!link)
		return;
	if (!kind) {
		answer_not_found(call);
		return;
	}
	answer_any_list_as(call, &(struct snapshot_source){ .relation = OBJECTS_OF_LINK,
	                             .name = link->path,
	                             .kind = kind,
	                             .representation = representation_contained(OBJECT_LINK) });
}

bool validator_of_link_collection(const struct http_call *call, enum version version, struct validator *out)
{
	const enum object_kind kind = kind_in_link(call->captures[1]);
	char *link = link_name(call);
	const struct validator_in_link in = { link, OBJECTS_OF_LINK, link, kind, true };
	bool is_there = kind && validator_find_in_link(api_of(call)->validators, call, &in, version, out);

	free(link);
	return is_there;
}

static bool stands_in(const struct registry_entry *entry, void *link)
{
	return names_have(registry_record(entry, VERSION_APPLIED)->links, link);
}

/* Whether one of the hosts stands where the service's name does otherwise. */
static bool has_host_called_name(const struct http_call *call, char *link)
{
	char *path = service_path(call->captures[1], "name");
	const struct registry_entry *entry = registry_find(api_of(call)->registry, path, VERSION_APPLIED);
	bool has = entry && stands_in(entry, link) && caller_may(call, ACCESS_READ, path);

	free(path);
	return has;
}

/* "/myorg/services/http": on each host where it stands in the link. */
void get_link_service(struct http_call *call)
{
	char *link = link_name(call);

	answer_list_as(call, &(struct snapshot_source){ .relation = SERVICES_OF_NAME,
	                         .name = call->captures[1],
	                         .may_show = stands_in,
	                         .context = link,
	                         .representation = &representation_on_host,
	                         .head = has_host_called_name(call, link) ? NULL : &representation_service });
	free(link);
}

bool validator_of_link_service(const struct http_call *call, enum version version, struct validator *out)
{
	char *link = link_name(call);
	const struct validator_in_link in = { link, SERVICES_OF_NAME, call->captures[1], OBJECT_SERVICE, false };
	bool is_there = validator_find_in_link(api_of(call)->validators, call, &in, version, out);

	free(link);
	return is_there;
}

static const struct registry_entry *find_member(const struct http_call *call, enum version version)
{
	char *link = link_name(call);
	const struct registry_entry *entry = registry_find(api_of(call)->registry, own_path(call) + strlen(link), version);
	bool is_member = entry && names_have(registry_record(entry, version)->links, link);

	free(link);
	return is_member ? entry : NULL;
}

void get_link_member(struct http_call *call)
{
	static const char *const without[] = { "created_at", "updated_at", "links", "host", NULL };
	const struct registry_entry *entry = find_member(call, VERSION_APPLIED);

	if (!entry) {
		answer_not_found(call);
		return;
	}
	json_t *view = kind_view_member(api_of(call)->registry, entry, VERSION_APPLIED, without);
	caller_prune(call, registry_record(entry, VERSION_APPLIED), view);
	if (!json_object_get(view, "name"))
		json_object_set_new(view, "name", json_string(kind_entry_name(entry)));
	answer_json(call, 200, view);
}

bool validator_of_link_member(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_of_entry(api_of(call)->validators, call, find_member(call, version), version, out);
}

/* ---- "/hosts/web1/link": the links of an object ------------------------------------------------------------------ */

static bool links_plan_attach(struct plan *plan, struct registry_entry *object, const json_t *body, struct error *err)
{
	return link_attach(plan, object, body_string(body, "link_name"), err);
}

static bool links_plan_detach(struct plan *plan, struct registry_entry *object, const json_t *body, struct error *err)
{
	(void)err;
	link_detach(plan, object, body_string(body, "link_name"));
	return true;
}

static bool plan_put_object_link(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	return plan_for_object(plan, write, links_plan_attach, out_answer, err);
}

static bool plan_delete_object_link(struct plan *plan, const struct write *write, json_t **out_answer,
    struct error *err)
{
	return plan_for_object(plan, write, links_plan_detach, out_answer, err);
}

static bool check_link(const struct http_call *call, json_t *body, struct error *err)
{
	(void)call;
	return link_check_name(body_string(body, "link_name"), err);
}

static bool names_link_of_body(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	const char *name = body_string(body, "link_name");

	(void)call;
	return *name != '/' || visit(context, name); /* else it is no path, and refused */
}

static const struct body_key keys[] = { { "link_name", BODY_STRING, false }, { 0 } };

const struct operation put_object_link = {
	.keys = keys,
	.names = names_link_of_body,
	.check = check_link,
	.plan = plan_put_object_link,
};
const struct operation delete_object_link = {
	.keys = keys,
	.names = names_link_of_body,
	.check = check_link,
	.plan = plan_delete_object_link,
};
