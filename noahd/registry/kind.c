/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/kind.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/percent.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/host.h"
#include "noahd/registry/service.h"
#include "noahd/registry/token.h"
#include "noahd/registry/watch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const struct kind *kind_of(enum object_kind kind)
{
	static const struct kind *const kinds[] = {
		[OBJECT_HOST] = &host_kind,
		[OBJECT_SERVICE] = &service_kind,
		[OBJECT_EPHEMERAL] = &ephemeral_kind,
		[OBJECT_WATCH] = &watch_kind,
		[OBJECT_TOKEN] = &token_kind,
	};
	assert(kind < sizeof(kinds) / sizeof(*kinds) && kinds[kind]);
	return kinds[kind];
}

void kind_join(struct registry *registry, struct registry_entry *entry, const struct record *record)
{
	const struct kind *kind = kind_of(record->kind);
	if (kind->join)
		kind->join(registry, entry, record);
}

char *kind_location(const struct record *record)
{
	if (!kind_of(record->kind)->slash_in_name)
		return percent_encode(record->path, false);

	const char *name = kind_path_name(record);
	char *encoded = percent_encode(name, true);
	char *location = memory_format("%.*s%s", (int)(name - record->path), record->path, encoded);
	free(encoded);
	return location;
}

/* Seconds, whole where they can be. */
static json_t *seconds_of(int64_t ms)
{
	return ms % 1000 ? json_real((double)ms / 1000) : json_integer(ms / 1000);
}

void kind_view_lifetime(json_t *view, const struct record *record)
{
	if (record->lifetime_ms)
		json_object_set_new(view, "lifetime", seconds_of(record->lifetime_ms));
}

json_t *kind_view_begin(const struct record *record)
{
	json_t *view = json_pack("{s:s, s:[], s:[]}", "id", record->id, "tags", "links");

	kind_view_lifetime(view, record);
	return view;
}

void kind_view_times(json_t *view, const struct record *record)
{
	char text[CLOCK_TEXT_BYTES];
	json_object_set_new(view, "created_at", json_string(clock_text(record->created_ms, text)));
	json_object_set_new(view, "updated_at", json_string(clock_text(record->updated_ms, text)));
}

const char *kind_path_name(const struct record *record)
{
	return strchr(record->path + 1, '/') + 1;
}

const char *kind_path_last(const struct record *record)
{
	return strrchr(record->path, '/') + 1;
}
