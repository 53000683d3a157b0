/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/status.h"

#include "common/clock.h"

#include <unistd.h>

/* A pokerd that no client can reach is not well. */
static const char *find_health(const struct status_sources *sources, struct verdict *health)
{
	if (!listeners_pid(sources->listeners))
		return "no listener accepts connections";
	if (listeners_is_late(sources->listeners))
		return "the listener does not answer";
	admission_health(sources->admission, health);
	return health->text;
}

json_t *status_json(const struct status_sources *sources)
{
	struct verdict health;
	json_t *status, *runs = runs_json(sources->runs);

	status = json_pack("{s:s, s:i, s:I, s:s, s:{s:i, s:I}}", "version", VERSION, "pid", (int)getpid(), "started_ms",
	    (json_int_t)sources->started_ms, "health", find_health(sources, &health), "listener", "pid",
	    (int)listeners_pid(sources->listeners), "deaths", (json_int_t)listeners_deaths(sources->listeners));
	json_object_update(status, runs);
	json_object_set_new(status, "refused",
	    refusals_json(&sources->admission->refusals, clock_monotonic_ms(), clock_wall_ms()));
	json_decref(runs);
	return status;
}
