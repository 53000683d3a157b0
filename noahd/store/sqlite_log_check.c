/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/memory.h"
#include "common/worker.h"
#include "noahd/store/sqlite_checksum.h"

#include <stdlib.h>

struct sqlite_log_check {
	struct job job;
	struct worker *worker;
	struct sqlite_store beside; /* what sqlite_check_log needs, with a connection of its own */
	bool has_begun;
	bool is_whole;
	struct error err;
};

/* The statement's pages are read once, in order. */
static const char beside_settings[] = "PRAGMA cache_size = -64";

bool sqlite_check_whole_log(struct sqlite_store *store, struct error *err)
{
	store->positions.bytes = 0;
	return sqlite_check_log(store, STATEMENT_CHECK_LOG, store->positions.oldest - 1, sqlite_count_log_bytes,
	    &store->positions, err);
}

/* noah.db as it is, without locks: the store's own connection has them. */
static bool connect_beside(struct sqlite_store *beside)
{
	char *uri = sqlite_files_uri(beside->path, "?immutable=1");
	const int code =
	    sqlite3_open_v2(uri, &beside->connection, SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY, NULL);

	free(uri);
	return code == SQLITE_OK && sqlite_checksum_register(beside->connection) &&
	       sqlite_execute(beside, beside_settings, NULL) && sqlite_prepare_one(beside, STATEMENT_CHECK_LOG, NULL);
}

static enum job_progress run_log_check(struct job *job, void *context)
{
	struct sqlite_log_check *check = JOB_OF(job, struct sqlite_log_check, job);

	(void)context;
	check->has_begun = connect_beside(&check->beside);
	check->is_whole = check->has_begun && sqlite_check_whole_log(&check->beside, &check->err);
	return JOB_DONE;
}

/* Another connection sees what is in noah.db itself: nothing in a log, and no conversion in progress. */
static bool has_all_in_one_file(const struct sqlite_store *store)
{
	return !store->is_started && !store->found_log.frames && !sqlite_schema_is_old(store);
}

static struct worker *start_log_check_worker(void)
{
	static const struct job_kind kinds[] = { { 1, run_log_check, NULL } };
	struct worker *worker =
	    worker_create(&(struct worker_options){ .name = "log check", .kinds = kinds, .kind_count = 1, .at_once = 1 },
	        NULL);

	if (!worker || worker_start(worker, NULL))
		return worker;
	worker_destroy(worker);
	return NULL;
}

struct sqlite_log_check *sqlite_log_check_start(const struct sqlite_store *store)
{
	struct worker *worker = has_all_in_one_file(store) ? start_log_check_worker() : NULL;

	if (!worker)
		return NULL;
	struct sqlite_log_check *check = memory_zeroed(1, sizeof(*check));
	check->worker = worker;
	check->beside.path = store->path;
	check->beside.positions = store->positions;
	(void)worker_ask(worker, 0, &check->job);
	return check;
}

/* What has_begun is false for, the caller's thread does. */
bool sqlite_log_check_end(struct sqlite_log_check *take, struct sqlite_store *store, struct error *err)
{
	if (!take)
		return sqlite_check_whole_log(store, err);
	worker_stop(take->worker);
	worker_destroy(take->worker);
	sqlite_finalize(&take->beside);
	sqlite3_close(take->beside.connection);
	const bool has_begun = take->has_begun, is_whole = take->is_whole;
	store->positions.bytes = take->beside.positions.bytes;
	store->is_suspect |= has_begun && take->beside.is_suspect;
	if (has_begun && !is_whole)
		error_set(err, take->err.kind, "%s", take->err.text);
	free(take);
	return has_begun ? is_whole : sqlite_check_whole_log(store, err);
}
