/* reports.h - tells noahd how each run ended. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_REPORTS_H
#define POKERD_RUNNER_REPORTS_H

#include "common/event_loop.h"
#include "pokerd/runner/policy.h"

struct reports;

struct reports_options {
	struct event_loop *loop;
	const struct policy *policy; /* its contents may be replaced: reports_reload */
	const char *state_directory; /* copied: it may be of the settings */
	const char *runs_directory;
};

/* Every run that has ended is reported, the oldest first, one at a time, again and again until noahd has taken it, also
   after a restart; so noahd may get the same report twice. Never waits: pokerd-report does. Without report.url nothing
   is reported. All of it borrowed until reports_destroy, which ends a report on its way. */
struct reports *reports_create(const struct reports_options *options);
void reports_destroy(struct reports *reports); /* accepts NULL */

/* A run may have ended. */
void reports_look(struct reports *reports);

/* The contents of the policy have been replaced: what is due is tried at once. */
void reports_reload(struct reports *reports);

#endif
