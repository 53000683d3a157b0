/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/application.h"

#include "common/memory.h"
#include "noahd/registry/configuration.h"
#include "noahd/registry/names.h"
#include "noahd/registry/registry_private.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/applications/"

char *application_path(const char *name)
{
	return memory_join(PREFIX, name);
}

/* The value: the names of its configurations. */
static const char *shown_by(const struct record *application)
{
	return application->value;
}

bool application_shows(const struct record *application, const char *configuration)
{
	return names_have(shown_by(application), configuration);
}

/* NULL: it does not exist, since databases can be edited. */
static const struct registry_entry *find_configuration(const struct registry *registry, const char *name,
    enum version version)
{
	char *path = configuration_path(name);
	const struct registry_entry *entry = registry_find(registry, path, version);

	free(path);
	return entry;
}

/* {"<name>": {"format": …, "body": …}} */
static json_t *configurations_view(const struct registry *registry, const struct record *application,
    enum version version)
{
	json_t *view = json_object();
	char *name;

	for (const char *rest = shown_by(application); (name = names_next(&rest)); free(name)) {
		const struct registry_entry *entry = find_configuration(registry, name, version);
		if (entry)
			json_object_set_new(view, name, configuration_view_contents(registry_record(entry, version)));
	}
	return view;
}

static json_t *application_view(const struct registry *registry, const struct registry_entry *entry,
    enum version version)
{
	const struct record *application = registry_record(entry, version);
	json_t *view = kind_view_begin(application);

	json_object_set_new(view, "name", json_string(kind_path_name(application)));
	kind_view_times(view, application);
	json_object_set_new(view, "configurations", configurations_view(registry, application, version));
	return view;
}

/* The view contains format and body of each configuration, so it is at least as long as their values. */
static bool application_view_exceeds(const struct registry *registry, const struct registry_entry *entry,
    enum version version, size_t bytes)
{
	const char *rest = shown_by(registry_record(entry, version));
	size_t min = 0;
	char *name;

	for (; min <= bytes && (name = names_next(&rest)); free(name)) {
		const struct registry_entry *shown = find_configuration(registry, name, version);
		min += shown ? registry_record(shown, version)->value_size : 0;
	}
	return min > bytes;
}

static void application_join(struct registry *registry, struct registry_entry *entry, const struct record *application)
{
	char *name;

	for (const char *rest = shown_by(application); (name = names_next(&rest)); free(name))
		registry_join(registry, entry, APPLICATIONS_OF_CONFIGURATION, name);
}

static bool application_visit_shown(const struct registry *registry, const struct registry_entry *entry,
    enum version version, entry_visitor *visit, void *context)
{
	const char *rest = shown_by(registry_record(entry, version));
	bool goes_on = true;
	char *name;

	for (; goes_on && (name = names_next(&rest)); free(name)) {
		const struct registry_entry *shown = find_configuration(registry, name, version);
		goes_on = !shown || visit(context, shown);
	}
	return goes_on;
}

/* The paths of configurations are checked with their own records. */
static bool application_check(const struct record *application, struct error *err)
{
	const char *names = shown_by(application);
	char *each_once = names_with(names, NULL);
	bool are_different = names_are_same(each_once, names);

	free(each_once);
	if (!are_different)
		return error_set(err, ERROR_INVALID, "the application has a configuration twice");
	if (names_count(names) > APPLICATION_CONFIGURATIONS_MAX)
		return error_set(err, ERROR_TOO_LARGE, "An application can have %d configurations",
		    APPLICATION_CONFIGURATIONS_MAX);
	return kind_check_path(application, err);
}

static void application_visit_needed(const struct record *application, needed_visitor *visit, void *context)
{
	char *name;

	for (const char *rest = shown_by(application); (name = names_next(&rest)); free(name)) {
		char *path = configuration_path(name);
		visit(context, path);
		free(path);
	}
}

static char *application_path_of_shown(const char *name, const char *of_name)
{
	(void)name;
	return configuration_path(of_name);
}

static const struct shown application_shown = { .root = "/" ALL_CONFIGURATIONS, .path = application_path_of_shown };

