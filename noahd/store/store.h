/* store.h - the contract of an engine that keeps the registry and its log of changes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_STORE_H
#define NOAHD_STORE_STORE_H

#include "common/error.h"
#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The log is the truth and the records are its image: an engine may bring its records up to date in larger strides, as
   long as load shows records + later changes. After open, all calls come from one thread. */

enum watch_state { WATCH_ACTIVE = 0, WATCH_DISABLED = 1, WATCH_SUSPENDED = 2 };

/* How far one watch's deliveries have come. A watch without a row has everything up to delivery_position
   acknowledged. */
struct watch_progress {
	char *path; /* the watch's own path, "/watches/<name>" */
	uint64_t acknowledged;
	int64_t failing_ms; /* how long its endpoint has failed, and */
	int64_t waiting_ms; /* its oldest delivery waited, while noahd ran; 0: not failing, not known */
	enum watch_state state;
};

/* Deliveries that were given up: changes from..to of one watch. */
struct dead_delivery {
	char *path; /* the watch's own path */
	uint64_t from, to;
	int64_t at_ms;
	char *reason;
};

/* What the delivery thread wants to be remembered; rides along with a commit. */
struct delivery_progress {
	uint64_t position;          /* every change up to here has been matched against the watches */
	uint64_t needed;            /* no change after this one may be trimmed from the log */
	struct watch_progress *set; /* rows to insert or replace */
	size_t set_count;
	char **clear; /* watches whose rows are to be deleted: nothing pending any more */
	size_t clear_count;
	struct dead_delivery *dead; /* rows to append */
	size_t dead_count;
};

void delivery_progress_destroy(struct delivery_progress *progress);

enum { STORE_NOTICE_BYTES = 512 };

struct store_head {
	char epoch[40]; /* id of this registry's history, made when the store is */
	uint64_t revision;
	uint64_t oldest; /* the first revision still in the log; revision + 1 when it is empty */
	uint64_t delivery_position;
	char notice[STORE_NOTICE_BYTES];  /* what start changes beyond the rows, for the log; "": nothing */
	char warning[STORE_NOTICE_BYTES]; /* what else an operator should know */
	bool has_lost;                    /* with accepts_loss: changes that were acknowledged are not there */
};

/* Each callback borrows its argument. */
struct store_reader {
	void (*record)(void *context, const struct record *record); /* in the order of their paths, byte by byte */
	void (*progress)(void *context, const struct watch_progress *row);
	void *context;
};

/* Gives records one after another; *out_record is borrowed until the next call. At the end it is NULL, and
   *out_revision the one that the store is at with these. */
struct store_source {
	bool (*next)(void *context, const struct record **out_record, uint64_t *out_revision, struct error *err);
	void *context;
};

/* Gets a line for each thing that is damaged: table, key, what differs. */
struct store_inspector {
	void (*damage)(void *context, const char *line);
	void *context;
};

/* What was read, and how much of it is damaged. */
struct store_findings {
	uint64_t damaged;
	uint64_t records, changes, revision;
	bool has_checksums; /* else it was made by an earlier noahd, and only its structure could be checked */
};

struct store_options {
	const char *state_directory;
	uint64_t events_kept;      /* changes kept in the log whatever happens */
	uint64_t events_kept_max;  /* beyond, even what a watch still needs is trimmed */
	uint64_t events_bytes_max; /* likewise, and even what events_kept keeps: of their rows (trim.h) */
	bool must_exist;           /* ERROR_NOT_FOUND where there is no store yet, instead of making one */
	bool accepts_loss;         /* what is missing though it was acknowledged is no ERROR_INVALID: a new epoch begins */
};

struct store_engine {
	const char *name;
	/* ERROR_UNAVAILABLE: locked by another noahd, directory not writable. ERROR_INVALID: newer or damaged. Until start,
	   no file is changed: a close before it leaves all of them as they were, byte for byte, but for the lock's. */
	bool (*open)(const struct store_options *options, void **out_state, struct error *err);
	void (*close)(void *state);
	/* Every object as of head, every progress row. Reads the log, too, and finds each row that is not as it was
	   written, or missing. ERROR_INVALID: damaged, and named; some objects may have been told by then, and closing
	   changes nothing. */
	bool (*load)(void *state, const struct store_reader *reader, struct store_head *out_head, struct error *err);
	/* Once, when all is known to be well: brings an earlier format to ours, begins the new epoch of a backup.
	   Everything below needs it. False: as commit. */
	bool (*start)(void *state, struct error *err);
	/* Appends the changes, whose first has revision base + 1, and the progress (NULL: none; its set before its clear):
	   all or nothing, durable when it returns (with no changes, base means nothing, and progress alone need not be
	   durable). ERROR_CONFLICT: the store is not at base. ERROR_UNAVAILABLE: no room, nothing was written, try again
	   later. ERROR_INTERNAL: nobody knows what is on the disk. */
	bool (*commit)(void *state, uint64_t base, struct change *const *changes, size_t count,
	    const struct delivery_progress *progress, struct error *err);
	/* Changes after that revision, oldest first, until one of both limits is passed (always at least one, if there is
	   one). They follow one another without a hole, from the oldest on where that one is later. ERROR_INVALID: the
	   first one is damaged, and named; what precedes damage is given. */
	bool (*read_log)(void *state, uint64_t after, size_t count_max, size_t bytes_max, struct change_list *out,
	    struct error *err);
	/* Housekeeping between commits, one step of a few milliseconds: strides, trimming. *out_more: another step waits.
	   False: as commit, or ERROR_INVALID: damage was found, nothing was written; it is told once, and commits go on.
	   Where events_kept_max or events_bytes_max takes what an active watch still needs, its row is moved on and a dead
	   row tells what is gone. Dead rows go with their watch, or when their changes have been gone from the log for
	   events_kept changes. */
	bool (*tidy)(void *state, bool *out_more, struct error *err);
	/* As store_head.oldest, at this moment. */
	uint64_t (*oldest)(const void *state);
	/* One step, of a few milliseconds, of a copy in a folder of its own, where an open finds it; *out_more: another one
	   is needed, and commits may come before it. It is true at its last step, and not synced; the first start of it
	   begins a new epoch. False: that was the end, and what is in the folder is rubbish. NULL: this engine keeps
	   nothing that can be copied. */
	bool (*copy)(void *state, const char *folder, bool *out_more, struct error *err);
	/* Makes these the objects, all or nothing, durable; the log stays empty, so that nobody is told. ERROR_CONFLICT:
	   the store has had a change. ERROR_INVALID: two have one path. NULL where copy is. */
	bool (*bulk_load)(void *state, const struct store_source *source, struct error *err);
	/* Reads a file that this engine has made, and that no one writes meanwhile, to its end, whatever is damaged in it.
	   Changes no byte of it, nor of the log beside it, and needs no room. ERROR_NOT_FOUND, ERROR_UNAVAILABLE: cannot be
	   read at all. ERROR_INVALID: is another program's, or a newer noahd's. NULL where copy is. */
	bool (*verify)(const char *path, const struct store_inspector *inspector, struct store_findings *out,
	    struct error *err);
	const char *file; /* of a copy, and of the store in its folder; NULL where copy is */
};

/* "sqlite", "memory"; NULL for an unknown name. */
const struct store_engine *store_engine_find(const char *name);

#endif
