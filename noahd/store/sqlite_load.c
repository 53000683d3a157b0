/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/plural.h"
#include "common/uuid.h"
#include "noahd/registry/record_sound.h"
#include "noahd/store/sqlite_checksum.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The order of SQLITE_RECORD_COLUMNS. */
enum record_column {
	RECORD_KIND,
	RECORD_PATH,
	RECORD_ID,
	RECORD_CREATED_MS,
	RECORD_UPDATED_MS,
	RECORD_CREATED_REVISION,
	RECORD_REVISION,
	RECORD_VALUE,
	RECORD_TAGS,
	RECORD_LINKS,
	RECORD_LIFETIME_MS,
	RECORD_COLUMNS,
};

/* The order of SQLITE_CHANGE_COLUMNS. */
enum change_column {
	CHANGE_RECORD_CHECKSUM,
	CHANGE_REVISION,
	CHANGE_FIRST_OF_WRITE,
	CHANGE_ACTION,
	CHANGE_AT_MS,
	CHANGE_PUBCATEGORY,
	CHANGE_ALIASES,
	CHANGE_CAUSES,
	CHANGE_BY,
	CHANGE_CHANGED,
	CHANGE_BODY,
	CHANGE_COLUMNS,
};

/* The first ones of a statement that sqlite_check_log runs. */
enum checked_column { CHECKED_REVISION, CHECKED_BYTES };

static_assert(RECORD_COLUMNS == (int)SQLITE_RECORD_COLUMN_COUNT, "the same list");
static_assert(CHANGE_COLUMNS == (int)SQLITE_CHANGE_COLUMN_COUNT, "the same list");

enum {
	RECORD_IN_LOG = CHANGE_COLUMNS + 1, /* where it begins in a row of STATEMENT_READ_LOG, behind the checksum */
	TAIL_ACTION = RECORD_COLUMNS + 1,   /* in a row of STATEMENT_READ_TAIL, behind the checksum of the record */
};

/* Never NULL, though a damaged page may hold what the schema forbids. */
static const char *column_string(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);
	return text ? text : "";
}

/* Like snprintf, which would take a tenth of the time of a start. */
static void copy_text(char *out, size_t room, const char *text)
{
	size_t size = strnlen(text, room - 1);

	memcpy(out, text, size);
	out[size] = '\0';
}

/* Borrows from the row until the next step. */
static struct record borrow_record(sqlite3_stmt *row, int at)
{
	struct record record = {
		.kind = (enum object_kind)sqlite3_column_int(row, at + RECORD_KIND),
		.path = (char *)column_string(row, at + RECORD_PATH),
		.created_ms = sqlite3_column_int64(row, at + RECORD_CREATED_MS),
		.updated_ms = sqlite3_column_int64(row, at + RECORD_UPDATED_MS),
		.created_revision = sqlite_column_u64(row, at + RECORD_CREATED_REVISION),
		.revision = sqlite_column_u64(row, at + RECORD_REVISION),
		.has_value = sqlite3_column_type(row, at + RECORD_VALUE) != SQLITE_NULL,
		.tags = (char *)sqlite3_column_text(row, at + RECORD_TAGS),
		.links = (char *)sqlite3_column_text(row, at + RECORD_LINKS),
		.lifetime_ms = sqlite3_column_int64(row, at + RECORD_LIFETIME_MS),
	};
	const void *value = sqlite3_column_blob(row, at + RECORD_VALUE); /* NULL for no bytes, too */

	copy_text(record.id, sizeof(record.id), column_string(row, at + RECORD_ID));
	record.value_size = (size_t)sqlite3_column_bytes(row, at + RECORD_VALUE);
	if (record.has_value)
		record.value = value ? (void *)value : "";
	return record;
}

static struct change *copy_change(sqlite3_stmt *row)
{
	const char *body = column_string(row, CHANGE_BODY);

	return change_create(&(struct change){
	    .revision = sqlite_column_u64(row, CHANGE_REVISION),
	    .write = sqlite_column_u64(row, CHANGE_FIRST_OF_WRITE),
	    .action = (enum change_action)sqlite3_column_int(row, CHANGE_ACTION),
	    .at_ms = sqlite3_column_int64(row, CHANGE_AT_MS),
	    .pubcategory = column_string(row, CHANGE_PUBCATEGORY),
	    .aliases = column_string(row, CHANGE_ALIASES),
	    .causes = column_string(row, CHANGE_CAUSES),
	    .by = column_string(row, CHANGE_BY),
	    .changed = sqlite3_column_int(row, CHANGE_CHANGED),
	    .body = body,
	    .body_size = strlen(body),
	    .record = borrow_record(row, RECORD_IN_LOG),
	});
}

