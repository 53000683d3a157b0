/* supervisor.h - the small process that stays with one run to its end, whatever becomes of the runner. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_SUPERVISOR_H
#define POKERD_RUNNER_SUPERVISOR_H

#include "common/error.h"
#include "common/settings.h"
#include "pokerd/runner/run_pokes.h"
#include "pokerd/runner/spawn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* All borrowed until supervisor_start returns. */
struct run_request {
	const char *runs_directory; /* absolute */
	const char *run_id;         /* run_id_make */
	const char *rule;           /* its path, for the record */
	char *const *argv;
	const struct setting_pairs *environment; /* what the rule adds; NULL: nothing */
	const struct spawn_identity *identity;
	const struct run_pokes *pokes;
	/* The body of a poke (journal_read), free() it; false: it is counted as dropped. */
	bool (*body)(void *context, const char *id, char **out, size_t *out_size);
	/* In the forked child: wipes what only the runner may know. */
	void (*forget)(void *context);
	void *context;
	int64_t queued_ms;     /* clock_wall_ms: its first poke was accepted */
	int64_t time_limit_ms; /* then TERM, */
	int64_t grace_ms;      /* and INT, KILL after as long again each: 10,000 */
	uint64_t output_bytes_max;
};

/* A run that is on, as the runner sees it. */
struct supervisor {
	pid_t pid;
	int fd; /* readable once the supervisor has gone: then supervisor_find tells what became of the run */
};

/* Makes the run's folder and event file, and forks the supervisor, which executes the command, keeps its output,
   enforces the limit and writes the record by rename. Runner only (single-threaded). On failure nothing was
   executed and the folder is gone again; that the command cannot be executed is no failure here but the run's
   result; where it cannot now, for want of memory or descriptors, supervisor_find tells that it has not begun. */
bool supervisor_start(const struct run_request *request, struct supervisor *out, struct error *err);

enum supervisor_found {
	SUPERVISOR_RUNNING,   /* *out is filled */
	SUPERVISOR_LEFTOVERS, /* it has gone without a word; *out is one of those it left behind, who have been killed */
	SUPERVISOR_ENDED,     /* run_record_read tells how */
	SUPERVISOR_LOST, /* it has gone without a word, and so have all others; its record has been written as RUN_LOST */
	SUPERVISOR_NOT_BEGUN, /* nothing was executed; its folder has been removed */
};

/* What became of a run: by journal_run after a restart, and when the fd of what was found says that it has gone.
   ERROR_UNAVAILABLE: it cannot be told now, or a record that is due finds no room. */
bool supervisor_find(const char *runs_directory, const char *run_id, enum supervisor_found *out_found,
    struct supervisor *out, struct error *err);

/* Closes the descriptor and, once it is readable, reaps the process where it is our child. */
void supervisor_finish(struct supervisor *supervisor);

#endif
