/* metrics.h - what pokerd has counted since it started, and what it does now, as OpenMetrics text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_METRICS_H
#define POKERD_RUNNER_METRICS_H

#include "pokerd/run/run_record.h"
#include "pokerd/runner/admission.h"
#include "pokerd/runner/status.h"

#include <stddef.h>
#include <stdint.h>

enum { METRICS_VERDICTS = 10, METRICS_RESULTS = RUN_LOST + 1 };

/* Zeroed: nothing has been counted. */
struct metrics {
	uint64_t verdicts[METRICS_VERDICTS]; /* in the order of a table of metrics.c */
	uint64_t results[METRICS_RESULTS];   /* by enum run_result */
};

void metrics_count_poke(struct metrics *metrics, const struct verdict *verdict);
void metrics_count_run(struct metrics *metrics, enum run_result result);

/* The text, free() it: it has no secrets, no paths, and no names from requests or settings. */
char *metrics_text(const struct metrics *metrics, const struct status_sources *sources, size_t *out_size);

#endif
