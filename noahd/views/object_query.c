/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/object_query.h"

#include "common/memory.h"
#include "common/number.h"
#include "common/percent.h"
#include "noahd/registry/names.h"
#include "noahd/registry/pattern.h"
#include "noahd/registry/status.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static bool object_query_read_pattern(const char *text, struct object_query *query, struct error *err)
{
	if (!pattern_check(text, err))
		return false;
	free(query->pattern);
	query->pattern = pattern_decode(text);
	return true;
}

/* A location is a path, percent-encoded. Once more encoded, each byte of it may take five. */
static_assert(HTTP_TARGET_BYTES_MAX > 5 * HTTP_TARGET_PATH_BYTES_MAX + 5 * PATTERN_BYTES_MAX / 3 + 1024,
    "every page can be asked for: after, pattern and the rest");

static bool read_after(const char *text, struct object_query *query, struct error *err)
{
	char *end = query->after = memory_text(text);

	if (*text && *text != '/')
		return error_set(err, ERROR_INVALID, "\"after\" must be a location, which begins with \"/\"");
	for (; *text; text++) {
		int byte = *text == '%' ? percent_byte(text + 1) : (unsigned char)*text;
		if (byte <= 0)
			return error_set(err, ERROR_INVALID, "\"after\" must be a location, percent-encoded once more");
		text += *text == '%' ? 2 : 0;
		*end++ = (char)byte;
	}
	*end = '\0';
	return true;
}

static bool read_limit(const char *text, struct object_query *query, struct error *err)
{
	uint64_t number;

	if (!number_parse_uint64(text, OBJECT_QUERY_LIMIT_MAX, &number) || number == 0)
		return error_set(err, ERROR_INVALID, "\"limit\" must be a number from 1 to %d", OBJECT_QUERY_LIMIT_MAX);
	query->limit = (size_t)number;
	return true;
}

static bool read_keys(const char *text, struct object_query *query, struct error *err)
{
	query->keys = !strcmp(text, "true");
	return query->keys || !strcmp(text, "false") || error_set(err, ERROR_INVALID, "\"keys\" must be true or false");
}

static const struct kind *listed_kind(const char *collection, size_t size)
{
	const struct kind *kind = kind_of_collection(collection, size);
	return kind && !kind_grants_rights(kind->number) ? kind : NULL;
}

/* "hosts, services, …"; free() it. */
static char *name_listed_kinds(void)
{
	char *names = memory_text("");

	for (const struct kind *const *kind = kind_listed; *kind; kind++) {
		char *longer = memory_format("%s%s%s", names, *names ? ", " : "", (*kind)->collection);
		free(names);
		names = longer;
	}
	return names;
}

static bool read_kind(const char *text, struct object_query *query, struct error *err)
{
	char *known;

	query->kind = listed_kind(text, strlen(text));
	if (query->kind)
		return true;
	known = name_listed_kinds();
	error_set(err, ERROR_INVALID, "\"kind\" must be one of %s", known);
	free(known);
	return false;
}

static bool read_tag(const char *text, struct object_query *query, struct error *err)
{
	query->tag = text;
	return name_check("tag", text, err);
}

static bool object_query_read_status(const char *text, struct object_query *query, struct error *err)
{
	query->status = text;
	return status_check(text, err);
}

static const struct {
	const char *name;
	bool (*read)(const char *text, struct object_query *query, struct error *err);
} parameters[] = {
	{ "pattern", object_query_read_pattern },
	{ "after", read_after },
	{ "limit", read_limit },
	{ "keys", read_keys },
	{ "kind", read_kind },
	{ "tag", read_tag },
	{ "status", object_query_read_status },
};
enum { PARAMETERS = sizeof(parameters) / sizeof(*parameters) };

/* Of one kind where the pattern, or "kind", names it. */
static void choose_set(struct object_query *query)
{
	const char *first = *query->pattern ? query->pattern + 1 : "";
	const size_t size = strcspn(first, "/");

	query->name = "";
	if (query->tag) {
		query->relation = OBJECTS_OF_TAG;
		query->name = query->tag;
		return;
	}
	const struct kind *kind = query->kind ? query->kind : listed_kind(first, size);
	if (kind)
		query->relation = kind->collection;
}

