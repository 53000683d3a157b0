/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/record_sound.h"

#include "common/utf8.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/names.h"

#include <string.h>

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
