/* sqlite.h - what the files of the SQLite engine share: one connection with its statements. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_SQLITE_H
#define NOAHD_STORE_SQLITE_H

#include "noahd/store/mark.h"
#include "noahd/store/sqlite_checksum.h"
#include "noahd/store/store.h"
#include "noahd/store/trim.h"
#include "noahd/store/wal_extent.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The columns that a checksum covers, in the order in which sqlite_load.c reads and sqlite_commit.c binds them: of a
   record, */
#define SQLITE_RECORD_COLUMNS SQLITE_RECORD_COLUMNS_OF("")
#define SQLITE_RECORD_COLUMNS_OF(table)                                                                       \
	table "kind, " table "path, " table "id, " table "created_ms, " table "updated_ms, " table                \
	      "created_revision, " table "record_revision, " table "value, " table "tags, " table "links, " table \
	      "lifetime_ms"
/* of the rest of a change, after the checksum of its record, */
#define SQLITE_CHANGE_COLUMNS \
	"record_checksum, revision, first_of_write, action, at_ms, pubcategory, aliases, causes, by, changed, body"
/* of the rows of meta, watch_progress and dead_delivery. */
#define SQLITE_META_COLUMNS \
	"epoch, record_position, delivery_position, needed_after, is_backup, oldest, record_count, record_sum"
#define SQLITE_PROGRESS_COLUMNS "path, acknowledged, failing_ms, state, waiting_ms"
#define SQLITE_DEAD_COLUMNS "path, first, last, at_ms, reason"
enum {
	SQLITE_RECORD_COLUMN_COUNT = 11,
	SQLITE_CHANGE_COLUMN_COUNT = 11,
	SQLITE_META_COLUMN_COUNT = 8,
	SQLITE_PROGRESS_COLUMN_COUNT = 5,
};

/* The rows of the table in sqlite_statement.c, which has their texts. */
enum statement {
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_APPEND_CHANGE,
	STATEMENT_WRITE_META,
	STATEMENT_SET_PROGRESS,
	STATEMENT_CLEAR_PROGRESS,
	STATEMENT_ADD_DEAD,
	STATEMENT_FORGET_DEAD_OF_WATCH,
	STATEMENT_READ_META,
	STATEMENT_READ_LOG_ENDS,
	STATEMENT_READ_RECORDS,
	STATEMENT_READ_TAIL,
	STATEMENT_READ_PROGRESS,
	STATEMENT_CHECK_LOG,
	STATEMENT_READ_LOG,
	STATEMENT_READ_CHECKPOINT,
	STATEMENT_UPDATE_RECORD,
	STATEMENT_DELETE_RECORD,
	STATEMENT_PUT_RECORD,
	STATEMENT_MEASURE_LOG,
	STATEMENT_TRIM_LOG,
	STATEMENT_TRIM_DEAD,
	STATEMENT_TRIM_PROGRESS,
	STATEMENT_FORGET_DEAD,
	STATEMENTS,
};

#define SQLITE_FILE "noah.db"
#define SQLITE_MARK "noah.mark"

/* The number of rows of the table record, and the sum of their checksums modulo 2^64. */
struct record_tally {
	uint64_t count, sum;
};

/* The two bytes of noah.db's head that say how it is written (https://sqlite.org/fileformat2.html, 1.3.3). */
enum { SQLITE_VERSIONS_AT = 18, SQLITE_VERSION_WAL = 2 };

