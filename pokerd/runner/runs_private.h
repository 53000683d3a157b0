/* runs_private.h - the data of runs, for its own files. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RUNS_PRIVATE_H
#define POKERD_RUNNER_RUNS_PRIVATE_H

#include "pokerd/chef/chef_lock.h"
#include "pokerd/queue/run_queue.h"
#include "pokerd/run/run_folder.h"
#include "pokerd/run/supervisor.h"
#include "pokerd/runner/runs.h"

_Static_assert((int)GATE_RUN_BYTES == (int)RUN_ID_BYTES, "the queue stores the ids of runs");

/* A run of chef-client that pokerd did not start. Zeroed: there is none. */
struct foreign_run {
	bool is_on;
	pid_t pid;                           /* 0: unknown */
	int64_t started_ms, started_wall_ms; /* when it was first seen */
	int64_t failed_ns;                   /* chef_lock.h, at that time */
};

struct runs {
	struct runs_options options;
	struct run_queue *queue;
	bool is_on;
	char run_id[RUN_ID_BYTES];
	unsigned next_number; /* of the next run */
	size_t rule;          /* of the run in progress; after a reload, of a rule with its path */
	char *rule_path;
	int64_t started_ms;           /* monotonic */
	struct supervisor supervisor; /* or one of the processes it has left */
	struct event_source source;
	struct event_timer check_run_again;
	struct foreign_run foreign;
	int64_t probe_ms; /* when the lock may be probed next, monotonic */
};

static inline const struct pokerd_settings *runs_settings(const struct runs *runs)
{
	return &runs->options.policy->settings;
}

static inline const struct rule_settings *runs_rule(const struct runs *runs, size_t rule)
{
	return &((const struct rule_settings *)runs_settings(runs)->rules.items)[rule];
}

/* When the first of them was accepted, by the wall clock; now, if there is none. */
int64_t runs_accepted_ms(const struct runs *runs, const struct run_pokes *pokes);

/* Looks for a foreign run if something is pending, at most once a second; returns when to look again, INT64_MAX: after
   the next event. */
int64_t runs_look_for_foreign(struct runs *runs, int64_t now_ms);

/* Builds the queue again, from the journal and the settings. */
void runs_rebuild_queue(struct runs *runs);

#endif