/* Whether these columns have the checksum in the row. Must come before anything else is read from it. */
static bool check_row(sqlite3_stmt *row, int first, int count, int checksum)
{
	return sqlite_checksum_row(row, first, count) == sqlite_column_u64(row, checksum);
}

/* ---- meta -------------------------------------------------------------------------------------------------------- */

static bool take_meta(struct sqlite_store *store, sqlite3_stmt *row, struct error *err)
{
	if (!check_row(row, 0, SQLITE_META_COLUMN_COUNT, SQLITE_META_COLUMN_COUNT))
		return sqlite_tell_damage(store, err, "the row of its table meta does not have its checksum");
	snprintf(store->epoch, sizeof(store->epoch), "%s", column_string(row, 0));
	store->positions = (struct log_positions){
		.recorded = sqlite_column_u64(row, 1),
		.delivered = sqlite_column_u64(row, 2),
		.needed = sqlite_column_u64(row, 3),
		.oldest = sqlite_column_u64(row, 5),
	};
	store->is_backup = sqlite3_column_int(row, 4);
	store->tally = (struct record_tally){ sqlite_column_u64(row, 6), sqlite_column_u64(row, 7) };
	return true;
}

static bool read_meta(struct sqlite_store *store, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_READ_META);
	bool failed;

	if (!sqlite_next(store, STATEMENT_READ_META, &failed, err))
		return !failed && sqlite_tell_damage(store, err, "its table meta is empty");
	bool is_taken = take_meta(store, row, err);
	sqlite3_reset(row);
	return is_taken;
}

/* An empty log has no revision: then the records have it. */
static bool read_log_ends(struct sqlite_store *store, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_READ_LOG_ENDS);
	struct log_positions *positions = &store->positions;
	bool failed;

	if (!sqlite_next(store, STATEMENT_READ_LOG_ENDS, &failed, err))
		return false;
	bool is_empty = sqlite3_column_type(row, 0) == SQLITE_NULL;
	uint64_t first = is_empty ? positions->recorded + 1 : sqlite_column_u64(row, 0);
	positions->revision = is_empty ? positions->recorded : sqlite_column_u64(row, 1);
	sqlite3_reset(row);
	if (first != positions->oldest)
		return sqlite_tell_damage(store, err,
		    "its log begins with change %" PRIu64 ", but should begin with change %" PRIu64, first, positions->oldest);
	if (positions->revision < positions->recorded || positions->revision < positions->delivered)
		return sqlite_tell_damage(store, err,
		    "its log ends with change %" PRIu64 ", but later ones were recorded or delivered", positions->revision);
	return true;
}

/* Later commits are not in it, and their revisions will be used again for other changes. */
static void leave_epoch(struct sqlite_store *store)
{
	if (store->is_backup)
		snprintf(store->notice, sizeof(store->notice), "%s is a backup of epoch %s: a new epoch begins", store->path,
		    store->epoch);
	else
		snprintf(store->notice, sizeof(store->notice),
		    "changes after revision %" PRIu64 " of epoch %s are lost, acknowledged ones: %" PRIu64
		    "; a new epoch begins",
		    store->positions.revision, store->epoch,
		    store->mark.revision > store->positions.revision ? store->mark.revision - store->positions.revision : 0);
	uuid_make(store->epoch);
	store->is_backup = false;
}

bool sqlite_read_positions(struct sqlite_store *store, struct error *err)
{
	if (!read_meta(store, err) || !read_log_ends(store, err) || !sqlite_mark_check(store, err))
		return false;
	store->begins_epoch = store->is_backup || store->has_lost;
	if (store->begins_epoch)
		leave_epoch(store);
	return true;
}

static bool write_epoch(struct sqlite_store *store, struct log_positions *positions, const void *context,
    struct error *err)
{
	(void)context;
	return sqlite_write_meta(store, positions, err);
}

bool sqlite_begin_epoch(struct sqlite_store *store, struct error *err)
{
	return sqlite_transaction(store, DURABLE, write_epoch, NULL, err);
}

/* ---- the log ----------------------------------------------------------------------------------------------------- */

static void begin_after(struct sqlite_store *store, enum statement which, uint64_t revision)
{
	sqlite_bind_u64(sqlite_statement(store, which), 1, revision);
}

