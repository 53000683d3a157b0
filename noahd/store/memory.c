/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/engines.h"

#include "common/memory.h"
#include "common/uuid.h"
#include "noahd/store/trim.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* The contract of store.h in its shortest form; other engines do the same on a disk. */

/* An object is what its last change left behind. */
struct object {
	struct change *change;
	UT_hash_handle hh;
};

struct progress_row {
	struct watch_progress row;
	UT_hash_handle hh;
};

struct memory_store {
	char epoch[UUID_TEXT_BYTES];
	struct log_limits limits;
	struct log_positions positions;
	struct change_list log;        /* from positions.oldest on */
	struct object *objects;        /* by path */
	struct progress_row *progress; /* by the watch's path */
};

static bool memory_open(const struct store_options *options, void **out_state, struct error *err)
{
	struct memory_store *store = memory_zeroed(1, sizeof(*store));

	(void)err;
	uuid_make(store->epoch);
	store->limits = (struct log_limits){ options->events_kept, options->events_kept_max, options->events_bytes_max };
	store->positions.oldest = 1;
	*out_state = store;
	return true;
}

static void forget_object(struct memory_store *store, struct object *object)
{
	HASH_DEL(store->objects, object);
	change_release(object->change);
	free(object);
}

static void memory_engine_forget_progress(struct memory_store *store, struct progress_row *row)
{
	HASH_DEL(store->progress, row);
	free(row->row.path);
	free(row);
}

static void memory_close(void *state)
{
	struct memory_store *store = state;
	struct object *object, *next_object;
	struct progress_row *row, *next_row;

	if (!store)
		return;
	HASH_ITER (hh, store->objects, object, next_object)
		forget_object(store, object);
	HASH_ITER (hh, store->progress, row, next_row)
		memory_engine_forget_progress(store, row);
	change_list_finish(&store->log);
	free(store);
}

static int memory_engine_by_path(const struct object *a, const struct object *b)
{
	return strcmp(a->change->record.path, b->change->record.path);
}

static bool memory_load(void *state, const struct store_reader *reader, struct store_head *out_head, struct error *err)
{
	struct memory_store *store = state;

	(void)err;
	HASH_SORT(store->objects, memory_engine_by_path);
	for (struct object *object = store->objects; object; object = object->hh.next)
		reader->record(reader->context, &object->change->record);
	for (struct progress_row *row = store->progress; row; row = row->hh.next)
		reader->progress(reader->context, &row->row);
	*out_head = (struct store_head){
		.revision = store->positions.revision,
		.oldest = store->positions.oldest,
		.delivery_position = store->positions.delivered,
	};
	memcpy(out_head->epoch, store->epoch, sizeof(store->epoch));
	return true;
}

static void memory_engine_append(struct memory_store *store, struct change *change)
{
	const char *path = change->record.path;
	struct object *object;

	change_list_append(&store->log, change_reference(change));
	store->positions.revision = store->positions.recorded = change->revision;
	store->positions.bytes += change_row_bytes(change);
	HASH_FIND_STR(store->objects, path, object);
	if (object)
		forget_object(store, object);
	if (change->action == CHANGE_DELETE)
		return;
	object = memory_zeroed(1, sizeof(*object));
	object->change = change_reference(change);
	HASH_ADD_KEYPTR(hh, store->objects, path, strlen(path), object);
}

static void memory_engine_clear_progress(struct memory_store *store, const char *path)
{
	struct progress_row *row;

	HASH_FIND_STR(store->progress, path, row);
	if (row)
		memory_engine_forget_progress(store, row);
}

static void memory_engine_set_progress(struct memory_store *store, const struct watch_progress *progress)
{
	struct progress_row *row = memory_zeroed(1, sizeof(*row));

	memory_engine_clear_progress(store, progress->path);
	row->row = *progress;
	row->row.path = memory_text(progress->path);
	HASH_ADD_KEYPTR(hh, store->progress, row->row.path, strlen(row->row.path), row);
}

/* Dead rows are for people who read the database, which is not possible here. */
static void remember(struct memory_store *store, const struct delivery_progress *progress)
{
	store->positions.delivered = progress->position;
	store->positions.needed = progress->needed;
	for (size_t i = 0; i < progress->set_count; i++)
		memory_engine_set_progress(store, &progress->set[i]);
	for (size_t i = 0; i < progress->clear_count; i++)
		memory_engine_clear_progress(store, progress->clear[i]);
}

static bool memory_commit(void *state, uint64_t base, struct change *const *changes, size_t count,
    const struct delivery_progress *progress, struct error *err)
{
	struct memory_store *store = state;

	if (count && base != store->positions.revision)
		return error_set(err, ERROR_CONFLICT, "the store is not at the revision that the changes follow");
	for (size_t i = 0; i < count; i++)
		memory_engine_append(store, changes[i]);
	if (progress)
		remember(store, progress);
	return true;
}

static bool memory_read_log(void *state, uint64_t after, size_t count_max, size_t bytes_max, struct change_list *out,
    struct error *err)
{
	struct memory_store *store = state;
	uint64_t oldest = store->positions.oldest;
	size_t bytes = 0, count = 0;

	(void)err;
	for (size_t i = after < oldest ? 0 : after + 1 - oldest; i < store->log.count; i++) {
		if (count++ && (count > count_max || bytes > bytes_max))
			break;
		bytes += store->log.changes[i]->bytes;
		change_list_append(out, change_reference(store->log.changes[i]));
	}
	return true;
}

/* The last of the first changes that have so many bytes in total and may be removed; 0: there are none. */
static uint64_t memory_engine_find_excess(const struct memory_store *store, uint64_t excess)
{
	const uint64_t oldest = store->positions.oldest, possible = trim_possible(&store->positions);
	uint64_t last = 0, bytes = 0;

	for (size_t i = 0; i < store->log.count && oldest + i <= possible && bytes < excess && i < TRIM_STEP; i++) {
		bytes += change_row_bytes(store->log.changes[i]);
		last = oldest + i;
	}
	return last;
}

static void forget_changes(struct memory_store *store, size_t count)
{
	struct change_list *log = &store->log;

	for (size_t i = 0; i < count; i++) {
		store->positions.bytes -= change_row_bytes(log->changes[i]);
		change_release(log->changes[i]);
	}
	log->count -= count;
	memmove(log->changes, log->changes + count, log->count * sizeof(*log->changes));
	store->positions.oldest += count;
}

static bool memory_tidy(void *state, bool *out_more, struct error *err)
{
	struct memory_store *store = state;
	uint64_t last = trim_step(&store->positions, &store->limits);

	(void)err;
	if (!last)
		last = memory_engine_find_excess(store, trim_excess(&store->positions, &store->limits));
	*out_more = last > 0;
	if (!last)
		return true;
	forget_changes(store, last + 1 - store->positions.oldest);
	for (struct progress_row *row = store->progress; row; row = row->hh.next)
		if (row->row.state == WATCH_ACTIVE && row->row.acknowledged < last)
			row->row.acknowledged = last;
	return true;
}

static bool memory_start(void *state, struct error *err)
{
	(void)state;
	(void)err;
	return true;
}

static uint64_t memory_oldest(const void *state)
{
	const struct memory_store *store = state;
	return store->positions.oldest;
}

const struct store_engine memory_engine = {
	.name = "memory",
	.open = memory_open,
	.close = memory_close,
	.load = memory_load,
	.start = memory_start,
	.commit = memory_commit,
	.read_log = memory_read_log,
	.tidy = memory_tidy,
	.oldest = memory_oldest,
};
