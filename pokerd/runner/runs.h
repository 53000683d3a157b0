/* runs.h - the runs of this node: started when the queue decides, watched, recorded at their end. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RUNS_H
#define POKERD_RUNNER_RUNS_H

#include "common/error.h"
#include "common/event_loop.h"
#include "pokerd/journal/journal.h"
#include "pokerd/runner/policy.h"
#include "pokerd/journal/replay_cache.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct runs;

struct runs_options {
	struct event_loop *loop;
	struct journal *journal;
	const struct policy *policy;   /* its contents may be replaced: runs_reload */
	const char *runs_directory;    /* absolute */
	void (*forget)(void *context); /* in the process that stays with a run: wipes our secrets */
	void *context;
};

/* Continues from the journal: the run that may still be in progress, and all pending pokes. All of it borrowed until
   runs_destroy. */
struct runs *runs_create(const struct runs_options *options);
/* A run in progress continues without us. Accepts NULL. */
void runs_destroy(struct runs *runs);

/* The contents of the policy have been replaced: pending pokes are queued again by the new rules. */
void runs_reload(struct runs *runs);

/* The state of a poke for this rule if it is accepted now: POKE_QUEUED or POKE_MERGED. */
enum poke_state runs_state_of_next(const struct runs *runs, size_t rule);
/* Queues a poke that is in the journal. It is considered before the loop waits again. */
void runs_poke(struct runs *runs, size_t rule, const char *id, const char *event);

/* {"run":…,"rules":[{"path","state","waiting","events"},…]} */
json_t *runs_json(const struct runs *runs);

#endif