/* The next row of a statement that reads the log, which has to be that revision's; column: where the row has it. */
static bool next_row(struct sqlite_store *store, enum statement which, int column, uint64_t expected, struct error *err)
{
	bool failed = false;
	struct error why;

	if (sqlite_next(store, which, &failed, &why) &&
	    sqlite_column_u64(sqlite_statement(store, which), column) == expected)
		return true;
	if (!failed)
		return sqlite_tell_damage(store, err, "its log lacks change %" PRIu64, expected);
	if (why.kind == ERROR_INVALID)
		return sqlite_tell_damage(store, err, "change %" PRIu64 " of its log cannot be read: %s", expected, why.text);
	return error_set(err, why.kind, "%s", why.text);
}

static bool tell_changed_row(struct sqlite_store *store, uint64_t revision, struct error *err)
{
	return sqlite_tell_damage(store, err, "change %" PRIu64 " of its log does not have its checksum", revision);
}

static bool next_change(struct sqlite_store *store, uint64_t expected, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_READ_LOG);

	return next_row(store, STATEMENT_READ_LOG, CHANGE_REVISION, expected, err) &&
	       ((check_row(row, 0, CHANGE_COLUMNS, CHANGE_COLUMNS) &&
	            check_row(row, RECORD_IN_LOG, RECORD_COLUMNS, CHANGE_RECORD_CHECKSUM)) ||
	           tell_changed_row(store, expected, err));
}

bool sqlite_check_log(struct sqlite_store *store, enum statement which, uint64_t after, log_visitor *visit,
    void *context, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, which);
	bool is_well = true;

	begin_after(store, which, after);
	for (uint64_t next = after + 1; next <= store->positions.revision && is_well; next++)
		is_well = next_row(store, which, CHECKED_REVISION, next, err) &&
		          (sqlite3_column_type(row, CHECKED_BYTES) != SQLITE_NULL || tell_changed_row(store, next, err)) &&
		          visit(context, row, err);
	sqlite3_reset(row);
	return is_well;
}

bool sqlite_read_log(void *state, uint64_t after, size_t count_max, size_t bytes_max, struct change_list *out,
    struct error *err)
{
	struct sqlite_store *store = state;
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_READ_LOG);
	struct change_list page = { 0 };
	uint64_t next = after < store->positions.oldest ? store->positions.oldest : after + 1;
	size_t bytes = 0;
	bool is_whole = true;
	struct error why;

	begin_after(store, STATEMENT_READ_LOG, after);
	while (next <= store->positions.revision && bytes <= bytes_max && (page.count < count_max || !page.count) &&
	       (is_whole = next_change(store, next++, &why))) {
		struct change *change = copy_change(row);
		bytes += change->bytes;
		change_list_append(&page, change);
	}
	sqlite3_reset(row);
	if (!is_whole && (!page.count || why.kind != ERROR_INVALID)) {
		change_list_finish(&page);
		return error_set(err, why.kind, "%s", why.text);
	}
	for (size_t i = 0; i < page.count; i++)
		change_list_append(out, change_reference(page.changes[i]));
	change_list_finish(&page);
	return true;
}

/* ---- load -------------------------------------------------------------------------------------------------------- */

/* A merge of the two tables that hold objects, in the order of their paths. */
struct loading {
	struct sqlite_store *store;
	const struct store_reader *reader;
	sqlite3_stmt *records, *tail; /* their next rows; NULL: there is none */
	struct record_tally tally;
};

/* After this check, the registry trusts the record. */
static bool tell_record(struct loading *loading, sqlite3_stmt *row, struct error *err)
{
	struct record record = borrow_record(row, 0);

	if (!record_is_sound(&record))
		return sqlite_tell_damage(loading->store, err, "its record \"%s\" of kind %d cannot be understood", record.path,
		    (int)record.kind);
	loading->reader->record(loading->reader->context, &record);
	return true;
}

/* Steps to the next row of either table, and checks it. *row becomes NULL at the end. */
static bool step_to_record(struct loading *loading, enum statement which, sqlite3_stmt **row, struct error *err)
{
	bool failed = false;

	*row = sqlite_statement(loading->store, which);
	if (!sqlite_next(loading->store, which, &failed, err)) {
		*row = NULL;
		return !failed;
	}
	if (!check_row(*row, 0, RECORD_COLUMNS, RECORD_COLUMNS))
		return sqlite_tell_damage(loading->store, err, "its record \"%s\" does not have its checksum",
		    column_string(*row, RECORD_PATH));
	if (which == STATEMENT_READ_RECORDS) {
		loading->tally.count++;
		loading->tally.sum += sqlite_column_u64(*row, RECORD_COLUMNS);
	}
	return true;
}

/* < 0: the next object is in the records only, > 0: in the tail only, 0: in both. */
static int compare_next(const struct loading *loading)
{
	if (!loading->tail || !loading->records)
		return loading->tail ? 1 : -1;
	return strcmp(column_string(loading->records, RECORD_PATH), column_string(loading->tail, RECORD_PATH));
}

