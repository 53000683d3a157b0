/* delivery.h - the thread that tells each watch's endpoint what changed: matched, signed, in order, until it is
   acknowledged. */
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

/* What it points to is borrowed until delivery_stop, but for retry_ms. */
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

/* The store thread runs, deliveries do not yet. ERROR_INVALID: a file cannot be read. Main thread. */
struct delivery *delivery_create(const struct delivery_options *options, struct error *err);
/* Before start, in any order: what the store showed when it was loaded. Copied. */
void delivery_restore_watch(struct delivery *delivery, const struct record *watch);
void delivery_restore_token(struct delivery *delivery, const struct record *token);
void delivery_restore_progress(struct delivery *delivery, const struct watch_progress *row);

/* position: store_head.delivery_position; head: store_head.revision. What lies between, and what watches have pending,
   is read from the log and sent at once (with jitter). */
bool delivery_start(struct delivery *delivery, uint64_t position, uint64_t head, struct error *err);

/* API thread, after a commit, in order. Never waits: where the thread lags behind, the list is dropped and the log read
   instead. */
void delivery_push(struct delivery *delivery, struct change_list *take);

/* API thread: how the watch at a path, which was made at that revision, stood a moment ago. */
enum watch_state delivery_watch_state(const struct delivery *delivery, const char *path, uint64_t created);

/* How deliveries stand. */
struct delivery_stats {
	uint64_t pending;      /* wait in memory, what is on its way included */
	uint64_t acknowledged; /* since the start: what endpoints have taken, */
	uint64_t failed;       /* and tries that they did not */
	bool has_ended;        /* the thread has failed: nothing is delivered any more */
};

/* Any thread; each figure by itself is as it was a moment ago. */
void delivery_stats_read(const struct delivery *delivery, struct delivery_stats *out);

/* Ends transfers, hands over the last progress, ends the thread; before store_thread_stop. NULL is fine. */
void delivery_stop(struct delivery *delivery);

#endif
