/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/record.h"

#include "common/memory.h"
#include "common/utf8.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/names.h"

#include <stdlib.h>
#include <string.h>

static char *copy_names(const char *names)
{
	return names ? memory_text(names) : NULL;
}

void record_copy(struct record *out, const struct record *record)
{
	record_copy_for(out, record, memory_text(record->path));
}

void record_copy_for(struct record *out, const struct record *record, char *path)
{
	*out = *record;
	out->path = path;
	out->value = record->has_value ? memory_copy(record->value, record->value_size) : NULL;
	out->tags = copy_names(record->tags);
	out->links = copy_names(record->links);
}

void record_finish(struct record *record)
{
	free(record->path);
	free(record->value);
	free(record->tags);
	free(record->links);
	record->path = record->tags = record->links = NULL;
	record->value = NULL;
}

static bool names_or_none_are_sound(const char *names)
{
	return !names || names_are_sound(names, strlen(names));
}

bool record_is_sound(const struct record *record)
{
	const struct kind *kind = kind_is_known(record->kind) ? kind_of(record->kind) : NULL;

	return kind && !strncmp(record->path, kind->prefix, kind->name_at) &&
	       kind->name_is_sound(record->path + kind->name_at) && utf8_is_valid(record->path, strlen(record->path)) &&
	       utf8_is_valid(record->id, strlen(record->id)) &&
	       (kind->value_is_sound ? kind->value_is_sound(record) : !record->has_value) &&
	       names_or_none_are_sound(record->tags) && names_or_none_are_sound(record->links) &&
	       record->lifetime_ms >= 0 && record->lifetime_ms <= (kind->expire ? LIFETIME_MS_MAX : 0);
}
