/* plan.h - a batch of writes, worked out against the registry and each other before it is committed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_PLAN_H
#define NOAHD_REGISTRY_PLAN_H

#include "common/error.h"
#include "noahd/registry/registry.h"

#include <jansson.h>

/* Used on the API thread. As long as it exists, readers see the applied versions. Entries refer to it until it is
   applied or discarded. */
struct plan;

/* The origin of a write; the strings are borrowed until the next write begins. */
struct plan_origin {
	const char *causes; /* as in struct change; NULL: none */
	const char *by;     /* its author, as in struct change; NULL: unknown */
	const char *writer; /* the name of the token presented with it; NULL: none */
	const char *reason; /* of a write of noahd's own ("expired"); NULL: a client's write */
};

struct plan *plan_create(struct registry *registry, int64_t now_ms);

/* As plan_create, while another plan is still pending: the new plan sees the changes of that one and continues its
   revisions. It must be applied after that one, and discarded if that one is. An object has only one planned version at
   a time: a write to an object that the other plan has changed is blocked until that is applied (plan_is_blocked). */
struct plan *plan_create_behind(const struct plan *before);

/* After the commit: makes the changes visible to readers. Frees the plan. */
void plan_apply(struct plan *take);
/* After a failed commit: drops the changes. Frees the plan; NULL is fine. */
void plan_discard(struct plan *take);

struct registry *plan_registry(const struct plan *plan);
/* Wall clock: the time of the writes planned from now on. */
int64_t plan_now_ms(const struct plan *plan);
void plan_set_now(struct plan *plan, int64_t now_ms);

/* The revision of the last planned change. */
uint64_t plan_revision(const struct plan *plan);
/* The changes so far, in order; borrowed until the plan changes. */
const struct change_list *plan_changes(const struct plan *plan);
/* Hands the changes to the caller, to commit them. They may be returned, before anything else is planned. */
struct change_list plan_take_changes(struct plan *plan);
void plan_return_changes(struct plan *plan, struct change_list take);
/* Whether a change affects rights (kind_granting): what follows must not be planned before it is applied. */
bool plan_changes_rights(const struct plan *plan);

/* Begins a write; NULL: of unknown origin. */
void plan_write(struct plan *plan, const struct plan_origin *origin);
/* The writer of the current write; NULL: none. */
const char *plan_writer(const struct plan *plan);

/* Declares the current write as a renewal of the lifetime with that turn (struct record). plan_renewed_turn is 0 for
   other writes. */
void plan_renew(struct plan *plan, unsigned turn);
unsigned plan_renewed_turn(const struct plan *plan);
/* Blocks the current write as long as an unapplied renewal is planned: what expires is not known until then. */
void plan_wait_for_renewals(struct plan *plan);

/* plan_undo takes back everything planned since the last plan_mark. */
void plan_mark(struct plan *plan);
void plan_undo(struct plan *plan);

/* Whether a write since the mark is blocked by another plan (plan_create_behind): it must be undone and planned again
   later. */
bool plan_is_blocked(const struct plan *plan);

/* How many bytes may be planned from one mark to the next; 0: no limit. */
void plan_limit_bytes(struct plan *plan, size_t bytes_max);
size_t plan_bytes_max(const struct plan *plan);
/* Adds other memory of the write to what its changes take. */
void plan_count(struct plan *plan, size_t bytes);
/* The memory of the changes, and what was added by plan_count. */
size_t plan_bytes(const struct plan *plan);
/* Whether more than bytes_max was planned since the mark: it must be undone. No change is made beyond the limit. */
bool plan_is_too_large(const struct plan *plan);

/* The entry at a path in the planned version; takes the path. NULL and ERROR_NOT_FOUND: there is none. */
struct registry_entry *plan_find(const struct plan *plan, char *take_path, struct error *err);

/* Puts a copy of the value (NULL: none) at a path. An existing object keeps its id and creation time. */
struct plan_value {
	const void *bytes;
	size_t size;
};
struct registry_entry *plan_put(struct plan *plan, enum object_kind kind, const char *path,
    const struct plan_value *value, enum change_action *out_action);

/* After plan_put, which keeps the lifetime: begins a new one, with a turn that was never used; 0: unlimited. */
void plan_set_lifetime(struct registry_entry *entry, int64_t lifetime_ms);

/* Whether the object that was put is new or has a new value. */
bool plan_value_differs(const struct registry_entry *entry);
/* Before it is announced: notes that the view has changed because of an object that it shows. */
void plan_view_differs(struct registry_entry *entry);

/* As plan_put with the present value, to announce an object because of a write to an object that it shows. */
void plan_put_again(struct plan *plan, struct registry_entry *entry);
/* As plan_put_again with new tags or links, in the form of struct record; takes them. Announces the object at its
   former and its new paths. */
void plan_tag(struct plan *plan, struct registry_entry *entry, char *take_tags);
void plan_link(struct plan *plan, struct registry_entry *entry, char *take_links);

/* Announces an entry after plan_put. The event shows its view as it is now, so a write puts all its objects first. */
void plan_announce(struct plan *plan, struct registry_entry *entry, enum change_action action);

/* Deletes an entry and announces it with its last view: take_view, made by event_view before the write began, or NULL
   for the present one. */
void plan_delete(struct plan *plan, struct registry_entry *entry, json_t *take_view);

#endif
