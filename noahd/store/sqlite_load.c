/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/uuid.h"

#include <stdio.h>
#include <string.h>

/* The order of SQLITE_RECORD_COLUMNS. */
enum record_column {
	COLUMN_KIND,
	COLUMN_PATH,
	COLUMN_ID,
	COLUMN_CREATED_MS,
	COLUMN_UPDATED_MS,
	COLUMN_CREATED_REVISION,
	COLUMN_RECORD_REVISION,
	COLUMN_VALUE,
	COLUMN_TAGS,
	COLUMN_LINKS,
	COLUMN_LIFETIME_MS,
	RECORD_COLUMNS,
};

/* How STATEMENT_READ_LOG goes on. */
enum change_column {
	COLUMN_REVISION = RECORD_COLUMNS,
	COLUMN_FIRST_OF_WRITE,
	COLUMN_ACTION,
	COLUMN_AT_MS,
	COLUMN_PUBCATEGORY,
	COLUMN_ALIASES,
	COLUMN_CAUSES,
	COLUMN_BY,
	COLUMN_CHANGED,
	COLUMN_BODY,
};

/* Never NULL: a damaged page may hold what the schema forbids. */
static const char *column_string(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);
	return text ? text : "";
}

/* As snprintf would, which takes a tenth of the time of a start. */
static void copy_text(char *out, size_t room, const char *text)
{
	size_t size = strnlen(text, room - 1);

	memcpy(out, text, size);
	out[size] = '\0';
}

/* Borrows from the row until the next step. */
static struct record borrow_record(sqlite3_stmt *row)
{
	struct record record = {
		.kind = (enum object_kind)sqlite3_column_int(row, COLUMN_KIND),
		.path = (char *)column_string(row, COLUMN_PATH),
		.created_ms = sqlite3_column_int64(row, COLUMN_CREATED_MS),
		.updated_ms = sqlite3_column_int64(row, COLUMN_UPDATED_MS),
		.created_revision = sqlite_column_u64(row, COLUMN_CREATED_REVISION),
		.revision = sqlite_column_u64(row, COLUMN_RECORD_REVISION),
		.has_value = sqlite3_column_type(row, COLUMN_VALUE) != SQLITE_NULL,
		.tags = (char *)sqlite3_column_text(row, COLUMN_TAGS),
		.links = (char *)sqlite3_column_text(row, COLUMN_LINKS),
		.lifetime_ms = sqlite3_column_int64(row, COLUMN_LIFETIME_MS),
	};
	const void *value = sqlite3_column_blob(row, COLUMN_VALUE); /* NULL for no bytes, too */

	copy_text(record.id, sizeof(record.id), column_string(row, COLUMN_ID));
	record.value_size = (size_t)sqlite3_column_bytes(row, COLUMN_VALUE);
	if (record.has_value)
		record.value = value ? (void *)value : "";
	return record;
}

static struct change *copy_change(sqlite3_stmt *row)
{
	const char *body = column_string(row, COLUMN_BODY);

	return change_create(&(struct change){
	    .revision = sqlite_column_u64(row, COLUMN_REVISION),
	    .write = sqlite_column_u64(row, COLUMN_FIRST_OF_WRITE),
	    .action = (enum change_action)sqlite3_column_int(row, COLUMN_ACTION),
	    .at_ms = sqlite3_column_int64(row, COLUMN_AT_MS),
	    .pubcategory = column_string(row, COLUMN_PUBCATEGORY),
	    .aliases = column_string(row, COLUMN_ALIASES),
	    .causes = column_string(row, COLUMN_CAUSES),
	    .by = column_string(row, COLUMN_BY),
	    .changed = sqlite3_column_int(row, COLUMN_CHANGED),
	    .body = body,
	    .body_size = strlen(body),
	    .record = borrow_record(row),
	});
}

static bool read_meta(struct sqlite_store *store, bool *out_is_backup, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_READ_META);
	struct log_positions *positions = &store->positions;
	bool failed;

	if (!sqlite_next(store, STATEMENT_READ_META, &failed, err)) {
		if (!failed)
			error_set(err, ERROR_INVALID, "%s is damaged: its table meta is empty", store->path);
		return false;
	}
	snprintf(store->epoch, sizeof(store->epoch), "%s", column_string(row, 0));
	positions->recorded = sqlite_column_u64(row, 1);
	positions->delivered = sqlite_column_u64(row, 2);
	positions->needed = sqlite_column_u64(row, 3);
	*out_is_backup = sqlite3_column_int(row, 4);
	sqlite3_reset(row);
	return true;
}

