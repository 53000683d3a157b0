/* kind.h - the table of the kinds of objects: what each is called, looks like, and belongs to. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_KIND_H
#define NOAHD_REGISTRY_KIND_H

#include "common/json_writer.h"
#include "noahd/registry/plan.h"
#include "noahd/registry/registry.h"

#include <jansson.h>

/* What a tag or a link is beside an object: it shows the objects that hang on it, its members. */
struct container {
	const char *relation;                          /* of the set of its members, which has its name */
	const char *const *without;                    /* the keys that they do not show there, NULL at the end */
	const enum object_kind *always;                /* the kinds that stand there without members too, 0 at the end */
	json_t *(*begin)(const struct record *record); /* what stands before its members */
	json_t *(*end)(const struct record *record);   /* and behind them; NULL: nothing does */
};

/* What an object that is no holder shows of others by their names: a host its services. */
struct shown {
	const char *root; /* where they stand: "/services"; in the view without the '/' */
	/* The own path of the one that the view of name shows as of_name; free() it. */
	char *(*path)(const char *name, const char *of_name);
};

/* Is given an entry, and says whether it goes on, or whether it may be shown. */
typedef bool entry_visitor(void *context, const struct registry_entry *entry);

/* Is given a path. */
typedef void needed_visitor(void *context, const char *path);

/* Everything that is particular to a kind of object: a file beside this one, with a row, and its place in the table in
   kind.c. */
struct kind {
	enum object_kind number;
	const char *name; /* of one of them: "host" */
	/* The set of all of them, and what they stand under where several kinds are shown: "hosts". */
	const char *collection;
	const char *prefix; /* what their paths begin with, up to the name: "/hosts/" */
	size_t name_at;     /* where in a path the name begins: its length */

	/* What the registry can have made, by which damage is told. Called on any thread. value_is_sound NULL: there is no
	   value. */
	bool (*name_is_sound)(const char *name);
	bool (*value_is_sound)(const struct record *record);

	/* The object as GET answers it, in that version of the registry. The caller owns it. */
	json_t *(*view)(const struct registry *registry, const struct registry_entry *entry, enum version version);
	/* Writes the members of the view, for events, which are text at once; NULL: they are made of the view. Where it has
	   a "path", event_path stands there (NULL: its own): the answer. */
	bool (*write)(struct json_writer *out, const struct registry *registry, const struct registry_entry *entry,
	    enum version version, const char *event_path);
	/* Whether the view is certain to take more than so many bytes as JSON, told without making it; NULL: it never is,
	   being small. It has no other names than "id" and "name" then. */
	bool (*view_exceeds)(const struct registry *registry, const struct registry_entry *entry, enum version version,
	    size_t bytes);
	/* What people are shown of it in one line; free() it. NULL: its name. */
	char *(*caption)(const struct registry_entry *entry);

	/* What a change is announced under where that is not its path: "//noah" + this (protocol.md, "What each write
	   announces"). free() it. */
	char *(*category)(const struct record *record);
	/* The event's "path" where that is not the category. free() it. */
	char *(*event_path)(const struct record *record);
	/* A further path at which a change happens (aliases.h); free() it. NULL: there is none. */
	char *(*alias)(const struct record *record);

	/* Enters it into the sets that are its kind's own (registry_join). */
	void (*join)(struct registry *registry, struct registry_entry *entry, const struct record *record);
	/* What becomes of it when its lifetime is over, announced; NULL: it has none. */
	void (*expire)(struct plan *plan, struct registry_entry *entry);
	/* Whether two values of it look the same; NULL: when their bytes do. */
	bool (*value_looks_same)(const struct record *a, const struct record *b);
	/* As kind_shown_revision, where the looks hold those of others. */
	uint64_t (*shown_revision)(const struct registry *registry, const struct registry_entry *entry,
	    enum version version);
	/* Calls visit with each object that its view shows parts of, until that is false: the answer, then. NULL: it shows
	   none, or is a holder. */
	bool (*visit_shown)(const struct registry *registry, const struct registry_entry *entry, enum version version,
	    entry_visitor *visit, void *context);
	/* Whether requests can have made what a sound record says; NULL: any. ERROR_INVALID, ERROR_TOO_LARGE. */
	bool (*check)(const struct record *record, struct error *err);
	/* Calls visit with the path of each other object that must be there, too, tags and links aside; NULL: none must. */
	void (*visit_needed)(const struct record *record, needed_visitor *visit, void *context);
	const struct shown *shown;         /* what it shows of them; NULL: nothing, or it is a holder */
	const struct container *container; /* NULL: it is none; else view and shown_revision are the holders' */
	/* The relation, by its name, of those whose looks hold the looks of this one; NULL: nobody's. */
	const char *shown_in;

