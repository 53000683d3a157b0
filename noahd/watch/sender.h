/* sender.h - sends each endpoint its queued deliveries, one at a time, and handles the outcome. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_SENDER_H
#define NOAHD_WATCH_SENDER_H

#include "common/event_loop.h"
#include "noahd/watch/agent.h"
#include "noahd/watch/progress.h"
#include "noahd/watch/retry.h"
#include "noahd/watch/watch_table.h"

#include <stddef.h>
#include <stdint.h>

struct sender_options {
	struct event_loop *loop;
	struct agents *agents;
	struct progress *progress;
	const struct watch_table *table;
	struct run_time *run_time;
	const char *epoch;
	struct signing_key *const *keys;
	size_t key_count;
	struct retry_policy retry;
	size_t in_flight_max; /* over all endpoints */
	/* Called when the endpoint's queue has become shorter, or its last try is over. May free the endpoint. */
	void (*moved)(void *context, struct endpoint *endpoint);
	void *context;
};

/* The delivery thread's. */
struct sender {
	struct sender_options options;
	struct endpoint *ready, *ready_failing; /* each in order of becoming so */
	size_t in_flight, failing_in_flight;
	_Atomic uint64_t acknowledged, failed; /* deliveries; tries. Any thread may read them */
};

/* Borrows what the options point to. */
void sender_init(struct sender *sender, const struct sender_options *options);

/* A delivery was queued for the endpoint; delay_ms: if it is the first, it is not sent earlier. */
void sender_queued(struct sender *sender, struct endpoint *endpoint, int64_t delay_ms);
/* Deliveries were dropped from the endpoint's queue. */
void sender_dropped(struct sender *sender, struct endpoint *endpoint);
/* Sends as many deliveries as may be under way. Call it once all that came in has been queued. */
void sender_pump(struct sender *sender);

/* Abandons what is under way; sends nothing more. */
void sender_stop(struct sender *sender, const struct watch_table *table);

#endif