bool object_query_read(const struct http_target *target, struct object_query *out, struct error *err)
{
	struct object_query query = { .pattern = memory_text(""), .limit = OBJECT_QUERY_LIMIT };

	for (size_t i = 0; i < PARAMETERS; i++) {
		const char *text = http_target_parameter(target, parameters[i].name);
		if (text &&
		    (!http_target_check_once(target, parameters[i].name, err) || !parameters[i].read(text, &query, err))) {
			object_query_finish(&query);
			return false;
		}
	}
	if (!query.after)
		query.after = memory_text("");
	choose_set(&query);
	*out = query;
	return true;
}

void object_query_finish(struct object_query *query)
{
	free(query->pattern);
	free(query->after);
}

char *object_query_path(const struct object_query *query)
{
	const char *star = strchr(query->pattern, PATTERN_ANY_SEGMENT);

	return star ? memory_copy(query->pattern, (size_t)(star - 1 - query->pattern)) : memory_text(query->pattern);
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

static bool has_status(const struct registry_entry *entry, const struct record *record, const char *status)
{
	return kind_of(entry->kind)->has_status && record->value_size == strlen(status) &&
	       !memcmp(record->value, status, record->value_size);
}

bool object_query_fits(const struct object_query *query, const struct registry_entry *entry)
{
	const struct record *record = registry_record(entry, VERSION_APPLIED);

	return record && (!query->kind || query->kind->number == entry->kind) && strcmp(entry->path, query->after) > 0 &&
	       pattern_covers(query->pattern, entry->path) && (!query->tag || names_have(record->tags, query->tag)) &&
	       (!query->status || has_status(entry, record, query->status));
}

/* The smallest so far; the largest of them is the first, so that it can make way (a binary heap). */
struct heap {
	struct registry_entry **items;
	size_t count, room, limit;
};

static void heap_swap(struct heap *heap, size_t a, size_t b)
{
	struct registry_entry *item = heap->items[a];

	heap->items[a] = heap->items[b];
	heap->items[b] = item;
}

static bool heap_is_less(const struct heap *heap, size_t a, size_t b)
{
	return strcmp(heap->items[a]->path, heap->items[b]->path) < 0;
}

static void heap_sink(struct heap *heap, size_t place)
{
	for (size_t child; (child = 2 * place + 1) < heap->count; place = child) {
		if (child + 1 < heap->count && heap_is_less(heap, child, child + 1))
			child++;
		if (!heap_is_less(heap, place, child))
			return;
		heap_swap(heap, place, child);
	}
}

static void heap_offer(struct heap *heap, struct registry_entry *entry)
{
	if (heap->count == heap->limit) {
		if (strcmp(entry->path, heap->items[0]->path) > 0)
			return;
		heap->items[0] = entry;
		heap_sink(heap, 0);
		return;
	}
	if (heap->count == heap->room) {
		heap->room = heap->room ? 2 * heap->room : 64;
		heap->items = memory_grow(heap->items, heap->room, sizeof(struct registry_entry *));
	}
	heap->items[heap->count] = entry;
	for (size_t i = heap->count++; i > 0 && heap_is_less(heap, (i - 1) / 2, i); i = (i - 1) / 2)
		heap_swap(heap, i, (i - 1) / 2);
}

static void offer_set(struct heap *heap, const struct object_query *query, const struct registry *registry,
    const char *relation, entry_visitor *may_show, void *context)
{
	const struct membership *member = registry_members(registry, relation, query->name, VERSION_APPLIED);

	for (; member; member = registry_next_member(member, VERSION_APPLIED))
		if (object_query_fits(query, member->entry) && (!may_show || may_show(context, member->entry)))
			heap_offer(heap, member->entry);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp((*(struct registry_entry *const *)a)->path, (*(struct registry_entry *const *)b)->path);
}

struct registry_entry **object_query_find(const struct object_query *query, const struct registry *registry,
    entry_visitor *may_show, void *context, size_t *out_count)
{
	struct heap heap = { .limit = query->limit };

	if (query->relation)
		offer_set(&heap, query, registry, query->relation, may_show, context);
	else
		for (const struct kind *const *kind = kind_listed; *kind; kind++)
			offer_set(&heap, query, registry, (*kind)->collection, may_show, context);
	if (heap.count)
		qsort(heap.items, heap.count, sizeof(*heap.items), compare_paths);
	*out_count = heap.count;
	return heap.items;
}
