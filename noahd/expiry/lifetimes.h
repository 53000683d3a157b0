/* lifetimes.h - objects that expire unless they are renewed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_EXPIRY_LIFETIMES_H
#define NOAHD_EXPIRY_LIFETIMES_H

#include "noahd/registry/registry.h"
#include "noahd/writes/write_queue.h"

#include <stddef.h>
#include <stdint.h>

/* The API thread's. Lifetimes count on the monotonic clock, from the last change of the object, its last renewal or the
   start, whichever was last: neither a step of the wall clock nor downtime of noahd ends any. */
struct lifetimes;
struct lifetime; /* of one entry */

/* Follows the registry; objects expire by writes through the queue. */
struct lifetimes *lifetimes_create(struct event_loop *loop, struct registry *registry, struct write_queue *writes);
/* Before the registry and the queue are destroyed. NULL is fine. */
void lifetimes_destroy(struct lifetimes *lifetimes);

/* Starts the clocks: nothing expires before. */
void lifetimes_start(struct lifetimes *lifetimes);

/* How many are due but held back (expiry_guard.h). */
size_t lifetimes_held(const struct lifetimes *lifetimes);

size_t lifetimes_running(const struct lifetimes *lifetimes);
/* Lets all that are held expire. How many there were. */
size_t lifetimes_release(struct lifetimes *lifetimes);

/* The lifetime of an entry; NULL: it has none. */
struct lifetime *lifetimes_find(const struct lifetimes *lifetimes, const struct registry_entry *entry);

/* Restarts it with that length, if it is still the one of that turn (struct record). */
void lifetimes_renew(struct lifetime *lifetime, unsigned turn, int64_t length_ms);

/* The time left; 0: it is over and held. */
int64_t lifetimes_left_ms(const struct lifetime *lifetime);

#endif
