/* kind.h - the kinds of objects: one row for each, with everything that is particular to it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_KIND_H
#define NOAHD_REGISTRY_KIND_H

#include "common/json_writer.h"
#include "noahd/registry/registry.h"

#include <jansson.h>

/* A tag or a link is also a container: its view shows its members. */
struct container {
	const char *relation;                          /* its members are the set of this relation with its name */
	const char *const *without;                    /* the keys that members lack in its view, ended by NULL */
	const enum object_kind *always;                /* the kinds shown even without members, ended by 0 */
	json_t *(*begin)(const struct record *record); /* the part of its view before the members */
	json_t *(*end)(const struct record *record);   /* the part behind them; NULL: none */
};

/* What an object that is no container shows of other objects, by name: a host shows its services. */
struct shown {
	const char *root; /* the path of their collection, "/services", and with the '/' left out the key in the view */
	/* The path of the object that appears as of_name in the view of name; free() it. */
	char *(*path)(const char *name, const char *of_name);
};

/* Called with an entry; returns whether to go on, or as may_show whether it may be shown. */
typedef bool entry_visitor(void *context, const struct registry_entry *entry);

/* Called with a path. */
typedef void needed_visitor(void *context, const char *path);

struct plan;

/* A row: each kind has a file in this folder that defines it, and is listed in kind_table.c. */
struct kind {
	enum object_kind number;
	const char *name; /* in the singular: "host" */
	/* "hosts": the relation of the set of all of them, and their key in views and lists of several kinds. */
	const char *collection;
	const char *prefix; /* of their paths, up to the name: "/hosts/" */
	size_t name_at;     /* its length: where in a path the name begins */

	/* Whether the registry can have made such a name or value; anything else is damage. Called on any thread.
	   value_is_sound NULL: the kind has no value. */
	bool (*name_is_sound)(const char *name);
	bool (*value_is_sound)(const struct record *record);

	/* The answer to GET, in that version of the registry. The caller owns it. */
	json_t *(*view)(const struct registry *registry, const struct registry_entry *entry, enum version version);
	/* Writes the members of the view, for events, which are rendered without a tree; NULL: they are made from the view.
	   If the view has a "path", writes event_path there (NULL: its own) and returns true. */
	bool (*write)(struct json_writer *out, const struct registry *registry, const struct registry_entry *entry,
	    enum version version, const char *event_path);
	/* Whether the view is certain to exceed that many bytes of JSON, found without making it; NULL: views are small.
	   Its only names are then "id" and "name". */
	bool (*view_exceeds)(const struct registry *registry, const struct registry_entry *entry, enum version version,
	    size_t bytes);
	/* A line for people; free() it. NULL: the name. */
	char *(*caption)(const struct registry_entry *entry);

	/* Changes are announced at "//noah" + this; NULL: + the path (protocol.md, "What each write announces"). free()
	   it. */
	char *(*category)(const struct record *record);
	/* The "path" of an event; NULL: the category. free() it. */
	char *(*event_path)(const struct record *record);
	/* A further path at which changes happen (aliases.h); NULL: none. free() it. */
	char *(*alias)(const struct record *record);

	/* Joins the sets that only this kind has (registry_join); NULL: none. */
	void (*join)(struct registry *registry, struct registry_entry *entry, const struct record *record);
	/* Plans the end of its lifetime, and announces it; NULL: the kind has no lifetimes. */
	void (*expire)(struct plan *plan, struct registry_entry *entry);
	/* Whether two values make the same view; NULL: compare their bytes. */
	bool (*value_looks_same)(const struct record *a, const struct record *b);
	/* As kind_shown_revision, for a view that depends on other objects; NULL: it depends on none. */
	uint64_t (*shown_revision)(const struct registry *registry, const struct registry_entry *entry,
	    enum version version);
	/* Calls visit for each object that its view shows, until that returns false; returns false then. NULL: it shows
	   none, or is a container. */
	bool (*visit_shown)(const struct registry *registry, const struct registry_entry *entry, enum version version,
	    entry_visitor *visit, void *context);
	/* Whether requests can have made such a record, which is sound. ERROR_INVALID, ERROR_TOO_LARGE. */
	bool (*check)(const struct record *record, struct error *err);
	/* Calls visit with the path of each object that must exist as well, except tags and links; NULL: none. */
	void (*visit_needed)(const struct record *record, needed_visitor *visit, void *context);
	const struct shown *shown;         /* NULL: it shows nothing of others, or is a container */
	const struct container *container; /* NULL: it is none; else view and shown_revision are those of containers */
	/* Objects whose view shows this one are the set of this relation with its name; NULL: there are none. */
	const char *shown_in;

