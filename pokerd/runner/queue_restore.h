/* queue_restore.h - rebuilds the run queue from the settings, the journal and the last runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_QUEUE_RESTORE_H
#define POKERD_RUNNER_QUEUE_RESTORE_H

#include "common/error.h"
#include "pokerd/journal/journal.h"
#include "pokerd/run/run_record.h"
#include "pokerd/queue/run_queue.h"
#include "pokerd/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All borrowed. */
struct queue_restore {
	const struct pokerd_settings *settings;
	struct journal *journal;
	bool is_running; /* a run is in progress: */
	size_t running_rule;
};

/* After a start and after a reload. Pokes that no rule matches any more end here. The caller owns the queue. */
struct run_queue *queue_restore(const struct queue_restore *from);

/* Fills in the journal's data of the run in progress: rule, attempt_of, pokes, times. */
void queue_describe_run(const struct journal *journal, struct run_record *record);

/* Converts a wall-clock time to the monotonic clock, as far as the two agree; never later than now. */
int64_t queue_monotonic_ms(int64_t wall_ms);

/* Appends a copy of the poke with what it is about, as the journal has it. */
void queue_describe_poke(const struct journal *journal, const struct run_poke *poke, struct run_pokes *out);
/* A copy of the pokes, those that a run carries with what they are about, as the journal has it. out must be empty. */
void queue_describe_pokes(const struct journal *journal, const struct run_pokes *pokes, struct run_pokes *out);

#endif
