/* context.h - the parts that the API's handlers work with. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_CONTEXT_H
#define NOAHD_API_CONTEXT_H

#include "common/http_route.h"
#include "noahd/api/options.h"
#include "noahd/events/events.h"
#include "noahd/expiry/lifetimes.h"
#include "noahd/views/snapshot.h"
#include "noahd/views/validator.h"
#include "noahd/api/metrics.h"
#include "noahd/views/view_cache.h"
#include "noahd/events/long_polls.h"
#include "noahd/writes/write_queue.h"
#include "noahd/http/response.h"

struct api {
	struct api_options options;
	struct history history;
	struct registry *registry;
	struct view_cache *views;
	struct change_bus changes;
	struct write_queue *writes;
	struct snapshots *snapshots;
	struct events *events;
	struct token_table *tokens;
	struct metrics *metrics;
	struct validators *validators;
	struct store_thread *store;
	int64_t started_ms; /* wall clock */
	struct lifetimes *lifetimes;
	struct long_polls *long_polls;
};

/* The api that a handler works for. */
static inline struct api *api_of(const struct http_call *call)
{
	return call->context;
}

#endif
