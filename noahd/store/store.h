/* store.h - the contract of an engine that keeps the registry and its log of changes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_STORE_H
#define NOAHD_STORE_STORE_H

#include "common/error.h"
#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The log is the truth, and the records are derived from it: an engine may update its records less often than the log,
   as long as load shows records + later changes. After open, all calls come from one thread. */

enum watch_state { WATCH_ACTIVE = 0, WATCH_DISABLED = 1, WATCH_SUSPENDED = 2 };

/* How far one watch's deliveries have come. For a watch without a row, everything up to delivery_position is
   acknowledged. */
struct watch_progress {
	char *path; /* the watch's own path, "/watches/<name>" */
	uint64_t acknowledged;
	int64_t failing_ms; /* how long its endpoint has failed, and how long */
	int64_t waiting_ms; /* its oldest delivery has been pending, while noahd ran; 0: not failing, not known */
	enum watch_state state;
};

/* Deliveries of one watch that were given up: changes from..to. */
struct dead_delivery {
	char *path; /* the watch's own path */
	uint64_t from, to;
	int64_t at_ms;
	char *reason;
};

/* What the delivery thread has to have stored; written with a commit. */
struct delivery_progress {
	uint64_t position;          /* every change up to here has been matched against the watches */
	uint64_t needed;            /* no change after this one may be trimmed from the log */
	struct watch_progress *set; /* rows to insert or replace */
	size_t set_count;
	char **clear; /* watches whose rows are to be deleted: nothing is pending */
	size_t clear_count;
	struct dead_delivery *dead; /* rows to append */
	size_t dead_count;
};

void delivery_progress_destroy(struct delivery_progress *progress);

enum { STORE_NOTICE_BYTES = 512 };

struct store_head {
	char epoch[40]; /* id of this registry's history, made with the store */
	uint64_t revision;
	uint64_t oldest; /* the first revision in the log; revision + 1: the log is empty */
	uint64_t delivery_position;
	char notice[STORE_NOTICE_BYTES];  /* what start changes beyond the rows, for the daemon's log; "": nothing */
	char warning[STORE_NOTICE_BYTES]; /* what else an operator should know */
	bool has_lost;                    /* with accepts_loss: acknowledged changes are missing */
};

/* Each callback borrows its argument. */
struct store_reader {
	void (*record)(void *context, const struct record *record); /* in the order of their paths, byte by byte */
	void (*progress)(void *context, const struct watch_progress *row);
	void *context;
};

/* Gives records one after another; *out_record is borrowed until the next call. At the end it is NULL, and
   *out_revision is the revision of the store with these records. */
struct store_source {
	bool (*next)(void *context, const struct record **out_record, uint64_t *out_revision, struct error *err);
	void *context;
};

/* Gets a line for each damaged part: table, key, difference. */
struct store_inspector {
	void (*damage)(void *context, const char *line);
	void *context;
};

/* What was read, and how much of it is damaged. */
struct store_findings {
	uint64_t damaged;
	uint64_t records, changes, revision;
	bool has_checksums; /* else an earlier noahd made it, and only its structure could be checked */
};

struct store_options {
	const char *state_directory;
	uint64_t events_kept;      /* changes always kept in the log */
	uint64_t events_kept_max;  /* beyond this, even what a watch still needs is trimmed */
	uint64_t events_bytes_max; /* likewise, and even what events_kept keeps (trim.h) */
	bool must_exist;           /* if there is no store yet, fail with ERROR_NOT_FOUND instead of making one */
	bool accepts_loss;         /* missing acknowledged changes begin a new epoch instead of being ERROR_INVALID */
};

struct store_engine {
	const char *name;
	/* ERROR_UNAVAILABLE: locked by another noahd, directory not writable. ERROR_INVALID: newer or damaged. Changes no
	   file: a close before start leaves each as it was, byte for byte, except the lock's. */
	bool (*open)(const struct store_options *options, void **out_state, struct error *err);
	void (*close)(void *state);
	/* Reads every object as of head, every progress row, and the log; finds each row that is missing or not as it was
	   written. ERROR_INVALID: a damaged row, which err names; reader may have got some objects by then, and closing
	   changes nothing. */
	bool (*load)(void *state, const struct store_reader *reader, struct store_head *out_head, struct error *err);
	/* Called once, after a load without damage: converts an earlier format to ours, begins the new epoch of a backup.
	   Everything below needs it. False: as commit. */
	bool (*start)(void *state, struct error *err);
	/* Appends the changes, whose first has revision base + 1, and the progress (NULL: none; its set before its clear):
	   all or nothing, durable when it returns (with no changes, base means nothing, and progress alone need not be
	   durable). ERROR_CONFLICT: the store is not at base. ERROR_UNAVAILABLE: no room; nothing was written; try again
	   later. ERROR_INTERNAL: the state of the disk is unknown. */
	bool (*commit)(void *state, uint64_t base, struct change *const *changes, size_t count,
	    const struct delivery_progress *progress, struct error *err);
	/* Reads the changes after that revision, or from the oldest on if that is later, until one of the limits is passed
	   (at least one, if there is one). There are no gaps between them. ERROR_INVALID: the first one is damaged, and err
	   names it; changes before a damaged one are given. */
	bool (*read_log)(void *state, uint64_t after, size_t count_max, size_t bytes_max, struct change_list *out,
	    struct error *err);
	/* Housekeeping between commits, one step of a few milliseconds: checkpoints, trimming. *out_more: there is another
	   step. False: as commit, or ERROR_INVALID: damage was found, nothing was written; reported once, and commits go
	   on. If events_kept_max or events_bytes_max removes what an active watch still needs, its row advances and a dead
	   row records the loss. Dead rows are deleted with their watch, or events_kept changes after their changes have
	   left the log. */
	bool (*tidy)(void *state, bool *out_more, struct error *err);
	/* As store_head.oldest, now. */
	uint64_t (*oldest)(const void *state);
	/* One step, of a few milliseconds, of a copy into a folder of its own, which open can open; *out_more: there is
	   another step, and commits may come before it. The copy is the state at its last step, and is not synced; its
	   first start begins a new epoch. False: the copy has failed, and the folder's content is useless. NULL: this
	   engine keeps nothing that can be copied. */
	bool (*copy)(void *state, const char *folder, bool *out_more, struct error *err);
	/* Makes these the objects, all or nothing, durable; the log stays empty, so nothing is announced. ERROR_CONFLICT:
	   the store has had a change. ERROR_INVALID: two records have the same path. NULL where copy is. */
	bool (*bulk_load)(void *state, const struct store_source *source, struct error *err);
	/* Reads all of a file that this engine has made and that nothing writes meanwhile, whatever is damaged in it.
	   Changes neither it nor the log beside it, and needs no disk space. ERROR_NOT_FOUND, ERROR_UNAVAILABLE: it cannot
	   be read at all. ERROR_INVALID: another program or a newer noahd made it. NULL where copy is. */
	bool (*verify)(const char *path, const struct store_inspector *inspector, struct store_findings *out,
	    struct error *err);
	const char *file; /* name of the store's file in its folder, and of a copy; NULL where copy is */
};

/* "sqlite", "memory"; NULL for an unknown name. */
const struct store_engine *store_engine_find(const char *name);

#endif
