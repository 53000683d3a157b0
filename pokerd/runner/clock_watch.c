/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/clock_watch.h"

int64_t clock_watch_step(struct clock_watch *watch, int64_t wall_ms, int64_t boot_ms)
{
	int64_t offset_ms = wall_ms - boot_ms;
	int64_t step_ms = watch->has_offset ? offset_ms - watch->offset_ms : 0;

	*watch = (struct clock_watch){ true, offset_ms };
	return step_ms >= CLOCK_WATCH_MS || step_ms <= -CLOCK_WATCH_MS ? step_ms : 0;
}
