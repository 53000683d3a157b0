/* record.h - an object as the store keeps it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_RECORD_H
#define NOAHD_REGISTRY_RECORD_H

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

/* A year: no object has a longer lifetime. */
#define LIFETIME_MS_MAX INT64_C(31536000000)

/* Of one version of an object. path is its identity: decoded, its own path ("/services/http/web1"). */
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

/* A copy whose texts are its own. */
void record_copy(struct record *out, const struct record *record);
/* With that path, which stays the caller's if record_finish is not to free it. */
void record_copy_for(struct record *out, const struct record *record, char *path);
void record_finish(struct record *record); /* frees its texts and its value */

/* Whether it is one that the registry can have made: a known kind, a path of that kind, a value that can be understood,
   a lifetime only where there can be one, and in its bounds. */
bool record_is_sound(const struct record *record);

#endif
