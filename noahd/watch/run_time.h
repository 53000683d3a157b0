/* run_time.h - how long noahd has run and tried to deliver, whatever the clocks of the machine do. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_RUN_TIME_H
#define NOAHD_WATCH_RUN_TIME_H

#include <stddef.h>
#include <stdint.h>

enum { RUN_MARKS_MAX = 64 };

/* Every change up to revision was there at ended_ms; what comes up to began_ms + mark_ms moves both on. */
struct run_mark {
	uint64_t revision;
	int64_t began_ms, ended_ms;
};

/* Zero is the start of this noahd. What was before it has negative times. */
struct run_time {
	int64_t gap_max_ms, mark_ms;
	int64_t now_ms;                       /* as it was last read */
	int64_t read_at_ms;                   /* monotonic */
	struct run_mark marks[RUN_MARKS_MAX]; /* a ring, oldest first */
	size_t first, count;
};

/* A longer time than gap_max_ms between two readings counts as that: the process was stopped, not trying. mark_ms: how
   exactly run_time_of knows the times of changes; it remembers RUN_MARKS_MAX times as long. */
void run_time_init(struct run_time *time, int64_t gap_max_ms, int64_t mark_ms, int64_t monotonic_ms);

int64_t run_time_read(struct run_time *time, int64_t monotonic_ms);
/* The same, with the machine's clock. */
int64_t run_time_now(struct run_time *time);

/* Every change up to this one is there by now. An earlier one than before says nothing new. */
void run_time_mark(struct run_time *time, uint64_t revision);
/* When a change was there: never earlier than it was, and later by at most mark_ms. One that is not marked yet is there
   since now; what lies further back than is remembered is as old as the oldest that is. */
int64_t run_time_of(const struct run_time *time, uint64_t revision);

#endif
