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

/* Stands in what is matched. Zeroed but for registered and after. */
struct matcher_target {
	struct watch_index_entry entry; /* add it to the index */
	uint64_t registered;            /* at that revision: nothing before is for it */
	uint64_t after;                 /* gets only changes with a greater revision */
	uint64_t run;                   /* the rest is the matcher's: the run that the places are of */
	size_t last_own, last_alias;    /* places among the run's hits, counted from 1 */
};

/* One change that one target gets. */
struct matcher_delivery {
	struct matcher_target *target;
	struct change *change; /* borrowed */
	uint64_t acknowledges; /* once it is delivered the target has all it gets up to this revision */
	size_t told;           /* how many targets the change is for, those that have it already included */
};

/* Whether a target may be told of a change that it matches by that path, its own or an alias; NULL: of any. */
typedef bool matcher_filter(void *context, const struct matcher_target *target, const struct change *change,
    const char *path);

/* index is borrowed. */
struct matcher *matcher_create(const struct watch_index *index, matcher_filter *filter, void *context);
void matcher_destroy(struct matcher *matcher); /* NULL is fine */

/* The changes are all of one write, or all that follow some revision of it. A target gets each change that it matches
   by the object's own path; of those that it matches by aliases only it gets the last, and none when the own path of
   another matched. What the filter lets not pass counts as not matched. deliver is called in order of revision and
   leaves the index as it is. */
void matcher_run(struct matcher *matcher, struct change *const *changes, size_t count,
    void (*deliver)(void *context, const struct matcher_delivery *delivery), void *context);

#endif
