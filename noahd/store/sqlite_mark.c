/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/memory.h"
#include "common/plural.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* SQLite reads its log up to the first damaged frame, silently. The mark knows more: the last acknowledged revision,
   and how much of the log the last checkpoint covered. A truncated log yields an earlier state of the registry, unless
   the missing part was already being copied to noah.db, which then has parts of two states. */

bool sqlite_mark_find(struct sqlite_store *store, struct error *err)
{
	char *log = memory_format("%s-wal", store->path);
	bool is_read = mark_read(store->mark_path, &store->mark_finding, &store->mark, err) &&
	               wal_extent_measure(log, &store->found_log, err);

	free(log);
	store->wal_frames = store->found_log.frames;
	return is_read;
}

bool sqlite_mark_forbids_log(const struct sqlite_store *store)
{
	return store->mark_finding == MARK_FOUND &&
	       mark_is_stale_log(&store->mark, store->found_log.log, store->found_log.frames);
}

/* For the daemon's log: there should be a valid mark, but there is none. */
static void tell_finding(struct sqlite_store *store)
{
	if (store->mark_finding == MARK_DAMAGED)
		snprintf(store->warning, sizeof(store->warning),
		    "%s is damaged and is replaced; it is unknown whether changes after revision %" PRIu64 " are missing",
		    store->mark_path, store->positions.revision);
	else if (store->mark_finding == MARK_MISSING && store->positions.revision)
		snprintf(store->warning, sizeof(store->warning), "%s did not exist and is created at revision %" PRIu64,
		    store->mark_path, store->positions.revision);
}

static bool refuse_loss(const struct sqlite_store *store, uint64_t missing, struct error *err)
{
	if (missing)
		return error_set(err, ERROR_INVALID,
		    "%s ends at revision %" PRIu64 ", but " SQLITE_MARK " says that revision %" PRIu64
		    " was acknowledged: %" PRIu64 " %s missing; put back what was lost (" SQLITE_FILE
		    "-wal?), or accept the loss with "
		    "'noahd recover --accept-loss'",
		    store->path, store->positions.revision, store->mark.revision, missing,
		    plural(missing, "change is", "changes are"));
	return error_set(err, ERROR_INVALID,
	    "%s holds parts of two states: %s-wal was lost or cut during a checkpoint; put it back, restore a "
	    "backup, or see what can be kept with 'noahd recover --accept-loss'",
	    store->path, store->path);
}

bool sqlite_mark_check(struct sqlite_store *store, struct error *err)
{
	const struct mark *mark = &store->mark;
	uint64_t revision = store->positions.revision;

	if (store->is_backup)
		return true;
	tell_finding(store);
	store->is_marked = store->mark_finding == MARK_FOUND && !strcmp(mark->epoch, store->epoch);
	if (!store->is_marked)
		return true;
	uint64_t missing = mark->revision > revision ? mark->revision - revision : 0;
	if (!missing && !mark_is_torn(mark, store->found_log.log, store->found_log.frames))
		return true;
	store->has_lost = store->accepts_loss;
	return store->accepts_loss || refuse_loss(store, missing, err);
}

/* Without a mark of its own, an interrupted checkpoint may have covered any part of the log. */
static struct mark first_mark(const struct sqlite_store *store)
{
	struct mark mark = { .log = store->found_log.log, .frames = store->found_log.frames };

	if (store->is_marked && !store->has_lost)
		mark = store->mark;
	else if (!mark.frames)
		mark.log = 0;
	memcpy(mark.epoch, store->epoch, sizeof(mark.epoch));
	mark.revision = store->positions.revision;
	return mark;
}

/* If there is no room, the next transaction has to write the mark first: meanwhile it is behind, never ahead. */
static bool write_mark(struct sqlite_store *store, struct error *err)
{
	struct error reason;
	bool is_written = mark_write(store->mark_fd, &store->mark, &reason);

	if (is_written && store->mark_must_sync && fdatasync(store->mark_fd))
		is_written = error_set_errno(&reason, ERROR_INTERNAL, "cannot sync the mark");
	store->mark_lags = !is_written;
	if (is_written) {
		store->mark_must_sync = false;
		return true;
	}
	if (reason.kind != ERROR_UNAVAILABLE)
		store->is_suspect = true;
	return error_set(err, reason.kind == ERROR_UNAVAILABLE ? ERROR_UNAVAILABLE : ERROR_INTERNAL, "%s: %s",
	    store->mark_path, reason.text);
}

static bool write_or_lag(struct sqlite_store *store, struct error *err)
{
	struct error reason;

	return write_mark(store, &reason) || reason.kind == ERROR_UNAVAILABLE ||
	       error_set(err, reason.kind, "%s", reason.text);
}

bool sqlite_mark_start(struct sqlite_store *store, struct error *err)
{
	const bool is_ours = store->is_marked && !store->has_lost;
	struct error reason;

	store->mark = first_mark(store);
	if (!is_ours && !mark_create(store->mark_path, &store->mark, &reason))
		return error_set(err, reason.kind == ERROR_INTERNAL ? ERROR_INTERNAL : ERROR_UNAVAILABLE, "%s", reason.text);
	store->mark_fd = open(store->mark_path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (store->mark_fd < 0)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot write to %s", store->mark_path);
	return !is_ours || write_or_lag(store, err);
}

bool sqlite_mark_catch_up(struct sqlite_store *store, struct error *err)
{
	return !store->mark_lags || write_mark(store, err);
}

bool sqlite_mark_committed(struct sqlite_store *store, struct error *err)
{
	store->mark.revision = store->positions.revision;
	return write_or_lag(store, err);
}

bool sqlite_mark_checkpoint_begins(struct sqlite_store *store, uint64_t log, struct error *err)
{
	store->mark.log = log;
	store->mark.frames = store->wal_frames;
	store->mark.is_checkpointed = false;
	return write_mark(store, err);
}

/* Synced before the log is overwritten: otherwise, after a power cut, an older mark would take the new log for a lost
   one. */
bool sqlite_mark_checkpoint_ends(struct sqlite_store *store, struct error *err)
{
	store->mark_must_sync = true;
	store->mark.is_checkpointed = true;
	return write_or_lag(store, err);
}
