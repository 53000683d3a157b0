/* supervisor.h - starts and finds the small process that stays with one run to its end, even if the runner ends. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_SUPERVISOR_H
#define POKERD_RUN_SUPERVISOR_H

#include "common/error.h"
#include "common/settings.h"
#include "pokerd/queue/run_pokes.h"
#include "pokerd/run/run_record.h"
#include "pokerd/run/spawn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* All borrowed until supervisor_start returns. What a supervisor needs of it is in run_order.c too. */
struct run_request {
	/* Our executable, for a supervisor that is a unit of its own (run_unit_is_possible); NULL: it is our child. */
	const char *program;
	const char *runs_directory; /* absolute */
	const char *run_id;         /* run_id_make */
	const char *rule;           /* its path, for the record */
	const char *attempt_of;     /* the run that it repeats, as that was lost or failed; NULL: none */
	char *const *argv;
	const struct setting_pairs *environment; /* variables of the rule; NULL: none */
	const struct spawn_identity *identity;
	const struct run_pokes *pokes;
	size_t dropped; /* further pokes, older than those */
	/* The body of a poke (journal_read), the caller frees it; false: the poke is counted as dropped. */
	bool (*body)(void *context, const char *id, char **out, size_t *out_size);
	/* In the forked child: wipes the runner's secrets. */
	void (*forget)(void *context);
	void *context;
	int64_t queued_ms;     /* clock_wall_ms: when its first poke was accepted */
	int64_t time_limit_ms; /* then TERM, and after */
	int64_t grace_ms;      /* this long INT, then KILL: 10,000 */
	uint64_t output_bytes_max;
	bool ends_at_sigterm; /* the supervisor starts the ladder: systemd stops the unit, or the machine */
};

/* A run in progress, as seen by the runner. */
struct supervisor {
	pid_t pid;
	int fd; /* readable once the supervisor is gone: then supervisor_find returns the result of the run */
};

/* Creates the run's folder and event file, and forks the supervisor, which executes the command, stores its output,
   enforces the limit and writes the record by rename. Runner only (single-threaded). On failure nothing was executed
   and the folder has been removed. That the command cannot be executed is not a failure here but the run's result; if
   lack of memory or descriptors is the cause, supervisor_find reports that the run has not begun.
   With a program, *out is the process that asks systemd for the supervisor: once its fd is readable, supervisor_find
   returns the supervisor, or that the run has not begun, and then it never will. */
bool supervisor_start(const struct run_request *request, struct supervisor *out, struct error *err);

enum supervisor_found {
	SUPERVISOR_RUNNING,   /* *out is filled */
	SUPERVISOR_LEFTOVERS, /* it disappeared; *out is one of the processes it left behind, which have been killed */
	SUPERVISOR_ENDED,     /* run_record_read returns the result */
	SUPERVISOR_LOST,      /* it and all other processes are gone; its record has been written as RUN_LOST */
	SUPERVISOR_NOT_BEGUN, /* nothing was executed, which is certain; its folder has been removed */
};

/* The known data of a run. */
struct supervisor_search {
	const char *runs_directory, *run_id;
	const char *boot; /* the boot id at its start; "": unknown */
	/* Fills rule, attempt_of, pokes and times: the record of a lost run whose supervisor had not written one. */
	void (*describe)(void *context, struct run_record *record);
	void *context;
};

/* The result of a run: for journal_run after a restart, and when the fd of a found process is readable.
   ERROR_UNAVAILABLE: it cannot be determined now, or there is no space for a record that is due. */
bool supervisor_find(const struct supervisor_search *search, enum supervisor_found *out_found, struct supervisor *out,
    struct error *err);

/* Closes the descriptor and, once it is readable, reaps the process if it is our child. */
void supervisor_finish(struct supervisor *supervisor);

#endif
