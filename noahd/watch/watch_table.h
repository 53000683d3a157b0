/* watch_table.h - the watches, and the endpoints they share, as the delivery thread knows them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_WATCH_TABLE_H
#define NOAHD_WATCH_WATCH_TABLE_H

#include "common/error.h"
#include "common/event_loop.h"
#include "noahd/registry/access.h"
#include "noahd/registry/token_table.h"
#include "noahd/store/store.h"
#include "noahd/watch/agent.h"
#include "noahd/watch/endpoint_queue.h"
#include "noahd/watch/log_reader.h"
#include "noahd/watch/matcher.h"
#include "noahd/watch/log_throttle.h"
#include "noahd/watch/watch_states.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

struct watch {
	/* First, since the matcher returns it. target.after: everything up to there that it matches is acknowledged; while
	   nothing is pending, that holds up to where its endpoint has been matched. */
	struct matcher_target target;
	char *path;           /* its own, "/watches/<name>"; the key */
	char *pattern;        /* decoded */
	char *registrant;     /* the name of the token it was registered with; NULL: none */
	bool only_changed;    /* "when":"changed" */
	bool is_unauthorized; /* as logged by watch_review.h */
	struct endpoint *endpoint;
	enum watch_state state; /* only active ones are in the index */
	size_t pending;         /* in its endpoint's queue */
	int64_t waited_ms;      /* before this noahd's start, of the oldest delivery that is not in the queue yet */
	bool has_row;           /* the store has a row for it */
	bool marked;            /* its row has to be written: progress.h */
	struct watch *previous_marked, *next_marked;
	struct watch *previous, *next; /* of the endpoint */
	UT_hash_handle hh;
};

enum endpoint_phase {
	ENDPOINT_IDLE,    /* nothing queued */
	ENDPOINT_WAITING, /* until its timer fires */
	ENDPOINT_READY,   /* for a place among those under way */
	ENDPOINT_SENDING, /* the queue's head is under way */
};

/* Endpoints are distinguished by their URLs, byte by byte. */
struct endpoint {
	char *url;      /* the key */
	char *log_name; /* the same without a query, where clients put secrets */
	struct watch *watches;
	struct endpoint_queue queue;
	uint64_t admitted; /* the last write whose deliveries were put into the queue */

	/* sender.h's */
	struct sender *sender;
	enum endpoint_phase phase;
	struct event_timer timer;
	struct agent_send send;
	struct message *message;
	unsigned tries; /* of the queue's head */
	bool is_failing;
	int64_t failing_since_ms; /* run_time.h */
	bool wants_fresh;         /* the last connection was stale */
	struct log_throttle log_of_failing, log_of_dead;
	struct endpoint *previous_ready, *next_ready;

	/* dispatch.h's */
	struct dispatch *dispatch;
	bool lagging; /* more is pending in the log, after cursor.handed */
	struct log_cursor cursor;
	UT_hash_handle hh;
};

struct watch_table {
	struct watch *watches;
	struct endpoint *endpoints;
	struct watch_index *index;
	struct token_table *tokens; /* as of the last write that was matched */
	struct queue_budget budget;
	struct watch_states *states; /* NULL: their states are not published */
};

void watch_table_init(struct watch_table *table, size_t queued_bytes_max);
/* Nothing may be under way. */
void watch_table_finish(struct watch_table *table);

/* Adds a record of OBJECT_WATCH, and its endpoint if it is missing. NULL and ERROR_INVALID: the record is malformed. */
struct watch *watch_table_add(struct watch_table *table, const struct record *record, struct error *err);
struct watch *watch_table_find(const struct watch_table *table, const char *path);
/* Another version of its record, with the same pattern and endpoint: what is pending stays. */
void watch_table_update(struct watch *watch, const struct record *record);
/* Removes it and drops what is queued for it; the endpoint stays. */
void watch_table_remove(struct watch_table *table, struct watch *watch);
/* Only active ones are matched. */
void watch_set_state(const struct watch_table *table, struct watch *watch, enum watch_state state);
/* Drops what is queued for it; a delivery under way still arrives. */
void watch_drop_pending(struct watch *watch);

/* The rules that limit a watch to what its registrant may read now. False: there is no limit. */
bool watch_is_restricted(const struct watch_table *table, const struct watch *watch,
    const struct access_rules **out_rules);
/* Whether its registrant may read the object at a path. */
bool watch_may_tell(const struct watch_table *table, const struct watch *watch, const char *path);

/* Whether its registrant may read anything at its pattern. */
bool watch_is_authorized(const struct watch_table *table, const struct watch *watch);
/* Whether it gets the change: with "when":"changed", only one that changed something, or something hidden from it. */
bool watch_wants(const struct watch_table *table, const struct watch *watch, const struct change *change);
/* Logs it if its endpoint is not in the form that is required now: the watch is older, or imported. */
void watch_warn_of_form(const struct watch *watch);

const char *watch_name_of(const struct watch *watch);

/* Frees it if no watch has it and no delivery or page of it is under way. */
void endpoint_release(struct watch_table *table, struct endpoint *endpoint);

#endif
