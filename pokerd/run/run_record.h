/* run_record.h - the data of one run, as stored in its record.json. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_RUN_RECORD_H
#define POKERD_RUN_RUN_RECORD_H

#include "common/error.h"
#include "pokerd/queue/run_pokes.h"
#include "pokerd/run/run_report.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* These words are in records: add new ones, never rename them. */
enum run_result {
	RUN_RUNNING,     /* "running": not ended yet */
	RUN_SUCCESS,     /* "success" */
	RUN_FAILED,      /* "failed": the exit status says so */
	RUN_KILLED,      /* "killed" by a signal that was not ours, or stopped with its unit */
	RUN_TIME_LIMIT,  /* "time limit": ended by pokerd */
	RUN_NOT_STARTED, /* "not started": the command could not be executed */
	RUN_FOREIGN,     /* "foreign": not started by pokerd; its result is unknown */
	RUN_LOST,        /* "lost": the result is unknown, as its supervisor was killed or the machine went down */
};

const char *run_result_name(enum run_result result);

/* Zeroed is empty. Strings are owned (run_record_finish), NULL if empty. Times are clock_wall_ms. */
struct run_record {
	char *id;
	char *rule;             /* its path in the configuration */
	char *attempt_of;       /* the run that it repeats, as that was lost or failed */
	struct run_pokes pokes; /* the first ran in it, the others were merged into it; at most RUN_POKES_CARRIED_MAX */
	int64_t dropped;        /* number of further pokes, older than those */
	enum run_result result;
	int64_t queued_ms;    /* its first poke was accepted */
	int64_t started_ms;   /* the command was executed */
	int64_t ended_ms;     /* it was reaped, or found to be lost; 0 while it runs */
	int64_t duration_ms;  /* by the monotonic clock */
	int64_t exit_status;  /* -1: it did not exit by itself, or not yet */
	int64_t signal;       /* the signal that ended it; 0: none */
	char *reason;         /* "converged", "killed by SIGSEGV", "cannot execute …: No such file or directory" */
	int64_t output_bytes; /* of its output; the file has fewer if truncated */
	bool truncated;
	char *tail;               /* the end of the output, as UTF-8 */
	struct run_report report; /* what the command said about itself */
	char *report_error;       /* why that was ignored */
};

void run_record_finish(struct run_record *record);

/* Fills pokes and dropped, which must be empty. */
void run_record_set_pokes(struct run_record *record, const struct run_pokes *pokes);

/* The fields of the struct by name ("run" for id, "exit" for exit_status, "result" by its word); the caller calls
   json_decref. */
json_t *run_record_json(const struct run_record *record);
/* Its "pokes": [{"id","event","about"},…]. */
json_t *run_record_pokes_json(const struct run_pokes *pokes);
bool run_record_from_json(const json_t *json, struct run_record *out, struct error *err);

/* The value of NOAH_CAUSE for these pokes and those of the runs that they repeat, run after run (run_pokes_causes). A
   run that is not remembered any more ends the chain. The caller frees it. */
char *run_record_causes(const char *runs_directory, const struct run_pokes *pokes, const char *attempt_of);

/* record.json in a run's folder; read: ERROR_NOT_FOUND, ERROR_INVALID. */
bool run_record_read(const char *runs_directory, const char *run_id, struct run_record *out, struct error *err);
bool run_record_write(const char *runs_directory, const struct run_record *record, struct error *err);

#endif
