/* delivery.h - the thread that delivers changes to the watches' endpoints: signed, in order, until acknowledged. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_DELIVERY_H
#define NOAHD_WATCH_DELIVERY_H

#include "common/error.h"
#include "common/signature.h"
#include "noahd/registry/change.h"
#include "noahd/store/store_thread.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address_policy;

/* Pointers are borrowed until delivery_stop, except retry_ms. */
struct delivery_options {
	const char *epoch;
	const int64_t *retry_ms; /* delivery.retry_seconds; the last repeats */
	size_t retry_count;
	int64_t give_up_ms, suspend_ms, timeout_ms;
	size_t in_flight_max;
	const char *ca_file, *certificate, *key; /* "" : the system's, none, none */
	struct signing_key *const *keys;         /* server keys that sign, newest first */
	size_t key_count;
	const struct address_policy *policy;
	struct store_thread *store;
};

struct delivery;

/* The store thread runs already. Nothing is delivered before delivery_start. ERROR_INVALID: a file cannot be read. Main
   thread. */
struct delivery *delivery_create(const struct delivery_options *options, struct error *err);
/* Before start, in any order: what the store had when it was loaded. Copied. */
void delivery_restore_watch(struct delivery *delivery, const struct record *watch);
void delivery_restore_token(struct delivery *delivery, const struct record *token);
void delivery_restore_progress(struct delivery *delivery, const struct watch_progress *row);

/* position: store_head.delivery_position; head: store_head.revision. Changes between them, and what watches have
   pending, are read from the log and sent at once (with jitter). */
bool delivery_start(struct delivery *delivery, uint64_t position, uint64_t head, struct error *err);

/* API thread, after a commit, in order. Never waits: if the thread lags behind, the list is dropped and later read from
   the log. */
void delivery_push(struct delivery *delivery, struct change_list *take);

/* API thread: the recent state of the watch at a path that was created at that revision. */
enum watch_state delivery_watch_state(const struct delivery *delivery, const char *path, uint64_t created);

/* Statistics of deliveries. */
struct delivery_stats {
	uint64_t pending;      /* pending in memory, including those under way */
	uint64_t acknowledged; /* since the start: acknowledged deliveries */
	uint64_t failed;       /* and failed tries */
	bool has_ended;        /* the thread has failed: nothing is delivered any more */
};

/* Any thread; each number is recent, but they are not read together. */
void delivery_stats_read(const struct delivery *delivery, struct delivery_stats *out);

/* Ends transfers, hands over the last progress, ends the thread; must come before store_thread_stop. NULL is fine. */
void delivery_stop(struct delivery *delivery);

#endif
