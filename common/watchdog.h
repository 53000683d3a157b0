/* watchdog.h - tells the service manager, as often as it wants to hear it, that an event loop is turning. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_WATCHDOG_H
#define COMMON_WATCHDOG_H

#include "common/event_loop.h"

/* Memory of the caller, valid as long as the loop. */
struct watchdog {
	struct event_loop *loop;
	struct event_timer timer;
	int64_t interval_ms;
};

/* From now on, while the loop runs, sends WATCHDOG=1 at half of WATCHDOG_USEC (sd_watchdog_enabled(3)). A loop that is
   stuck in a callback, and so no longer polls, sends nothing. Does nothing if WATCHDOG_USEC is missing or malformed, or
   if WATCHDOG_PID is another process. */
void watchdog_start(struct watchdog *watchdog, struct event_loop *loop);

#endif
