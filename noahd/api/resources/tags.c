/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/tag.h"

#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/api/resources/resources.h"
#include "noahd/registry/configuration.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/names.h"
#include "noahd/http/own_path.h"

#include <stdlib.h>
#include <string.h>

void get_tags(struct http_call *call)
{
	answer_list(call, ALL_TAGS, "");
}

bool validator_of_tags(const struct http_call *call, enum version version, struct validator *out)
{
	return validator_find_each(api_of(call)->validators, call, ALL_TAGS, version, out);
}

/* {"<tag>": {…}}, as among all tags. */
void get_tag(struct http_call *call)
{
	const char *name = call->captures[0];
	char *path = tag_path(name);
	struct registry_entry *entry = registry_find(api_of(call)->registry, path, VERSION_APPLIED);
	const struct snapshot_source source = { .relation = OBJECTS_OF_TAG,
		.name = name,
		.representation = representation_listed(OBJECT_TAG),
		.container = entry };

	free(path);
	if (entry)
		answer_list_as(call, &source);
	else
		answer_not_found(call);
}

/* "/hosts/web1" of "/tags/production/hosts/web1". free() it. */
static char *path_behind_tag(const struct http_call *call)
{
	return memory_text(strchr(own_path(call) + strlen("/tags/"), '/'));
}

/* So where that object has that tag; else NULL. */
static char *tagged_path(const struct http_call *call, enum version version)
{
	char *path = path_behind_tag(call);
	const struct registry_entry *entry = registry_find(api_of(call)->registry, path, version);

	if (entry && names_have(registry_record(entry, version)->tags, call->captures[0]))
		return path;
	free(path);
	return NULL;
}

bool names_tag_and_object(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *tag = tag_path(call->captures[0]), *object = path_behind_tag(call);
	bool goes_on = visit(context, tag) && visit(context, object);

	(void)body;
	free(tag);
	free(object);
	return goes_on;
}

bool is_tagged_configuration(const struct http_call *call)
{
	return !strcmp(call->captures[1], ALL_CONFIGURATIONS);
}

/* As at the object's own path. */
void get_tagged_object(struct http_call *call)
{
	const char *collection = call->captures[1];
	char *path = tagged_path(call, VERSION_APPLIED);

	if (!path) {
		answer_not_found(call);
		return;
	}
	if (is_tagged_configuration(call))
		answer_configuration(call, path);
	else if (!strcmp(collection, ALL_EPHEMERALS))
		answer_ephemeral(call, path);
	else
		answer_object(call, path);
}

bool validator_of_tagged_object(const struct http_call *call, enum version version, struct validator *out)
{
	char *path = tagged_path(call, version);

	if (!path)
		return false;
	return is_tagged_configuration(call) ? validator_find_configuration(call, path, version, out)
	                                     : validator_find_object(api_of(call)->validators, call, path, version, out);
}

/* ---- "/hosts/web1/tag": the tags of an object -------------------------------------------------------------------- */

static bool tags_plan_attach(struct plan *plan, struct registry_entry *object, const json_t *body, struct error *err)
{
	char *names = body_names(body, "tags");
	bool done = tag_attach(plan, object, names, err);

	free(names);
	return done;
}

static bool tags_plan_detach(struct plan *plan, struct registry_entry *object, const json_t *body, struct error *err)
{
	char *names = body_names(body, "tags");

	(void)err;
	tag_detach(plan, object, names);
	free(names);
	return true;
}

static bool plan_put_object_tag(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	return plan_for_object(plan, write, tags_plan_attach, out_answer, err);
}

static bool plan_delete_object_tag(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	return plan_for_object(plan, write, tags_plan_detach, out_answer, err);
}

static const struct body_key keys[] = { { "tags", BODY_NAMES, false }, { 0 } };

static bool names_tags(const struct http_call *call, const json_t *body, path_visitor *visit, void *context)
{
	char *names = body_names(body, "tags"), *name;
	const char *rest = names;
	bool goes_on = true;

	(void)call;
	for (; goes_on && (name = names_next(&rest)); free(name)) {
		char *path = tag_path(name);
		goes_on = visit(context, path);
		free(path);
	}
	free(names);
	return goes_on;
}

const struct operation put_object_tag = { .keys = keys, .names = names_tags, .plan = plan_put_object_tag };
const struct operation delete_object_tag = { .keys = keys, .names = names_tags, .plan = plan_delete_object_tag };
