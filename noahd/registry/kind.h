/* kind.h - the table of the kinds of objects: what each is called, looks like, and belongs to. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_KIND_H
#define NOAHD_REGISTRY_KIND_H

#include "noahd/registry/plan.h"
#include "noahd/registry/registry.h"

#include <jansson.h>

/* A row. A new kind of object is a file beside this one and a row in kind.c. */
struct kind {
	/* The object as GET answers it, in that version of the registry. The caller owns it. */
	json_t *(*view)(const struct registry *registry, const struct registry_entry *entry, enum version version);
	/* What a change is announced under: "//noah" + this (protocol.md, "What each write announces"). free() it. */
	char *(*category)(const struct record *record);
	/* The event's "path" where that is not the category. free() it. */
	char *(*event_path)(const struct record *record);
	/* Further paths of the object, each ended by '\n'. free() it. */
	char *(*aliases)(const struct record *record);
	/* Enters it into its sets (registry_join), once in its life. */
	void (*join)(struct registry *registry, struct registry_entry *entry, const struct record *record);
	/* What becomes of it when its lifetime is over, announced; NULL: it has none. */
	void (*lapse)(struct plan *plan, struct registry_entry *entry);
	bool slash_in_name; /* the last part of the path may hold a '/', written %2F in a URL */
};

/* The relations that sets are named by (registry_members). */
#define ALL_HOSTS "hosts"
#define ALL_SERVICES "services"
#define ALL_WATCHES "watches"
#define ALL_TOKENS "tokens"
#define SERVICES_OF_HOST "host"      /* by the host's name */
#define SERVICES_OF_NAME "service"   /* by the service's */
#define WATCHES_OF_TARGET "endpoint" /* by the endpoint */

const struct kind *kind_of(enum object_kind kind);

void kind_join(struct registry *registry, struct registry_entry *entry, const struct record *record);

/* The URL path of an object: its own path, percent-encoded. free() it. */
char *kind_location(const struct record *record);

/* The members that every object's view begins with: "id", "tags", "links", and "lifetime" where it has one. */
json_t *kind_view_begin(const struct record *record);
void kind_view_lifetime(json_t *view, const struct record *record);
/* "created_at" and "updated_at". */
void kind_view_times(json_t *view, const struct record *record);

/* "/services/http/web1": the part behind the second slash ("http/web1"), and behind the last one ("web1"). */
const char *kind_path_name(const struct record *record);
const char *kind_path_last(const struct record *record);

#endif
