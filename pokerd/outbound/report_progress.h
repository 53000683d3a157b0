/* report_progress.h - which runs noahd does not know yet, kept on disk. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_OUTBOUND_REPORT_PROGRESS_H
#define POKERD_OUTBOUND_REPORT_PROGRESS_H

#include "common/error.h"
#include "pokerd/run/run_folder.h"

/* Zeroed is closed. */
struct report_progress {
	const char *runs_directory;
	char *path;
	char last[RUN_ID_BYTES]; /* the newest run that noahd knows; "": none */
};

/* Reads <state_directory>/reported. If it is missing or damaged, the runs so far count as known: reports begin with the
   next one. runs_directory is borrowed. */
void report_progress_open(struct report_progress *progress, const char *state_directory, const char *runs_directory);
void report_progress_close(struct report_progress *progress);

/* The oldest run that noahd does not know, in progress or not. False: none. */
bool report_progress_next(const struct report_progress *progress, char out[RUN_ID_BYTES]);
/* noahd knows that run and all older ones. On failure this is known until we end, but not on disk. */
bool report_progress_advance(struct report_progress *progress, const char *run_id, struct error *err);

/* Without reports there is no progress: when they are wanted again, they begin anew. */
void report_progress_forget(const char *state_directory);

#endif