	bool has_tags;           /* it may have tags and links */
	bool is_needed;          /* other objects may need it (visit_needed, tags, links) */
	bool moves_with_shown;   /* a change of an object that its view shows always comes with a change of its own */
	bool value_tells_sets;   /* its sets depend on the value */
	bool slash_in_name;      /* the name may contain a '/', written %2F in a URL */
	bool has_status;         /* the value is a status (status.h) */
	bool has_two_names;      /* "http/web1": lists nest its objects, {"http": {"web1": …}} */
	bool is_listed_in_array; /* the list of its collection is an array of views, not an object by name */
};

/* Sets the prefix in a row. */
#define KIND_PREFIX(text) .prefix = (text), .name_at = sizeof(text) - 1

/* Relations (registry_members). The set of all objects of a kind is its collection with the name "". Other relations
   are defined beside the row of the kind. */
#define OBJECTS_OF_TAG "tag"   /* by the name of the tag */
#define OBJECTS_OF_LINK "link" /* by the name of the link: "/myorg" */

/* All kinds, in the order in which they are shown, ended by NULL. */
extern const struct kind *const kind_table[];
/* The kinds that appear in lists of several kinds. */
extern const struct kind *const kind_listed[];
/* The kinds that grant rights: all access to them needs ACCESS_ADMIN, and writes that follow a change of one are
   planned once it is applied. */
extern const struct kind *const kind_granting[];

bool kind_is_known(enum object_kind kind);
const struct kind *kind_of(enum object_kind kind);
/* Whether it is in kind_granting. */
bool kind_grants_rights(enum object_kind kind);
/* The kind with that collection, which need not be NUL-terminated; NULL: there is none. */
const struct kind *kind_of_collection(const char *collection, size_t size);

/* Makes an entry a member of all sets of one of its versions. */
void kind_join(struct registry *registry, struct registry_entry *entry, const struct record *record);

/* The URL path of an object: its path, percent-encoded. free() it. */
char *kind_location(const struct record *record);

/* The revision of the last change of its view: a change of its own, or of an object that it shows. */
uint64_t kind_shown_revision(const struct registry *registry, const struct registry_entry *entry, enum version version);

/* A number that changes with the view of an entry, counting only those objects in the view that may_show accepts (NULL:
   all). For a view without other objects it is the revision. Not for containers. */
uint64_t kind_fingerprint(const struct registry *registry, const struct registry_entry *entry, enum version version,
    entry_visitor *may_show, void *context);
/* The same for the members of a set that may_show accepts; 0: there are none. */
uint64_t kind_set_fingerprint(const struct registry *registry, const char *relation, const char *name,
    enum version version, entry_visitor *may_show, void *context);

/* The first members of a view: "id", "tags", "links", and "lifetime" if there is one. */
void kind_write_begin(struct json_writer *out, const struct record *record);
json_t *kind_view_begin(const struct record *record);
void kind_write_lifetime(struct json_writer *out, const struct record *record);
/* "created_at" and "updated_at". */
void kind_write_times(struct json_writer *out, const struct record *record);
void kind_view_times(json_t *view, const struct record *record);
/* The view of an entry, for a kind with write. */
json_t *kind_view_written(const struct kind *kind, const struct registry *registry, const struct registry_entry *entry,
    enum version version);

/* The view of an entry in a list, a tag or a link: without these keys, which NULL ends. */
json_t *kind_view_member(const struct registry *registry, const struct registry_entry *entry, enum version version,
    const char *const *without);
/* For the rows of containers: the view, with its members by collection and name, and the revision of its last
   change. */
json_t *kind_view_container(const struct registry *registry, const struct registry_entry *entry, enum version version);
uint64_t kind_container_revision(const struct registry *registry, const struct registry_entry *entry,
    enum version version);

/* The name in the path of an object: "web1", "http/web1", "/chef/notify" of an ephemeral, "/myorg" of a link. */
const char *kind_path_name(const struct record *record);
const char *kind_entry_name(const struct registry_entry *entry);
/* Whether a request can name the path of the record. ERROR_INVALID, ERROR_TOO_LARGE. */
bool kind_check_path(const struct record *record, struct error *err);
/* The part of the path behind the last slash: "web1" of "/services/http/web1". */
const char *kind_path_last(const struct record *record);

/* For the rows: a name without '/', a name that is not empty, a value that is UTF-8. */
bool kind_name_is_plain(const char *name);
bool kind_name_is_any(const char *name);
bool kind_value_is_text(const struct record *record);

#endif