	bool has_tags;           /* may have tags, and links */
	bool is_needed;          /* another object may need it: visit_needed, tags and links */
	bool moves_with_shown;   /* a change of what its view shows of others is always a change of its own, too */
	bool value_tells_sets;   /* which sets it joins may change with the value */
	bool slash_in_name;      /* the last part of the path may hold a '/', written %2F in a URL */
	bool has_two_names;      /* "http/web1": where several kinds are shown it stands under the first, by the second */
	bool is_listed_in_array; /* a list of its kind is an array of views, not an object by names */
};

/* Of a row, with its length. */
#define KIND_PREFIX(text) .prefix = (text), .name_at = sizeof(text) - 1

/* The relations that sets are named by (registry_members) stand beside the rows; all objects of a kind are its
   collection, "". */
#define OBJECTS_OF_TAG "tag"   /* by the tag's name */
#define OBJECTS_OF_LINK "link" /* by the link's: "/myorg" */

/* All kinds, in the order in which they are shown; NULL ends them. */
extern const struct kind *const kind_table[];
/* The objects among them, which lists of several kinds show. */
extern const struct kind *const kind_listed[];
/* And those that say who may do what: whatever is done with one needs ACCESS_ADMIN, and what is planned behind a
   change of one waits until that is applied. */
extern const struct kind *const kind_granting[];

bool kind_is_known(enum object_kind kind);
const struct kind *kind_of(enum object_kind kind);
/* Whether it is one of kind_granting. */
bool kind_grants_rights(enum object_kind kind);
/* By its collection, which is not NUL-terminated; NULL: it is none. */
const struct kind *kind_of_collection(const char *collection, size_t size);

/* Enters an entry into the sets that a version of it is in. */
void kind_join(struct registry *registry, struct registry_entry *entry, const struct record *record);

/* The URL path of an object: its own path, percent-encoded. free() it. */
char *kind_location(const struct record *record);

/* Of the last change that made it look as it looks: its own, or one of what it shows. */
uint64_t kind_shown_revision(const struct registry *registry, const struct registry_entry *entry, enum version version);

/* A number that changes whenever that does which an entry shows: its own, and of what it shows of others that which
   may_show lets pass (NULL: all). Where it shows nothing of others, its revision. Not of holders. */
uint64_t kind_fingerprint(const struct registry *registry, const struct registry_entry *entry, enum version version,
    entry_visitor *may_show, void *context);
/* So for those members of a set that may_show lets pass; 0: none of them does. */
uint64_t kind_set_fingerprint(const struct registry *registry, const char *relation, const char *name,
    enum version version, entry_visitor *may_show, void *context);

/* The members that every object's view begins with: "id", "tags", "links", and "lifetime" where it has one. */
void kind_write_begin(struct json_writer *out, const struct record *record);
json_t *kind_view_begin(const struct record *record);
void kind_write_lifetime(struct json_writer *out, const struct record *record);
/* "created_at" and "updated_at". */
void kind_write_times(struct json_writer *out, const struct record *record);
void kind_view_times(json_t *view, const struct record *record);
/* The view of a kind that writes it. */
json_t *kind_view_written(const struct kind *kind, const struct registry *registry, const struct registry_entry *entry,
    enum version version);

/* An object as it stands in a list, under a tag or in a link: its view without these keys (NULL ends them). */
json_t *kind_view_member(const struct registry *registry, const struct registry_entry *entry, enum version version,
    const char *const *without);
/* A holder's view, its members by collection and name, and when that last changed: of its row in the table. */
json_t *kind_view_container(const struct registry *registry, const struct registry_entry *entry, enum version version);
uint64_t kind_container_revision(const struct registry *registry, const struct registry_entry *entry,
    enum version version);

/* The name in an object's path: "web1", "http/web1", "/chef/notify" (an ephemeral's), "/myorg" (a link's). */
const char *kind_path_name(const struct record *record);
const char *kind_entry_name(const struct registry_entry *entry);
/* Whether an object at that path can be put by a request for it. */
bool kind_check_path(const struct record *record, struct error *err);
/* "/services/http/web1": the part behind the last slash ("web1"). */
const char *kind_path_last(const struct record *record);

/* For the rows: one segment of a path; any name at all; UTF-8. */
bool kind_name_is_plain(const char *name);
bool kind_name_is_any(const char *name);
bool kind_value_is_text(const struct record *record);

#endif
