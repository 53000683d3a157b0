/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/record_check.h"

#include "common/clock.h"
#include "noahd/registry/link.h"
#include "noahd/registry/names.h"
#include "noahd/registry/record_sound.h"
#include "noahd/registry/tag.h"

#include <inttypes.h>
#include <stdlib.h>

static bool check_id(const char *id, struct error *err)
{
	unsigned char bytes[UUID_BYTES];

	return uuid_parse(id, bytes) ||
	       error_set(err, ERROR_INVALID, "id must be a UUID of version 4 in lower case, not \"%s\"", id);
}

static bool check_revisions(const struct record *record, struct error *err)
{
	return (record->created_revision >= 1 && record->created_revision <= record->revision) ||
	       error_set(err, ERROR_INVALID,
	           "created_revision must be from 1 to the object's revision, %" PRIu64 ", not %" PRIu64, record->revision,
	           record->created_revision);
}

static bool record_check_time(const char *key, int64_t wall_ms, struct error *err)
{
	char text[CLOCK_TEXT_BYTES];

	return *clock_text(wall_ms, text) ||
	       error_set(err, ERROR_INVALID, "%s must be a time in the years 0 to 9999, in milliseconds since 1970", key);
}

static bool check_tag(const char *name, struct error *err)
{
	return name_check("tags", name, err);
}

/* Tags or links: how they are checked. */
struct belonging {
	const char *key;
	bool (*check)(const char *name, struct error *err);
	int count_max;
};

static bool record_check_names(const struct belonging *belonging, const char *names, struct error *err)
{
	char *each_once = names_with(names, NULL), *name;
	bool is_good = true;

	if (!names_are_same(each_once, names))
		is_good = error_set(err, ERROR_INVALID, "%s must be different names", belonging->key);
	else if (names_count(names) > (size_t)belonging->count_max)
		is_good = error_set(err, ERROR_INVALID, "An object can have %d %s, not %zu", belonging->count_max,
		    belonging->key, names_count(names));
	for (const char *rest = names; is_good && (name = names_next(&rest)); free(name))
		is_good = belonging->check(name, err);
	free(each_once);
	return is_good;
}

static bool check_belongings(const struct record *record, const struct kind *kind, struct error *err)
{
	static const struct belonging tags = { "tags", check_tag, TAGS_OF_OBJECT_MAX };
	static const struct belonging links = { "links", link_check_kept_name, LINKS_OF_OBJECT_MAX };

	if (!kind->has_tags && (record->tags || record->links))
		return error_set(err, ERROR_INVALID, "an object of this kind cannot have tags or links");
	return record_check_names(&tags, record->tags, err) && record_check_names(&links, record->links, err);
}

bool record_check(const struct record *record, struct error *err)
{
	if (!record_is_sound(record))
		return error_set(err, ERROR_INVALID, "noahd cannot have made this object");

	const struct kind *kind = kind_of(record->kind);
	return check_id(record->id, err) && check_revisions(record, err) &&
	       record_check_time("created_ms", record->created_ms, err) &&
	       record_check_time("updated_ms", record->updated_ms, err) && check_belongings(record, kind, err) &&
	       (!kind->check || kind->check(record, err));
}

void record_visit_needed(const struct record *record, needed_visitor *visit, void *context)
{
	const char *tags = record->tags, *links = record->links;
	char *name;

	for (; (name = names_next(&tags)); free(name)) {
		char *path = tag_path(name);
		visit(context, path);
		free(path);
	}
	for (; (name = names_next(&links)); free(name))
		visit(context, name);
	if (kind_of(record->kind)->visit_needed)
		kind_of(record->kind)->visit_needed(record, visit, context);
}
