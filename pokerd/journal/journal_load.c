/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/journal/journal_load.h"

#include "common/memory.h"
#include "pokerd/journal/journal_format_1.h"
#include "pokerd/journal/journal_record.h"

#include <stdlib.h>
#include <string.h>

enum {
	NUMBER_AT = JOURNAL_MAGIC_BYTES - 2,    /* of the format */
	LOAD_BYTES_MAX = 2 * JOURNAL_BYTES_MAX, /* heads may still follow when no bodies may */
};

static bool has_magic(const char *bytes, size_t size, const char *magic)
{
	return size >= JOURNAL_MAGIC_BYTES && !memcmp(bytes, magic, JOURNAL_MAGIC_BYTES);
}

/* Damage to the magic must not hide the records either. That of a newer format begins like ours. */
static bool has_lost_magic(const char *bytes, size_t size)
{
	return size >= JOURNAL_MAGIC_BYTES && memcmp(bytes, JOURNAL_MAGIC, NUMBER_AT) != 0 &&
	       journal_record_find(bytes, size) < size;
}

static bool refuse_file(const char *path, const char *bytes, size_t size, struct error *err)
{
	if (size < JOURNAL_MAGIC_BYTES || memcmp(bytes, JOURNAL_MAGIC, NUMBER_AT) != 0)
		return error_set(err, ERROR_INVALID, "%s is not a journal of pokerd; move it away to start with an empty one",
		    path);
	return error_set(err, ERROR_INVALID, "%s was written by a newer pokerd; move it away to start with an empty one",
	    path);
}

/* Replaces the file, of which these are the records, and *bytes by what they are in the present format. */
static bool journal_load_convert(struct journal_file *file, char **bytes, size_t *size,
    struct journal_damage *out_damage, struct error *err)
{
	size_t records_size;
	char *records;

	journal_format_1_convert(*bytes + JOURNAL_MAGIC_BYTES, *size - JOURNAL_MAGIC_BYTES, &records, &records_size,
	    out_damage);
	char *converted = memory_allocate(JOURNAL_MAGIC_BYTES + records_size);
	memcpy(converted, JOURNAL_MAGIC, JOURNAL_MAGIC_BYTES);
	if (records_size)
		memcpy(converted + JOURNAL_MAGIC_BYTES, records, records_size);
	free(records);
	free(*bytes);
	*bytes = converted;
	*size = JOURNAL_MAGIC_BYTES + records_size;
	out_damage->is_kept = (out_damage->records || out_damage->tail_bytes) && journal_file_keep(file);
	return journal_file_replace(file, *bytes, *size, err);
}

static void journal_load_records(struct journal_file *file, struct journal_state *state, const char *bytes, size_t size,
    struct journal_damage *out_damage)
{
	size_t from = has_magic(bytes, size, JOURNAL_MAGIC) ? JOURNAL_MAGIC_BYTES : 0;
	struct journal_damage damage;

	journal_state_replay(state, bytes + from, size - from, (off_t)from, &damage);
	file->stale = damage.records || damage.tail_bytes;
	out_damage->is_kept |= file->stale && journal_file_keep(file);
	out_damage->records += damage.records;
	out_damage->tail_bytes += damage.tail_bytes;
}

/* Reads the existing file, if any, into the state. */
bool journal_load(struct journal_file *file, struct journal_state *state, struct journal_damage *out_damage,
    struct error *err)
{
	struct error reason;
	bool loaded = true;
	char *bytes;
	size_t size;

	if (!journal_file_open(file, LOAD_BYTES_MAX, &bytes, &size, &reason)) {
		if (err)
			*err = reason;
		return reason.kind == ERROR_NOT_FOUND;
	}
	if (has_magic(bytes, size, JOURNAL_FORMAT_1_MAGIC))
		loaded = journal_load_convert(file, &bytes, &size, out_damage, err);
	else if (!has_magic(bytes, size, JOURNAL_MAGIC) && !has_lost_magic(bytes, size))
		loaded = refuse_file(file->path, bytes, size, err);
	if (loaded)
		journal_load_records(file, state, bytes, size, out_damage);
	free(bytes);
	return loaded;
}
