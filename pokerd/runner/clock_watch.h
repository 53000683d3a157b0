/* clock_watch.h - detects that the wall clock was set. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_CLOCK_WATCH_H
#define POKERD_RUNNER_CLOCK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_WATCH_MS = 2000 };

/* Zeroed at first. */
struct clock_watch {
	bool has_offset;
	int64_t offset_ms; /* from the boot clock to the wall clock, at the last call */
};

/* How far the wall clock was set since the last call; negative: back. 0: not set, or by less than CLOCK_WATCH_MS, as
   when it is only corrected. Both times are of the same moment: clock_wall_ms, clock_boot_ms. */
int64_t clock_watch_step(struct clock_watch *watch, int64_t wall_ms, int64_t boot_ms);

#endif
