/* record.h - an object as it is stored. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_RECORD_H
#define NOAHD_REGISTRY_RECORD_H

#include "common/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Databases contain these numbers: add at the end, never renumber. */
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

/* A year: the longest lifetime. */
#define LIFETIME_MS_MAX INT64_C(31536000000)

/* One version of an object, identified by its decoded path ("/services/http/web1"). */
struct record {
	enum object_kind kind;
	char *path;
	char id[UUID_TEXT_BYTES];
	int64_t created_ms, updated_ms; /* wall clock */
	uint64_t created_revision;      /* of the change that created it */
	uint64_t revision;              /* of its last change */
	void *value; /* depends on the kind: the status of a host, the bytes of an ephemeral, the JSON of a watch */
	size_t value_size;
	bool has_value;      /* false: NULL, as of an ephemeral put without a body */
	bool differs;        /* the write changed the view, apart from times; used by plan.h, not stored */
	bool value_differs;  /* the write changed the value; likewise */
	unsigned turn;       /* a new number whenever its lifetime begins again; not stored */
	char *tags, *links;  /* their names, each ended by '\n'; NULL: none */
	int64_t lifetime_ms; /* after which it expires unless renewed; 0: unlimited */
};

/* A copy that owns its strings. */
void record_copy(struct record *out, const struct record *record);
/* As record_copy, but with that path, which record_finish frees unless it is cleared before. */
void record_copy_for(struct record *out, const struct record *record, char *path);
void record_finish(struct record *record); /* frees the strings and the value */

#endif
