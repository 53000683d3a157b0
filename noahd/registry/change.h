/* change.h - one change to the registry as it stands in the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_CHANGE_H
#define NOAHD_REGISTRY_CHANGE_H

#include "noahd/registry/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum change_action { CHANGE_CREATE = 1, CHANGE_UPDATE = 2, CHANGE_DELETE = 3 };

/* "create", "update", "delete". */
const char *change_action_name(enum change_action action);

/* Immutable once planned, shared between the three threads by reference count. One piece of memory with its texts. */
struct change {
	unsigned references; /* use change_reference and change_release */
	size_t bytes;        /* what it occupies, for bounds */
	uint64_t revision;   /* grows by one from change to change */
	uint64_t write;      /* the revision of the first change of the same write */
	enum change_action action;
	int64_t at_ms;           /* wall clock */
	const char *pubcategory; /* "//noah/ephemerals/chef" */
	const char *aliases;     /* further paths of the object, before and after, each ended by '\n'; "" for none */
	const char *causes;      /* event ids of Noah-Cause, each ended by '\n'; "" for none */
	const char *by;          /* who made it, JSON object text; "" where that is not known */
	bool changed;            /* false: it left everything but the times as it was */
	const char *body;        /* what a watch's endpoint gets (protocol.md), JSON object text */
	size_t body_size;
	struct record record; /* after the change; of a delete: as it was */
};

/* A change of this shape with copies of its texts; its references and bytes are not looked at. The reference is the
   caller's. */
struct change *change_create(const struct change *shape);
struct change *change_reference(struct change *change); /* any thread; returns its argument */
void change_release(struct change *change);             /* any thread; NULL is fine */

/* Changes in order of revision, owned by who holds the list: each entry is one reference. */
struct change_list {
	struct change **changes;
	size_t count, room;
};

void change_list_append(struct change_list *list, struct change *take);
void change_list_finish(struct change_list *list); /* releases all, frees the array, zeroes the list */

#endif