/* A log that was trimmed to the last row tells no revision, the records do. */
static bool read_log_ends(struct sqlite_store *store, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_READ_LOG_ENDS);
	struct log_positions *positions = &store->positions;
	bool failed;

	if (!sqlite_next(store, STATEMENT_READ_LOG_ENDS, &failed, err))
		return false;
	bool is_empty = sqlite3_column_type(row, 0) == SQLITE_NULL;
	positions->revision = is_empty ? positions->recorded : sqlite_column_u64(row, 1);
	positions->oldest = is_empty ? positions->revision + 1 : sqlite_column_u64(row, 0);
	sqlite3_reset(row);
	return true;
}

/* What was committed after the backup is not in it, and the same revisions will be given to other changes. */
static bool begin_epoch(struct sqlite_store *store, struct log_positions *positions, const void *context,
    struct error *err)
{
	(void)positions;
	sqlite_bind_string(sqlite_statement(store, STATEMENT_BEGIN_EPOCH), 1, context);
	return sqlite_run(store, STATEMENT_BEGIN_EPOCH, err);
}

static bool leave_epoch(struct sqlite_store *store, struct error *err)
{
	char epoch[UUID_TEXT_BYTES];

	uuid_make(epoch);
	if (!sqlite_transaction(store, DURABLE, begin_epoch, epoch, err))
		return false;
	snprintf(store->notice, sizeof(store->notice), "%s is a backup of epoch %s: a new epoch begins", store->path,
	    store->epoch);
	memcpy(store->epoch, epoch, sizeof(epoch));
	return true;
}

bool sqlite_read_positions(struct sqlite_store *store, struct error *err)
{
	bool is_backup;

	return read_meta(store, &is_backup, err) && read_log_ends(store, err) && (!is_backup || leave_epoch(store, err));
}

/* Here only: from now on, the registry takes records for its own work. */
static bool check_record(const struct sqlite_store *store, const struct record *record, struct error *err)
{
	if (record_is_sound(record))
		return true;
	return error_set(err, ERROR_INVALID, "%s is damaged: its record \"%s\" of kind %d cannot be understood",
	    store->path, record->path, (int)record->kind);
}

static bool load_records(struct sqlite_store *store, const struct store_reader *reader, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_READ_RECORDS);
	bool failed = false;

	while (!failed && sqlite_next(store, STATEMENT_READ_RECORDS, &failed, err)) {
		struct record record = borrow_record(row);
		failed = !check_record(store, &record, err);
		if (!failed)
			reader->record(reader->context, &record);
	}
	sqlite3_reset(row);
	return !failed;
}

static bool load_progress(struct sqlite_store *store, const struct store_reader *reader, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_READ_PROGRESS);
	bool failed;

	while (sqlite_next(store, STATEMENT_READ_PROGRESS, &failed, err)) {
		struct watch_progress progress = {
			.path = (char *)column_string(row, 0),
			.acknowledged = sqlite_column_u64(row, 1),
			.failing_since_ms = sqlite3_column_int64(row, 2),
			.state = (enum watch_state)sqlite3_column_int(row, 3),
		};
		reader->progress(reader->context, &progress);
	}
	return !failed;
}

bool sqlite_load(void *state, const struct store_reader *reader, struct store_head *out_head, struct error *err)
{
	struct sqlite_store *store = state;

	if (!load_records(store, reader, err) || !load_progress(store, reader, err))
		return false;
	*out_head = (struct store_head){
		.revision = store->positions.revision,
		.oldest = store->positions.oldest,
		.delivery_position = store->positions.delivered,
	};
	memcpy(out_head->epoch, store->epoch, sizeof(store->epoch));
	memcpy(out_head->notice, store->notice, sizeof(store->notice));
	return true;
}

bool sqlite_read_log(void *state, uint64_t after, size_t count_max, size_t bytes_max, struct change_list *out,
    struct error *err)
{
	struct sqlite_store *store = state;
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_READ_LOG);
	struct change_list page = { 0 };
	size_t bytes = 0;
	bool failed = false;

	sqlite_bind_u64(row, 1, after);
	sqlite_bind_u64(row, 2, count_max ? count_max : 1);
	while (bytes <= bytes_max && sqlite_next(store, STATEMENT_READ_LOG, &failed, err)) {
		struct change *change = copy_change(row);
		bytes += change->bytes;
		change_list_append(&page, change);
	}
	sqlite3_reset(row);
	for (size_t i = 0; i < page.count && !failed; i++)
		change_list_append(out, change_reference(page.changes[i]));
	change_list_finish(&page);
	return !failed;
}
