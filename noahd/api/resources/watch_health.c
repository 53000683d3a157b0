/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/resources/watch_health.h"

#include "common/clock.h"
#include "noahd/api/context.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/pattern.h"
#include "noahd/registry/token_table.h"
#include "noahd/registry/watch.h"
#include "noahd/registry/watch_terms.h"

#include <stdlib.h>

/* What deliveries say of it comes first: it would stay so with another registrant. */
static const char *state_of(const struct api *api, const json_t *view)
{
	const char *name = json_string_value(json_object_get(view, "name"));
	char *path = watch_path(name);
	const struct registry_entry *entry = registry_find(api->registry, path, VERSION_APPLIED);
	const uint64_t created = entry ? registry_record(entry, VERSION_APPLIED)->created_revision : 0;
	const char *state = api->options.watch_state(path, created, api->options.context);

	free(path);
	if (state)
		return state;
	char *decoded = pattern_decode(json_string_value(json_object_get(view, "pattern")));
	const struct watch_terms terms = { .decoded = decoded,
		.registrant = (char *)json_string_value(json_object_get(view, "registrant")) };
	bool may_read = !decoded || watch_registrant_may_read(&terms, api->tokens, clock_wall_ms());
	free(decoded);
	return may_read ? "active" : "unauthorized";
}

void watch_health_add(const struct api *api, json_t *view)
{
	json_object_set_new(view, "health", json_pack("{s:s}", "state", state_of(api, view)));
}
