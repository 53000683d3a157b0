/* queue_restore.h - the run queue as the settings, the journal and the last runs say that it must be. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_QUEUE_RESTORE_H
#define POKERD_RUNNER_QUEUE_RESTORE_H

#include "common/error.h"
#include "pokerd/runner/journal.h"
#include "pokerd/runner/run_queue.h"
#include "pokerd/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All borrowed. */
struct queue_restore {
	const struct pokerd_settings *settings;
	struct journal *journal;
	const char *runs_directory;
	const char *running_id; /* NULL: no run is on; else the next two are its */
	size_t running_rule;
	int64_t running_since_ms; /* monotonic */
};

/* After a start and after a reload. Pokes that no rule wants any more end here. The queue is the caller's. */
struct run_queue *queue_restore(const struct queue_restore *from);

/* A moment of the wall clock on the one that never steps, as far as the two agree; never later than now. */
int64_t queue_monotonic_ms(int64_t wall_ms);

#endif
