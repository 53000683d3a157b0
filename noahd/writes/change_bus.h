/* change_bus.h - applied changes, passed to all parts of noahd that follow them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WRITES_CHANGE_BUS_H
#define NOAHD_WRITES_CHANGE_BUS_H

#include "noahd/registry/change.h"

#include <stddef.h>
#include <stdint.h>

/* When a subscriber sees changes. Every subscriber of a phase sees them before the next phase begins; within a phase no
   subscriber relies on another. */
enum change_phase {
	CHANGES_APPLIED,  /* readers see them; the writes that made them are not answered yet */
	CHANGES_ANSWERED, /* those are answered, and the answers sent; the next batch is handed over */
};

/* The result of one commit. */
struct applied_changes {
	const struct change_list *list; /* in order of revision; borrowed, but changes may be kept by reference */
	int64_t commit_us;              /* the time that the store took */
};

typedef void change_subscriber(void *context, const struct applied_changes *changes);

enum { CHANGE_SUBSCRIBERS_MAX = 8 };

/* The API thread's. Zeroed: no subscribers. */
struct change_bus {
	struct {
		enum change_phase phase;
		change_subscriber *see;
		void *context;
	} subscribers[CHANGE_SUBSCRIBERS_MAX];
	size_t count;
};

/* For as long as the bus is used. */
void change_bus_subscribe(struct change_bus *bus, enum change_phase phase, change_subscriber *see, void *context);

/* Called after changes were applied, once for each phase, in order. */
void changes_applied(const struct change_bus *bus, enum change_phase phase, const struct applied_changes *changes);

#endif
