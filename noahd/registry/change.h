/* change.h - a change of the registry, as the log contains it. */
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

/* Immutable once planned; the three threads share it by reference count. One block of memory with its strings. */
struct change {
	unsigned references; /* use change_reference and change_release */
	size_t bytes;        /* of memory */
	uint64_t revision;   /* grows by one from change to change */
	uint64_t write;      /* the revision of the first change of the same write */
	enum change_action action;
	int64_t at_ms;           /* wall clock */
	const char *pubcategory; /* "//noah/ephemerals/chef" */
	const char *aliases;     /* further paths of the object, before and after it, each ended by '\n'; "": none */
	const char *causes;      /* event ids from Noah-Cause, each ended by '\n'; "": none */
	const char *by;          /* the author, a JSON object as text; "": unknown */
	bool changed;            /* false: only times changed */
	const char *body;        /* for endpoints (protocol.md), a JSON object as text */
	size_t body_size;
	struct record record; /* after the change; of a deletion: before it */
};

/* A change with copies of these strings; references and bytes of shape are ignored. The caller owns the reference. */
struct change *change_create(const struct change *shape);
struct change *change_reference(struct change *change); /* any thread; returns its argument */
void change_release(struct change *change);             /* any thread; NULL is fine */

/* Changes in the order of revisions; the list owns a reference to each. */
struct change_list {
	struct change **changes;
	size_t count, room;
};

void change_list_append(struct change_list *list, struct change *take);
void change_list_finish(struct change_list *list); /* releases all, frees the array, zeroes the list */

#endif
