/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/configuration.h"

#include "common/memory.h"
#include "noahd/registry/application.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/configurations/"

char *configuration_path(const char *name)
{
	return memory_join(PREFIX, name);
}

/* The value is the format, a NUL, and the body. */
const char *configuration_format(const struct record *configuration)
{
	return configuration->value;
}

const char *configuration_body(const struct record *configuration, size_t *out_size)
{
	size_t start = strlen(configuration_format(configuration)) + 1;

	*out_size = configuration->value_size - start;
	return (const char *)configuration->value + start;
}

json_t *configuration_view_contents(const struct record *configuration)
{
	size_t size;
	const char *body = configuration_body(configuration, &size);

	return json_pack("{s:s, s:s%}", "format", configuration_format(configuration), "body", body, size);
}

static json_t *configuration_view(const struct registry *registry, const struct registry_entry *entry,
    enum version version)
{
	const struct record *configuration = registry_record(entry, version);
	json_t *view = kind_view_begin(configuration);

	(void)registry;
	json_object_set_new(view, "name", json_string(kind_path_name(configuration)));
	json_object_update_new(view, configuration_view_contents(configuration));
	kind_view_times(view, configuration);
	return view;
}

static bool configuration_check(const struct record *configuration, struct error *err)
{
	size_t size;
	const char *body = configuration_body(configuration, &size);

	if (!*configuration_format(configuration) || !size || memchr(body, '\0', size))
		return error_set(err, ERROR_INVALID, "format and body must be non-empty texts without a NUL character");
	return kind_check_path(configuration, err);
}

static bool configuration_value_is_sound(const struct record *configuration)
{
	return kind_value_is_text(configuration) && memchr(configuration->value, '\0', configuration->value_size);
}

const struct kind configuration_kind = {
	.number = OBJECT_CONFIGURATION,
	.name = "configuration",
	.collection = ALL_CONFIGURATIONS,
	KIND_PREFIX(PREFIX),
	.name_is_sound = kind_name_is_plain,
	.value_is_sound = configuration_value_is_sound,
	.view = configuration_view,
	.check = configuration_check,
	.has_tags = true,
	.is_needed = true,
	.shown_in = APPLICATIONS_OF_CONFIGURATION,
};

struct registry_entry *configuration_put(struct plan *plan, const char *name, const char *format, const char *body,
    enum change_action *out_action)
{
	char *path = configuration_path(name);
	size_t format_size = strlen(format) + 1, body_size = strlen(body);
	char *bytes = memory_allocate(format_size + body_size);
	const struct plan_value value = { bytes, format_size + body_size };

	memcpy(bytes, format, format_size);
	memcpy(bytes + format_size, body, body_size);
	struct registry_entry *entry = plan_put(plan, OBJECT_CONFIGURATION, path, &value, out_action);
	free(bytes);
	free(path);
	return entry;
}

bool configuration_delete(struct plan *plan, const char *name, char *out_id, json_t **out_applications,
    struct error *err)
{
	struct registry_entry *entry = plan_find(plan, configuration_path(name), err);
	const struct membership *member;
	json_t *applications;

	if (!entry)
		return false;
	memcpy(out_id, registry_record(entry, VERSION_PLANNED)->id, UUID_TEXT_BYTES);
	plan_delete(plan, entry, NULL);
	applications = json_array();
	member = registry_members(plan_registry(plan), APPLICATIONS_OF_CONFIGURATION, name, VERSION_PLANNED);
	for (; member; member = registry_next_member(member, VERSION_PLANNED)) {
		json_array_append_new(applications, json_string(kind_entry_name(member->entry)));
		application_forget(plan, member->entry, name);
	}
	*out_applications = applications;
	return true;
}
