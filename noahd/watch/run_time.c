/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/run_time.h"

#include "common/clock.h"

void run_time_init(struct run_time *time, int64_t gap_max_ms, int64_t mark_ms, int64_t monotonic_ms)
{
	*time = (struct run_time){ .gap_max_ms = gap_max_ms, .mark_ms = mark_ms, .read_at_ms = monotonic_ms };
}

int64_t run_time_read(struct run_time *time, int64_t monotonic_ms)
{
	int64_t gap_ms = monotonic_ms - time->read_at_ms;

	time->read_at_ms = monotonic_ms;
	time->now_ms += gap_ms < time->gap_max_ms ? gap_ms : time->gap_max_ms;
	return time->now_ms;
}

int64_t run_time_now(struct run_time *time)
{
	return run_time_read(time, clock_monotonic_ms());
}

static size_t place_of(const struct run_time *time, size_t i)
{
	return (time->first + i) % RUN_MARKS_MAX;
}

void run_time_mark(struct run_time *time, uint64_t revision)
{
	struct run_mark *last = time->count ? &time->marks[place_of(time, time->count - 1)] : NULL;

	if (last && revision <= last->revision)
		return;
	if (last && time->now_ms - last->began_ms < time->mark_ms) {
		last->revision = revision;
		last->ended_ms = time->now_ms;
		return;
	}
	if (time->count == RUN_MARKS_MAX)
		time->first = place_of(time, 1);
	else
		time->count++;
	time->marks[place_of(time, time->count - 1)] = (struct run_mark){ revision, time->now_ms, time->now_ms };
}

int64_t run_time_of(const struct run_time *time, uint64_t revision)
{
	for (size_t i = 0; i < time->count; i++) {
		const struct run_mark *mark = &time->marks[place_of(time, i)];
		if (revision <= mark->revision)
			return mark->ended_ms;
	}
	return time->now_ms;
}
