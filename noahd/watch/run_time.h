/* run_time.h - the time during which noahd has run and tried to deliver, independent of the machine's clocks. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_RUN_TIME_H
#define NOAHD_WATCH_RUN_TIME_H

#include <stddef.h>
#include <stdint.h>

enum { RUN_MARKS_MAX = 64 };

/* Every change up to revision existed at ended_ms; changes until began_ms + mark_ms advance both. */
struct run_mark {
	uint64_t revision;
	int64_t began_ms, ended_ms;
};

/* Zero is the start of this noahd; earlier times are negative. */
struct run_time {
	int64_t gap_max_ms, mark_ms;
	int64_t now_ms;                       /* as it was last read */
	int64_t read_at_ms;                   /* monotonic */
	struct run_mark marks[RUN_MARKS_MAX]; /* a ring, oldest first */
	size_t first, count;
};

/* If more than gap_max_ms pass between two readings, only gap_max_ms count: the process was stopped. mark_ms: the
   precision of run_time_of, which remembers RUN_MARKS_MAX times as long. */
void run_time_init(struct run_time *time, int64_t gap_max_ms, int64_t mark_ms, int64_t monotonic_ms);

int64_t run_time_read(struct run_time *time, int64_t monotonic_ms);
/* The same, with the machine's clock. */
int64_t run_time_now(struct run_time *time);

/* Every change up to this one exists now. An earlier revision than before is ignored. */
void run_time_mark(struct run_time *time, uint64_t revision);
/* When a change came into being: never too early, and at most mark_ms too late. An unmarked change counts as new; a
   change older than the oldest mark counts as old as that mark. */
int64_t run_time_of(const struct run_time *time, uint64_t revision);

#endif