struct sqlite_store {
	sqlite3 *connection;
	sqlite3_stmt *statements[STATEMENTS];
	char *path;  /* of noah.db */
	int lock_fd; /* of noah.db.lock */
	bool is_started;
	bool is_new;       /* this open has created noah.db */
	bool begins_epoch; /* epoch is a new one, which start writes */
	bool had_wal;      /* there was a write-ahead log before this open */
	bool is_log_aside; /* that log must not be read, and is renamed until start removes it */
	bool is_wal;       /* noah.db's head says so */
	int format;        /* found in the file; start converts it to ours */
	struct log_limits limits;
	struct log_positions positions; /* as committed */
	struct record_tally tally;      /* as committed, except during a transaction */
	char epoch[40];
	bool is_backup;                                               /* until it has an epoch of its own */
	char notice[STORE_NOTICE_BYTES], warning[STORE_NOTICE_BYTES]; /* as store_head's */
	char *mark_path;
	int mark_fd; /* of noah.mark, from start on; -1: none */
	enum mark_finding mark_finding;
	struct mark mark;            /* as found; from start on, as it is to be written */
	struct wal_extent found_log; /* when it was opened */
	bool is_marked;              /* the mark found belongs to this epoch */
	bool mark_lags;              /* it could not be written */
	bool mark_must_sync;         /* with its next write */
	bool accepts_loss, has_lost; /* then a new epoch begins */
	uint32_t wal_frames;         /* in the write-ahead log */
	int wal_pages;               /* pages written to it since its last checkpoint */
	int wal_pages_max;           /* at which a checkpoint is due */
	bool wal_is_full;            /* a transaction found no room: a checkpoint makes some */
	bool is_relaxed;             /* PRAGMA synchronous is NORMAL */
	sqlite3 *copy;               /* while a copy is made */
	sqlite3_backup *copying;
	bool is_barred;  /* damage was found while tidying: records and log stay as they are */
	bool is_suspect; /* an I/O error or damage was found: closing leaves the files as they are */
};

/* ---- sqlite_statement.c ---- */

/* Prepares all statements; fails if the schema is not ours. */
bool sqlite_prepare(struct sqlite_store *store, struct error *err);
bool sqlite_prepare_one(struct sqlite_store *store, enum statement which, struct error *err);
void sqlite_finalize(struct sqlite_store *store);

/* What a result code of SQLite means; number: the errno of the call that failed, 0: none. */
enum error_kind sqlite_error_kind(int code, int number);
/* Fills err from the connection's last error. Returns false. */
bool sqlite_fail(struct sqlite_store *store, struct error *err);

