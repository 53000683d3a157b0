/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/service.h"

#include "common/memory.h"
#include "noahd/registry/host.h"
#include "noahd/registry/registry_private.h"
#include "noahd/registry/status.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/services/"

char *service_path(const char *service, const char *host)
{
	return memory_format(PREFIX "%s/%s", service, host);
}

/* "http" of "/services/http/web1"; free() it. */
static char *service_name(const struct record *service)
{
	const char *name = kind_path_name(service);
	return memory_copy(name, strcspn(name, "/"));
}

void service_view_status(json_t *services, const struct record *service)
{
	char *name = service_name(service);
	json_object_set_new(services, name, status_view(service));
	free(name);
}

static json_t *service_view(const struct registry *registry, const struct registry_entry *entry, enum version version)
{
	const struct record *service = registry_record(entry, version);
	json_t *view = kind_view_begin(service);
	char *name = service_name(service);

	(void)registry;
	json_object_set_new(view, "status", status_view(service));
	kind_view_times(view, service);
	json_object_set_new(view, "name", json_string(name));
	json_object_set_new(view, "host", json_string(kind_path_last(service)));
	free(name);
	return view;
}

/* "/services/http/web1" is also "/hosts/web1/services/http". */
static char *service_alias(const struct record *service)
{
	const char *host = kind_path_last(service);
	return memory_format("/hosts/%s%.*s", host, (int)(host - 1 - service->path), service->path);
}

/* Without the host (protocol.md). */
static char *service_category(const struct record *service)
{
	return memory_copy(service->path, (size_t)(kind_path_last(service) - 1 - service->path));
}

static void service_join(struct registry *registry, struct registry_entry *entry, const struct record *service)
{
	char *name = service_name(service);
	registry_join(registry, entry, SERVICES_OF_HOST, kind_path_last(service));
	registry_join(registry, entry, SERVICES_OF_NAME, name);
	free(name);
}

enum host_view { HOST_VIEW_SAME, HOST_VIEW_DIFFERS };

/* The view of a host shows its services: when one changes, the host is announced with its present status. */
static void announce_host_of(struct plan *plan, const char *name, enum host_view view)
{
	char *path = host_path(name);
	struct registry_entry *host = registry_find(plan_registry(plan), path, VERSION_PLANNED);

	free(path);
	if (!host) /* services are not registered without their host, but databases can be edited */
		return;
	plan_put_again(plan, host);
	if (view == HOST_VIEW_DIFFERS)
		plan_view_differs(host);
	plan_announce(plan, host, CHANGE_UPDATE);
}

static void service_expire(struct plan *plan, struct registry_entry *entry)
{
	const struct plan_value down = status_value("down");
	enum change_action action;

	plan_set_lifetime(plan_put(plan, OBJECT_SERVICE, entry->path, &down, &action), 0);
	announce_host_of(plan, strrchr(entry->path, '/') + 1,
	    plan_value_differs(entry) ? HOST_VIEW_DIFFERS : HOST_VIEW_SAME);
	plan_announce(plan, entry, action);
}

static bool service_check(const struct record *service, struct error *err)
{
	return kind_check_path(service, err) && status_check_record(service, err);
}

static void service_visit_needed(const struct record *service, needed_visitor *visit, void *context)
{
	char *host = host_path(kind_path_last(service));

	visit(context, host);
	free(host);
}

static bool service_name_is_sound(const char *name)
{
	const char *slash = strchr(name, '/');
	return slash && slash != name && kind_name_is_plain(slash + 1);
}

const struct kind service_kind = {
	.number = OBJECT_SERVICE,
	.name = "service",
	.collection = ALL_SERVICES,
	KIND_PREFIX(PREFIX),
	.name_is_sound = service_name_is_sound,
	.value_is_sound = kind_value_is_text,
	.view = service_view,
	.category = service_category,
	.alias = service_alias,
	.join = service_join,
	.expire = service_expire,
	.check = service_check,
	.visit_needed = service_visit_needed,
	.has_tags = true,
	.has_status = true,
	.has_two_names = true,
};

bool service_put(struct plan *plan, const char *service, const char *host, const struct service_state *state,
    struct service_put_result *out, struct error *err)
{
	struct service_put_result result;

	if (!status_check(state->status, err) ||
	    !host_put(plan, host, state->host_status, &result.host, &result.host_action, err))
		return false;

	char *path = service_path(service, host);
	const struct plan_value value = status_value(state->status);
	result.service = plan_put(plan, OBJECT_SERVICE, path, &value, &result.service_action);
	plan_set_lifetime(result.service, state->lifetime_ms);
	if (plan_value_differs(result.service))
		plan_view_differs(result.host);
	free(path);
	plan_announce(plan, result.host, result.host_action);
	plan_announce(plan, result.service, result.service_action);
	*out = result;
	return true;
}

bool service_delete(struct plan *plan, const char *service, const char *host, char *out_id, struct error *err)
{
	struct registry_entry *entry = plan_find(plan, service_path(service, host), err);

	if (!entry)
		return false;
	memcpy(out_id, registry_record(entry, VERSION_PLANNED)->id, UUID_TEXT_BYTES);
	plan_delete(plan, entry, NULL);
	announce_host_of(plan, host, HOST_VIEW_DIFFERS);
	return true;
}

bool service_delete_everywhere(struct plan *plan, const char *service,
    bool (*may_delete)(void *context, const char *path), void *context, size_t *out_hosts, struct error *err)
{
	const struct membership *member = registry_members(plan_registry(plan), SERVICES_OF_NAME, service, VERSION_PLANNED);
	size_t count = 0;

	for (; member; member = registry_next_member(member, VERSION_PLANNED)) {
		if (may_delete && !may_delete(context, member->entry->path))
			continue;
		plan_delete(plan, member->entry, NULL);
		announce_host_of(plan, strrchr(member->entry->path, '/') + 1, HOST_VIEW_DIFFERS);
		count++;
	}
	if (count == 0)
		return error_set(err, ERROR_NOT_FOUND, "Resource not found");
	*out_hosts = count;
	return true;
}
