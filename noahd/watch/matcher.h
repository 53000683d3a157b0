/* matcher.h - decides which watches get which changes of one write. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_MATCHER_H
#define NOAHD_WATCH_MATCHER_H

#include "noahd/registry/change.h"
#include "noahd/watch/watch_index.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct matcher;

/* Part of what is matched. Zeroed except registered and after. */
struct matcher_target {
	struct watch_index_entry entry; /* add it to the index */
	uint64_t registered;            /* at that revision: it gets no earlier changes */
	uint64_t after;                 /* gets only changes with a greater revision */
	uint64_t run;                   /* the rest is the matcher's: the run of the places */
	size_t last_own, last_alias;    /* places among the run's hits, counted from 1 */
};

/* One change that one target gets. */
struct matcher_delivery {
	struct matcher_target *target;
	struct change *change; /* borrowed */
	uint64_t acknowledges; /* once it is delivered, the target has all its changes up to this revision */
	size_t told;           /* how many targets get the change, including those that have it already */
};

/* Whether a target may get a change that it matches by that path, the object's own or an alias; NULL: it always may. */
typedef bool matcher_filter(void *context, const struct matcher_target *target, const struct change *change,
    const char *path);

/* index is borrowed. */
struct matcher *matcher_create(const struct watch_index *index, matcher_filter *filter, void *context);
void matcher_destroy(struct matcher *matcher); /* NULL is fine */

/* The changes are all of one write, or all after some revision of it. A target gets each change that it matches by the
   object's own path; of changes that it matches by aliases only, it gets the last, and none if it matched the own path
   of another. A match that the filter rejects does not count. deliver is called in order of revision, and must not
   change the index. */
void matcher_run(struct matcher *matcher, struct change *const *changes, size_t count,
    void (*deliver)(void *context, const struct matcher_delivery *delivery), void *context);

#endif
