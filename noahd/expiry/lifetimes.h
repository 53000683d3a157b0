/* lifetimes.h - objects that lapse unless they are renewed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EXPIRY_LIFETIMES_H
#define NOAHD_EXPIRY_LIFETIMES_H

#include "noahd/registry/registry.h"
#include "noahd/writes/write_queue.h"

#include <stddef.h>
#include <stdint.h>

/* The API thread's. Lifetimes count on the monotonic clock, from the last change of the object, its last renewal or the
   start, whichever was last: neither a step of the wall clock nor a stop of noahd ends any. */
struct lifetimes;
struct lifetime; /* of one entry */

/* Follows the registry, whose objects expire by writes of their own. */
struct lifetimes *lifetimes_create(struct event_loop *loop, struct registry *registry, struct write_queue *writes);
/* Before registry and queue are. NULL is fine. */
void lifetimes_destroy(struct lifetimes *lifetimes);

/* Begins to count: until then nothing lapses. */
void lifetimes_start(struct lifetimes *lifetimes);

/* How many are due but held, since too many ended at once (expiry_guard.h). */
size_t lifetimes_held(const struct lifetimes *lifetimes);

size_t lifetimes_running(const struct lifetimes *lifetimes);
/* All that are held are let go: their objects expire. How many there were. */
size_t lifetimes_release(struct lifetimes *lifetimes);

/* An entry's; NULL: it has none. */
struct lifetime *lifetimes_find(const struct lifetimes *lifetimes, const struct registry_entry *entry);

/* An entry's lifetime begins anew, now with that length, if it still is the one of that turn (struct record). */
void lifetimes_renew(struct lifetime *lifetime, unsigned turn, int64_t length_ms);

/* How long it runs yet; 0: it is over, and held. */
int64_t lifetimes_left_ms(const struct lifetime *lifetime);

#endif
