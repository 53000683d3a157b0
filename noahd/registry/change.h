/* change.h - one change to the registry as it stands in the log, and the record that it leaves behind. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_CHANGE_H
#define NOAHD_REGISTRY_CHANGE_H

#include "common/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* These numbers stand in databases: add at the end, never renumber. */
enum object_kind {
	OBJECT_HOST = 1,
	OBJECT_SERVICE = 2,
	OBJECT_EPHEMERAL = 3,
	OBJECT_WATCH = 4,
	OBJECT_APPLICATION = 5,
	OBJECT_CONFIGURATION = 6,
	OBJECT_TAG = 7,
	OBJECT_LINK = 8,
	OBJECT_TOKEN = 9,
};
enum change_action { CHANGE_CREATE = 1, CHANGE_UPDATE = 2, CHANGE_DELETE = 3 };

/* "create", "update", "delete". */
const char *change_action_name(enum change_action action);

/* A year: no object has a longer lifetime. */
#define LIFETIME_MS_MAX INT64_C(31536000000)

/* An object as the store keeps it. path is its identity: decoded, its own path ("/services/http/web1"). */
struct record {
	enum object_kind kind;
	char *path;
	char id[UUID_TEXT_BYTES];
	int64_t created_ms, updated_ms; /* wall clock */
	uint64_t created_revision;      /* of the change that made it */
	uint64_t revision;              /* of its last change */
	void *value;                    /* what the kind keeps: a host's status, an ephemeral's bytes, a watch's JSON */
	size_t value_size;
	bool has_value;      /* false: an ephemeral that was put without a body */
	bool differs;        /* looks other than before the write that made it, times aside; plan.h's, not in the store */
	bool value_differs;  /* and so does its value; likewise */
	unsigned turn;       /* another one whenever its lifetime begins anew; not in the store */
	char *tags, *links;  /* names of those it has, each ended by '\n'; NULL: none */
	int64_t lifetime_ms; /* after which it lapses unless it is renewed; 0: it stays */
};

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

/* A copy whose texts are its own. */
void record_copy(struct record *out, const struct record *record);
/* With that path, which stays the caller's if record_finish is not to free it. */
void record_copy_for(struct record *out, const struct record *record, char *path);
void record_finish(struct record *record); /* frees its texts and its value */

/* Whether it is one that the registry can have made: a known kind, a path of that kind, a value that can be understood,
   a lifetime only where there can be one, and in its bounds. */
bool record_is_sound(const struct record *record);

#endif