/* Passes on one object, in its latest state. */
static bool tell_next(struct loading *loading, struct error *err)
{
	const int order = compare_next(loading);

	if (order < 0)
		return tell_record(loading, loading->records, err) &&
		       step_to_record(loading, STATEMENT_READ_RECORDS, &loading->records, err);
	if (sqlite3_column_int(loading->tail, TAIL_ACTION) != CHANGE_DELETE && !tell_record(loading, loading->tail, err))
		return false;
	return (order > 0 || step_to_record(loading, STATEMENT_READ_RECORDS, &loading->records, err)) &&
	       step_to_record(loading, STATEMENT_READ_TAIL, &loading->tail, err);
}

static bool check_tally(struct sqlite_store *store, const struct record_tally *tally, struct error *err)
{
	if (tally->count != store->tally.count)
		return sqlite_tell_damage(store, err, "it has %" PRIu64 " %s, but should have %" PRIu64, tally->count,
		    plural(tally->count, "record", "records"), store->tally.count);
	if (tally->sum != store->tally.sum)
		return sqlite_tell_damage(store, err, "its %" PRIu64 " %s written", tally->count,
		    plural(tally->count, "record is not the one that was", "records are not those that were"));
	return true;
}

static bool load_records(struct sqlite_store *store, const struct store_reader *reader, struct error *err)
{
	struct loading loading = { .store = store, .reader = reader };
	bool done = step_to_record(&loading, STATEMENT_READ_RECORDS, &loading.records, err) &&
	            step_to_record(&loading, STATEMENT_READ_TAIL, &loading.tail, err);

	while (done && (loading.records || loading.tail))
		done = tell_next(&loading, err);
	sqlite3_reset(sqlite_statement(store, STATEMENT_READ_RECORDS));
	sqlite3_reset(sqlite_statement(store, STATEMENT_READ_TAIL));
	return done && check_tally(store, &loading.tally, err);
}

static bool sqlite_load_take_progress(struct sqlite_store *store, sqlite3_stmt *row, const struct store_reader *reader,
    struct error *err)
{
	const bool is_whole = check_row(row, 0, SQLITE_PROGRESS_COLUMN_COUNT, SQLITE_PROGRESS_COLUMN_COUNT);
	struct watch_progress progress = {
		.path = (char *)column_string(row, 0),
		.acknowledged = sqlite_column_u64(row, 1),
		.failing_ms = sqlite3_column_int64(row, 2),
		.state = (enum watch_state)sqlite3_column_int(row, 3),
		.waiting_ms = sqlite3_column_int64(row, 4),
	};

	if (!is_whole)
		return sqlite_tell_damage(store, err, "the progress of its watch \"%s\" does not have its checksum",
		    progress.path);
	reader->progress(reader->context, &progress);
	return true;
}

static bool load_progress(struct sqlite_store *store, const struct store_reader *reader, struct error *err)
{
	sqlite3_stmt *row = sqlite_statement(store, STATEMENT_READ_PROGRESS);
	bool failed = false;

	while (!failed && sqlite_next(store, STATEMENT_READ_PROGRESS, &failed, err))
		failed = !sqlite_load_take_progress(store, row, reader, err);
	sqlite3_reset(row);
	return !failed;
}

bool sqlite_count_log_bytes(void *context, sqlite3_stmt *row, struct error *err)
{
	struct log_positions *positions = context;

	(void)err;
	positions->bytes += sqlite_column_u64(row, CHECKED_BYTES);
	return true;
}

bool sqlite_load(void *state, const struct store_reader *reader, struct store_head *out_head, struct error *err)
{
	struct sqlite_store *store = state;

	struct sqlite_log_check *check = sqlite_log_check_start(store);
	struct error why;
	const bool is_loaded = load_records(store, reader, &why) && load_progress(store, reader, &why);

	/* Damage of the log is told first. */
	if (!sqlite_log_check_end(check, store, err))
		return false;
	if (!is_loaded)
		return error_set(err, why.kind, "%s", why.text);
	*out_head = (struct store_head){
		.revision = store->positions.revision,
		.oldest = store->positions.oldest,
		.delivery_position = store->positions.delivered,
	};
	memcpy(out_head->epoch, store->epoch, sizeof(store->epoch));
	memcpy(out_head->notice, store->notice, sizeof(store->notice));
	memcpy(out_head->warning, store->warning, sizeof(store->warning));
	out_head->has_lost = store->has_lost;
	return true;
}