/* Sets err to "<path> is damaged: …". Returns false. */
bool sqlite_tell_damage(struct sqlite_store *store, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Runs SQL that is used once. */
bool sqlite_execute(struct sqlite_store *store, const char *sql, struct error *err);
bool sqlite_read_pragma(struct sqlite_store *store, const char *pragma, int *out, struct error *err);

/* The statement, reset and with its parameters unbound. */
sqlite3_stmt *sqlite_statement(struct sqlite_store *store, enum statement which);
/* Runs a statement that returns no rows. */
bool sqlite_run(struct sqlite_store *store, enum statement which, struct error *err);

/* Steps to the statement's next row; false: there is none, and *failed says whether that is the end or an error
   (err). */
bool sqlite_next(struct sqlite_store *store, enum statement which, bool *failed, struct error *err);

void sqlite_bind_u64(sqlite3_stmt *statement, int place, uint64_t number);
void sqlite_bind_string(sqlite3_stmt *statement, int place, const char *text); /* borrowed until it has run */
uint64_t sqlite_column_u64(sqlite3_stmt *statement, int column);
/* Binds an integer, text, blob or null of another statement's row, borrowed until that statement steps. */
void sqlite_bind_column(sqlite3_stmt *statement, int place, sqlite3_stmt *row, int column);

/* Binds parameters one after another, from the first on, and computes the checksum of those since the last seal. Texts
   are borrowed until the statement has run. */
struct sqlite_row {
	sqlite3_stmt *statement;
	int place;
	struct sqlite_checksum checksum;
};
void sqlite_row_begin(struct sqlite_row *row, sqlite3_stmt *statement);
void sqlite_row_integer(struct sqlite_row *row, int64_t number);
void sqlite_row_text(struct sqlite_row *row, const char *text, size_t size);
void sqlite_row_string(struct sqlite_row *row, const char *text); /* NULL: it is null */
void sqlite_row_record(struct sqlite_row *row, const struct record *record);
/* Binds their checksum, and returns it. */
uint64_t sqlite_row_seal(struct sqlite_row *row);

/* ---- sqlite_transaction.c ---- */

enum durability {
	DURABLE, /* on the disk when it returns */
	RELAXED, /* on the disk with the next one that is durable */
};

/* Commits all that work writes, or nothing; on success store->positions and store->tally become what work leaves in
   them. Calls work once. */
typedef bool sqlite_work(struct sqlite_store *store, struct log_positions *positions, const void *context,
    struct error *err);
bool sqlite_transaction(struct sqlite_store *store, enum durability durability, sqlite_work *work, const void *context,
    struct error *err);

/* ---- sqlite_schema.c ---- */

/* Creates a new noah.db, atomically. */
bool sqlite_schema_create(const char *path, struct error *err);
/* ERROR_INVALID: the database is not noahd's, or a newer noahd's. */
bool sqlite_schema_check(struct sqlite_store *store, struct error *err);
/* Whether sqlite_schema_check accepts these two numbers of a file's head. */
bool sqlite_schema_knows(int application, int version);
/* Converts the version store->format to ours, in the caller's transaction. */
bool sqlite_schema_update(struct sqlite_store *store, struct error *err);
/* Whether the file has the format of an earlier version. */
bool sqlite_schema_is_old(const struct sqlite_store *store);

/* ---- sqlite_mark.c: noah.mark ---- */

/* Reads the mark, and measures the write-ahead log. */
bool sqlite_mark_find(struct sqlite_store *store, struct error *err);
/* Whether SQLite must not read the log. */
bool sqlite_mark_forbids_log(const struct sqlite_store *store);
/* Once positions and epoch are read from the file. ERROR_INVALID: acknowledged changes are missing, without
   accepts_loss. */
bool sqlite_mark_check(struct sqlite_store *store, struct error *err);
/* Writes the mark, with the epoch of this start. */
bool sqlite_mark_start(struct sqlite_store *store, struct error *err);
/* Before a transaction: writes a mark that had no room before. ERROR_UNAVAILABLE: it still has none. */
bool sqlite_mark_catch_up(struct sqlite_store *store, struct error *err);
/* After a commit, before it is answered. */
bool sqlite_mark_committed(struct sqlite_store *store, struct error *err);
/* Before and after a checkpoint of that log, which is synced. */
bool sqlite_mark_checkpoint_begins(struct sqlite_store *store, uint64_t log, struct error *err);
bool sqlite_mark_checkpoint_ends(struct sqlite_store *store, struct error *err);

/* ---- sqlite_files.c ---- */

/* Checks the files before SQLite opens them, since SQLite repairs or removes what it considers useless. Creates noah.db
   if there is none. */
bool sqlite_files_find(struct sqlite_store *store, bool must_exist, struct error *err);
/* A URI of the file, whose bytes with another meaning are escaped, with this query ("", "?immutable=1"). */
char *sqlite_files_uri(const char *path, const char *query);
/* Whether a file has the head of a database and at least a page. */
bool sqlite_files_has_head(const char *path);
/* ERROR_INVALID: a page at the end of noah.db is missing or truncated. */
bool sqlite_files_check_size(struct sqlite_store *store, struct error *err);
/* After a close without a start: removes what open has created, and restores what it has renamed. */
void sqlite_files_leave(const struct sqlite_store *store);
/* At a start: removes what open has renamed. */
void sqlite_files_start(const struct sqlite_store *store);

/* ---- sqlite_load.c, _commit.c, _checkpoint.c, _trim.c, _copy.c, _bulk_load.c, _wal.c ---- */

bool sqlite_load(void *state, const struct store_reader *reader, struct store_head *out_head, struct error *err);
bool sqlite_read_log(void *state, uint64_t after, size_t count_max, size_t bytes_max, struct change_list *out,
    struct error *err);
/* Reads meta and the ends of the log into the store; a backup gets a new epoch, which sqlite_begin_epoch writes. */
bool sqlite_read_positions(struct sqlite_store *store, struct error *err);
bool sqlite_begin_epoch(struct sqlite_store *store, struct error *err);

/* Updates the row of meta with these positions. Within a transaction. */
bool sqlite_write_meta(struct sqlite_store *store, const struct log_positions *positions, struct error *err);
/* Reads the changes after that revision, up to positions.revision, and checks that all are there, each with its
   checksums. `which` has a row for each: its revision, its bytes (change_row_bytes) or NULL where it is not whole, and
   what else the visitor needs. */
typedef bool log_visitor(void *context, sqlite3_stmt *row, struct error *err);
bool sqlite_check_log(struct sqlite_store *store, enum statement which, uint64_t after, log_visitor *visit,
    void *context, struct error *err);

/* A visitor of STATEMENT_CHECK_LOG, which adds the bytes to the struct log_positions of its context. */
bool sqlite_count_log_bytes(void *context, sqlite3_stmt *row, struct error *err);

/* ---- sqlite_log_check.c: the whole log, which a load checks in a thread of its own while it reads the records ---- */

/* Checks the whole log, and sets positions.bytes. */
bool sqlite_check_whole_log(struct sqlite_store *store, struct error *err);
/* NULL: only the store's own connection sees all of the log, or there is no thread. The store's positions stay as they
   are until the end. */
struct sqlite_log_check *sqlite_log_check_start(const struct sqlite_store *store);
/* As sqlite_check_whole_log, once the thread has done it; NULL: in this one. */
bool sqlite_log_check_end(struct sqlite_log_check *take, struct sqlite_store *store, struct error *err);

/* ---- sqlite_commit.c, sqlite_checkpoint.c, sqlite_trim.c, sqlite_copy.c ---- */

bool sqlite_commit(void *state, uint64_t base, struct change *const *changes, size_t count,
    const struct delivery_progress *progress, struct error *err);

/* Whether the records lag so far behind the log that a checkpoint is due. */
bool sqlite_checkpoint_is_due(const struct sqlite_store *store);
/* Updates the records to the end of the log. */
bool sqlite_checkpoint(struct sqlite_store *store, struct error *err);

/* Removes the changes up to last, and records the loss for watches that needed them. */
bool sqlite_trim(struct sqlite_store *store, uint64_t last, struct error *err);
/* One step of removing the bytes that trim_excess asks for. *out_more: there may be another. */
bool sqlite_trim_excess(struct sqlite_store *store, bool *out_more, struct error *err);

/* store_engine's. */
bool sqlite_copy(void *state, const char *folder, bool *out_more, struct error *err);
/* Gives up the copy in progress. */
void sqlite_copy_end(struct sqlite_store *store);
bool sqlite_verify(const char *path, const struct store_inspector *inspector, struct store_findings *out,
    struct error *err);
bool sqlite_bulk_load(void *state, const struct store_source *source, struct error *err);

/* Starts counting the frames of the write-ahead log. */
void sqlite_wal_count(struct sqlite_store *store);
/* Extends the file of the write-ahead log to the size it will keep. */
void sqlite_wal_start(struct sqlite_store *store);
/* The errno of the last failed call on its file; 0: none. */
int sqlite_wal_errno(struct sqlite_store *store);
bool sqlite_wal_is_due(const struct sqlite_store *store);
/* Checkpoints the write-ahead log, and gives its file its normal size again. */
bool sqlite_wal_shrink(struct sqlite_store *store, struct error *err);
/* Checkpoints the write-ahead log into noah.db, so that it is overwritten from its beginning. */
bool sqlite_wal_checkpoint(struct sqlite_store *store, struct error *err);

#endif