static bool application_value_is_sound(const struct record *application)
{
	return !application->has_value || names_are_sound(application->value, application->value_size);
}

const struct kind application_kind = {
	.number = OBJECT_APPLICATION,
	.name = "application",
	.collection = ALL_APPLICATIONS,
	KIND_PREFIX(PREFIX),
	.name_is_sound = kind_name_is_plain,
	.value_is_sound = application_value_is_sound,
	.view = application_view,
	.view_exceeds = application_view_exceeds,
	.join = application_join,
	.visit_shown = application_visit_shown,
	.check = application_check,
	.visit_needed = application_visit_needed,
	.has_tags = true,
	.shown = &application_shown,
	.value_tells_sets = true,
};

/* Puts an application with these configurations (names.h). */
static struct registry_entry *put_showing(struct plan *plan, const char *path, const char *names,
    enum change_action *out_action)
{
	const struct plan_value value = { names, names ? strlen(names) : 0 };
	return plan_put(plan, OBJECT_APPLICATION, path, names ? &value : NULL, out_action);
}

/* The names of the application at that path, and more; NULL: there are none. free() it. */
static char *shown_with(const struct plan *plan, const char *path, const char *more)
{
	const struct registry_entry *entry = registry_find(plan_registry(plan), path, VERSION_PLANNED);
	return names_with(entry ? shown_by(registry_record(entry, VERSION_PLANNED)) : NULL, more);
}

struct registry_entry *application_put(struct plan *plan, const char *name, enum change_action *out_action)
{
	char *path = application_path(name), *names = shown_with(plan, path, NULL);
	struct registry_entry *entry = put_showing(plan, path, names, out_action);

	free(names);
	free(path);
	plan_announce(plan, entry, *out_action);
	return entry;
}

bool application_delete(struct plan *plan, const char *name, char *out_id, struct error *err)
{
	struct registry_entry *entry = plan_find(plan, application_path(name), err);

	if (!entry)
		return false;
	memcpy(out_id, registry_record(entry, VERSION_PLANNED)->id, UUID_TEXT_BYTES);
	plan_delete(plan, entry, NULL);
	return true;
}

bool application_attach(struct plan *plan, const char *name, const char *configuration, const char *format,
    const char *body, struct application_attach_result *out, struct error *err)
{
	char *path = application_path(name), *added = memory_format("%s\n", configuration);
	char *names = shown_with(plan, path, added);
	bool fits = names_count(names) <= APPLICATION_CONFIGURATIONS_MAX;

	if (!fits) {
		error_set(err, ERROR_TOO_LARGE, "An application can have %d configurations", APPLICATION_CONFIGURATIONS_MAX);
	} else {
		/* Both are put before the configuration is announced, so its aliases include the path below the application. */
		out->configuration = configuration_put(plan, configuration, format, body, &out->configuration_action);
		out->application = put_showing(plan, path, names, &out->application_action);
		if (plan_value_differs(out->configuration))
			plan_view_differs(out->application);
		plan_announce(plan, out->configuration, out->configuration_action);
		plan_announce(plan, out->application, out->application_action);
	}
	free(names);
	free(added);
	free(path);
	return fits;
}

void application_forget(struct plan *plan, struct registry_entry *application, const char *configuration)
{
	const struct record *record = registry_record(application, VERSION_PLANNED);
	char *gone = memory_format("%s\n", configuration);
	char *names = names_without(shown_by(record), gone);
	enum change_action action;

	plan_announce(plan, put_showing(plan, application->path, names, &action), CHANGE_UPDATE);
	free(names);
	free(gone);
}

bool application_detach(struct plan *plan, const char *name, const char *configuration, char *out_id, struct error *err)
{
	struct registry_entry *entry = plan_find(plan, application_path(name), err);

	if (!entry)
		return false;
	if (!application_shows(registry_record(entry, VERSION_PLANNED), configuration))
		return error_set(err, ERROR_NOT_FOUND, "Resource not found");
	memcpy(out_id, registry_record(entry, VERSION_PLANNED)->id, UUID_TEXT_BYTES);
	application_forget(plan, entry, configuration);
	return true;
}
