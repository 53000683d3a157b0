/* readout.h - what may be read over the network: with the status token the status and runs, without it metrics. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_READOUT_H
#define POKERD_RUNNER_READOUT_H

#include "pokerd/link/messages.h"
#include "pokerd/runner/metrics.h"
#include "pokerd/runner/policy.h"
#include "pokerd/runner/status.h"

#include <stddef.h>
#include <stdint.h>

enum { READOUT_TEXTS_MAX = 4 };

/* A text that is larger than one piece, kept until its last piece has been taken. */
struct readout_text {
	char *text;
	size_t size;
	uint64_t version;
};

/* Memory of the caller; zeroed except for the borrowed members. */
struct readout {
	const struct policy *policy;
	const char *runs_directory;
	const struct status_sources *sources;
	const struct metrics *metrics;
	struct readout_text texts[READOUT_TEXTS_MAX]; /* the newest replaces the oldest */
	uint64_t last_version;
	int64_t refusal_log_ms; /* rate.h */
	char piece[PIECE_BYTES_MAX];
	struct error refusal;
};

/* question is one of those that a piece answers; its contents are not trusted. Fills in *out, which borrows from the
   readout until the next call. Takes a few ms at most: one bounded read of a file, or one status. The statuses are 200,
   401 (the token), 404 (also without a token in the settings) and 503 (what was begun has been replaced: the client
   must begin again; or a run that is about to
   begin has no record yet). */
void readout_answer(struct readout *readout, const struct message *question, struct message *out);

void readout_finish(struct readout *readout);

#endif
