/* watch_states.h - which watches are not active, shared by the delivery thread with the API thread. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_WATCH_STATES_H
#define NOAHD_WATCH_WATCH_STATES_H

#include "common/event_loop.h"
#include "noahd/store/store.h"

struct watch_table;
struct watch_states;

/* loop is the delivery thread's. Borrows both. */
struct watch_states *watch_states_create(struct event_loop *loop, const struct watch_table *table);
/* After both threads are done with it. NULL is fine. */
void watch_states_destroy(struct watch_states *states);

/* The delivery thread's: publishes the table as it is now; or soon, together with changes until then. NULL is fine for
   the latter. */
void watch_states_publish(struct watch_states *states);
void watch_states_changed(struct watch_states *states);

/* The API thread's: the recent state of the watch that was created at that revision; WATCH_ACTIVE if it is unknown. */
enum watch_state watch_states_find(struct watch_states *states, const char *path, uint64_t created);

#endif
