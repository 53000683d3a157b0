/* options.h - what the API is given when it is created. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_OPTIONS_H
#define NOAHD_API_OPTIONS_H

#include "common/error.h"
#include "common/event_loop.h"
#include "noahd/http/site.h"
#include "noahd/registry/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The state of other parts, for /health and /metrics. */
struct api_status {
	bool is_stopping, deliveries_ended, store_is_damaged;
	size_t connections, requests; /* open; not answered yet */
	uint64_t deliveries_pending, deliveries_acknowledged, deliveries_failed;
};

struct route_table;

struct api_options {
	struct event_loop *loop;
	const struct route_table *routes; /* borrowed */
	size_t ephemeral_bytes_max;
	size_t writes_bytes_max;      /* of writes that wait for the disk */
	size_t transaction_bytes_max; /* that one write may produce */
	int64_t bookmark_ms;          /* how often an event stream sends its position */
	struct site site;
	bool needs_tokens; /* the last token must not be deleted */
	/* Whether a watch may have this endpoint. */
	bool (*check_endpoint)(const char *endpoint, void *context, struct error *err);
	/* Passes on the changes of a commit, for deliveries. */
	void (*publish)(struct change_list *take, void *context);
	/* The state of the deliveries to a watch that was made at that revision: "suspended", "disabled"; NULL: active. */
	const char *(*watch_state)(const char *path, uint64_t created, void *context);
	/* The public keys of the keys that sign deliveries, as texts, newest first; NULL: there are no more. */
	const char *(*public_key)(size_t place, void *context);
	void (*read_status)(struct api_status *out, void *context);
	/* The state of the disk is unknown: the process must exit now. */
	void (*store_failed)(const struct error *err, void *context);
	void *context;
};

#endif
