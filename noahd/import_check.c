/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/import_check.h"

#include "common/memory.h"
#include "noahd/registry/record_check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* What no two objects share. */
struct identity {
	unsigned char id[UUID_BYTES];
	uint64_t revision;
	size_t line;
};

/* The path of an object, or a path that an object needs. */
struct place {
	bool is_there;
	size_t line; /* of the first object that needs it; 0: none */
	UT_hash_handle hh;
	char path[];
};

struct import_check {
	struct identity *identities;
	size_t count, room;
	struct place *places;
	size_t line; /* of the object being added */
};

struct import_check *import_check_create(void)
{
	return memory_zeroed(1, sizeof(struct import_check));
}

void import_check_destroy(struct import_check *check)
{
	struct place *place, *next;

	if (!check)
		return;
	HASH_ITER (hh, check->places, place, next) {
		HASH_DEL(check->places, place);
		free(place);
	}
	free(check->identities);
	free(check);
}

static struct place *place_at(struct import_check *check, const char *path)
{
	const size_t size = strlen(path) + 1;
	struct place *place;

	HASH_FIND_STR(check->places, path, place);
	if (!place) {
		place = memory_zeroed(1, sizeof(*place) + size);
		memcpy(place->path, path, size);
		HASH_ADD_STR(check->places, path, place);
	}
	return place;
}

static void note_needed(void *context, const char *path)
{
	struct import_check *check = context;
	struct place *place = place_at(check, path);

	if (!place->line)
		place->line = check->line;
}

void import_check_add(struct import_check *check, const struct record *record, size_t line)
{
	if (check->count == check->room) {
		check->room = check->room ? 2 * check->room : 1024;
		check->identities = memory_grow(check->identities, check->room, sizeof(*check->identities));
	}
	struct identity *identity = &check->identities[check->count++];
	*identity = (struct identity){ .revision = record->revision, .line = line };
	(void)uuid_parse(record->id, identity->id);
	check->line = line;
	if (kind_of(record->kind)->is_needed)
		place_at(check, record->path)->is_there = true;
	record_visit_needed(record, note_needed, check);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static int order_of(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_id(const void *a, const void *b)
{
	const struct identity *one = a, *other = b;
	const int order = memcmp(one->id, other->id, UUID_BYTES);

	return order ? order : order_of(one->line, other->line);
}

static int by_revision(const void *a, const void *b)
{
	const struct identity *one = a, *other = b;
	const int order = order_of(one->revision, other->revision);

	return order ? order : order_of(one->line, other->line);
}

static bool have_same_id(const struct identity *a, const struct identity *b)
{
	return !memcmp(a->id, b->id, UUID_BYTES);
}

static bool have_same_revision(const struct identity *a, const struct identity *b)
{
	return a->revision == b->revision;
}

static const struct difference {
	const char *key;
	int (*compare)(const void *a, const void *b);
	bool (*is_same)(const struct identity *a, const struct identity *b);
} DIFFERENCES[] = {
	{ "id", by_id, have_same_id },
	{ "revision", by_revision, have_same_revision },
};

static bool check_difference(struct import_check *check, const struct difference *difference, size_t *out_line,
    struct error *err)
{
	struct identity *identities = check->identities;

	if (check->count)
		qsort(identities, check->count, sizeof(*identities), difference->compare);
	for (size_t i = 1; i < check->count; i++)
		if (difference->is_same(&identities[i - 1], &identities[i])) {
			*out_line = identities[i].line;
			return error_set(err, ERROR_INVALID, "the object has the %s of line %zu, but it must be unique",
			    difference->key, identities[i - 1].line);
		}
	return true;
}

static bool check_needed(const struct import_check *check, size_t *out_line, struct error *err)
{
	const struct place *missing = NULL;

	for (const struct place *place = check->places; place; place = place->hh.next)
		if (!place->is_there && (!missing || place->line < missing->line))
			missing = place;
	if (!missing)
		return true;
	*out_line = missing->line;
	return error_set(err, ERROR_INVALID, "the object needs %.300s, which is not in this file", missing->path);
}

bool import_check_all(struct import_check *check, size_t *out_line, struct error *err)
{
	for (size_t i = 0; i < sizeof(DIFFERENCES) / sizeof(*DIFFERENCES); i++)
		if (!check_difference(check, &DIFFERENCES[i], out_line, err))
			return false;
	return check_needed(check, out_line, err);
}
