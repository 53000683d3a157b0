/* SPDX-License-Identifier: Apache-2.0 */
#include "common/watchdog.h"

#include "common/notify.h"
#include "common/number.h"

#include <stdlib.h>
#include <unistd.h>

/* 0: no sign of life is expected from this process. */
static int64_t watchdog_interval_ms(void)
{
	const char *pid = getenv("WATCHDOG_PID"), *limit = getenv("WATCHDOG_USEC");
	int64_t meant, limit_us;

	if (!limit || !number_parse_int64(limit, 1, INT64_MAX, &limit_us))
		return 0;
	if (pid && (!number_parse_int64(pid, 1, INT32_MAX, &meant) || meant != getpid()))
		return 0;
	return limit_us < 2000 ? 1 : limit_us / 2000;
}

/* Timers fire after the loop has waited for events and handled them. */
static void watchdog_is_due(void *context, int64_t now_ms)
{
	struct watchdog *watchdog = context;

	notify_send("WATCHDOG=1");
	event_timer_set(watchdog->loop, &watchdog->timer, now_ms + watchdog->interval_ms);
}

void watchdog_start(struct watchdog *watchdog, struct event_loop *loop)
{
	*watchdog = (struct watchdog){
		.loop = loop,
		.timer = { .fire = watchdog_is_due, .context = watchdog },
		.interval_ms = watchdog_interval_ms(),
	};
	if (watchdog->interval_ms)
		event_timer_set(loop, &watchdog->timer, event_loop_now_ms(loop) + watchdog->interval_ms);
}
