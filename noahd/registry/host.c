/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/host.h"

#include "common/memory.h"
#include "noahd/registry/event_view.h"
#include "noahd/registry/service.h"
#include "noahd/registry/status.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/hosts/"

char *host_path(const char *name)
{
	return memory_join(PREFIX, name);
}

/* {"http": "up"} */
static json_t *services_view(const struct registry *registry, const struct record *host, enum version version)
{
	json_t *services = json_object();

	const struct membership *member = registry_members(registry, SERVICES_OF_HOST, kind_path_name(host), version);

	for (; member; member = registry_next_member(member, version))
		service_view_status(services, registry_record(member->entry, version));
	return services;
}

static bool host_write(struct json_writer *out, const struct registry *registry, const struct registry_entry *entry,
    enum version version, const char *event_path)
{
	const struct record *host = registry_record(entry, version);

	(void)event_path;
	kind_write_begin(out, host);
	json_writer_put_text(out, "name", kind_path_name(host));
	json_writer_put(out, "status", status_view(host));
	kind_write_times(out, host);
	json_writer_put(out, "services", services_view(registry, host, version));
	return false;
}

static json_t *host_view(const struct registry *registry, const struct registry_entry *entry, enum version version)
{
	return kind_view_written(&host_kind, registry, entry, version);
}

static bool host_view_exceeds(const struct registry *registry, const struct registry_entry *entry, enum version version,
    size_t bytes)
{
	const char *name = kind_entry_name(entry);
	const size_t around_name = sizeof("/services//") - 1 + strlen(name), around_member = sizeof("\"\":\"up\",") - 1;
	const struct membership *member = registry_members(registry, SERVICES_OF_HOST, name, version);
	size_t min = 0;

	for (; member && min <= bytes; member = registry_next_member(member, version))
		min += strlen(member->entry->path) - around_name + around_member;
	return min > bytes;
}

/* Its services keep their status. */
static void host_expire(struct plan *plan, struct registry_entry *entry)
{
	const struct plan_value down = status_value("down");
	enum change_action action;

	plan_set_lifetime(plan_put(plan, OBJECT_HOST, entry->path, &down, &action), 0);
	plan_announce(plan, entry, action);
}

static bool host_visit_shown(const struct registry *registry, const struct registry_entry *entry, enum version version,
    entry_visitor *visit, void *context)
{
	const struct membership *member = registry_members(registry, SERVICES_OF_HOST, kind_entry_name(entry), version);

	while (member && visit(context, member->entry))
		member = registry_next_member(member, version);
	return !member;
}

static bool host_check(const struct record *host, struct error *err)
{
	return kind_check_path(host, err) && status_check_record(host, err);
}

/* "http" in the view of "web1" is "/services/http/web1". */
static char *host_path_of_shown(const char *name, const char *of_name)
{
	return service_path(of_name, name);
}

static const struct shown host_shown = { .root = "/" ALL_SERVICES, .path = host_path_of_shown };

const struct kind host_kind = {
	.number = OBJECT_HOST,
	.name = "host",
	.collection = ALL_HOSTS,
	KIND_PREFIX(PREFIX),
	.name_is_sound = kind_name_is_plain,
	.value_is_sound = kind_value_is_text,
	.view = host_view,
	.write = host_write,
	.view_exceeds = host_view_exceeds,
	.expire = host_expire,
	.visit_shown = host_visit_shown,
	.check = host_check,
	.has_tags = true,
	.has_status = true,
	.is_needed = true,
	.shown = &host_shown,
	.moves_with_shown = true,
};

bool host_put(struct plan *plan, const char *name, const char *status, struct registry_entry **out_entry,
    enum change_action *out_action, struct error *err)
{
	if (!status_check(status, err))
		return false;

	char *path = host_path(name);
	const struct plan_value value = status_value(status);
	*out_entry = plan_put(plan, OBJECT_HOST, path, &value, out_action);
	free(path);
	return true;
}

bool host_delete(struct plan *plan, const char *name, char *out_id, size_t *out_services, struct error *err)
{
	struct registry_entry *entry = plan_find(plan, host_path(name), err);

	if (!entry)
		return false;
	memcpy(out_id, registry_record(entry, VERSION_PLANNED)->id, UUID_TEXT_BYTES);
	json_t *before = event_view(plan_registry(plan), entry);
	const struct membership *service = registry_members(plan_registry(plan), SERVICES_OF_HOST, name, VERSION_PLANNED);
	*out_services = 0;
	for (; service; service = registry_next_member(service, VERSION_PLANNED)) {
		plan_delete(plan, service->entry, NULL);
		++*out_services;
	}
	plan_delete(plan, entry, before);
	return true;
}
