/* watch_states.h - which watches are not active, as the delivery thread tells the API thread. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_WATCH_STATES_H
#define NOAHD_WATCH_WATCH_STATES_H

#include "common/event_loop.h"
#include "noahd/store/store.h"

struct watch_table;
struct watch_states;

/* loop is the delivery thread's. Borrows both. */
struct watch_states *watch_states_create(struct event_loop *loop, const struct watch_table *table);
/* Both threads are done with it. NULL is fine. */
void watch_states_destroy(struct watch_states *states);

/* The delivery thread's: the other one sees the table as it is now; and so before long, together with what changes
   until then. NULL is fine for the latter. */
void watch_states_publish(struct watch_states *states);
void watch_states_changed(struct watch_states *states);

/* The API thread's: as it was a moment ago, of the watch that was made at that revision; WATCH_ACTIVE where nothing is
   known of it. */
enum watch_state watch_states_find(struct watch_states *states, const char *path, uint64_t created);

#endif
