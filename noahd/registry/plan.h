/* plan.h - a batch of writes, worked out against the registry and against each other before anything is on disk. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_PLAN_H
#define NOAHD_REGISTRY_PLAN_H

#include "common/error.h"
#include "noahd/registry/registry.h"

#include <jansson.h>

/* The API thread's. While it exists, readers still see the applied versions. Entries refer to it until it is applied or
   discarded. */
struct plan;

/* Where a write comes from; its texts are borrowed until the next one begins. */
struct plan_origin {
	const char *causes; /* as in struct change; NULL: none */
	const char *by;     /* who makes it, as in struct change; NULL: not known */
	const char *writer; /* the name of the token that was shown for it; NULL: none */
	const char *reason; /* why noahd makes it itself ("expired"); NULL: a client does */
};

struct plan *plan_create(struct registry *registry, int64_t now_ms);

/* As plan_create, while another plan is neither applied nor discarded: this one sees what that one has made of the
   registry and goes on from there. It must be settled after that one, and discarded when that one is. An object has but
   one planned version at a time: a write that changes what that one changes is blocked until it is applied
   (plan_is_blocked). */
struct plan *plan_create_behind(const struct plan *before);

/* After the commit: readers see what was planned. Frees the plan. */
void plan_apply(struct plan *take);
/* The commit failed: as if the plan had never been. Frees it; NULL is fine. */
void plan_discard(struct plan *take);

struct registry *plan_registry(const struct plan *plan);
/* Wall clock: when the writes happen that are planned from here on. */
int64_t plan_now_ms(const struct plan *plan);
void plan_set_now(struct plan *plan, int64_t now_ms);

/* Of the last change planned. */
uint64_t plan_revision(const struct plan *plan);
/* What is planned so far, in order; borrowed until the plan changes. */
const struct change_list *plan_changes(const struct plan *plan);
/* The changes go to the caller, who commits them, and may come back, before more is planned. */
struct change_list plan_take_changes(struct plan *plan);
void plan_return_changes(struct plan *plan, struct change_list take);
/* Whether some change decides what callers may do: what is planned behind it has to see it applied. */
bool plan_changes_rights(const struct plan *plan);

/* Each write begins with this; NULL: its origin is not known. */
void plan_write(struct plan *plan, const struct plan_origin *origin);
/* The current write's, NULL: none. */
const char *plan_writer(const struct plan *plan);

/* The current write renews the lifetime of that turn (struct record); 0 from plan_renewed_turn: it renews none. */
void plan_renew(struct plan *plan, unsigned turn);
unsigned plan_renewed_turn(const struct plan *plan);
/* Blocks the current write where a renewal is planned that is not applied yet: what expires is known when it is. */
void plan_wait_for_renewals(struct plan *plan);

/* What is planned from here on, plan_undo takes back, as if it had never been. A later mark replaces it. */
void plan_mark(struct plan *plan);
void plan_undo(struct plan *plan);

/* Since the mark, an object was changed that another plan has changed (plan_create_behind): undo it, and plan it again
   later. */
bool plan_is_blocked(const struct plan *plan);

/* How many bytes may be planned from one mark to the next; 0: any number. */
void plan_limit_bytes(struct plan *plan, size_t bytes_max);
size_t plan_bytes_max(const struct plan *plan);
/* What is made beside the changes counts too. */
void plan_count(struct plan *plan, size_t bytes);
/* What the changes take, and what else was counted. */
size_t plan_bytes(const struct plan *plan);
/* Since the mark there are more than may be: undo it. No change was made beyond the limit. */
bool plan_is_too_large(const struct plan *plan);

/* The entry at a path as the plan has it by now; the path is taken. NULL and ERROR_NOT_FOUND where there is none. */
struct registry_entry *plan_find(const struct plan *plan, char *take_path, struct error *err);

/* What a write puts there; value NULL: none. Copied. Keeps id and creation of what is there. */
struct plan_value {
	const void *bytes;
	size_t size;
};
struct registry_entry *plan_put(struct plan *plan, enum object_kind kind, const char *path,
    const struct plan_value *value, enum change_action *out_action);

/* After plan_put, which leaves a lifetime as it was: this one begins; 0: it stays. Its turn is another one than ever
   before. */
void plan_set_lifetime(struct registry_entry *entry, int64_t lifetime_ms);

/* Whether what was put has another value than before, or is new. */
bool plan_value_differs(const struct registry_entry *entry);
/* Before it is announced: what is put looks different, since something that it shows does. */
void plan_view_differs(struct registry_entry *entry);

/* As plan_put with the value that is there, for an object that is announced because something that it shows was
   written. */
void plan_put_again(struct plan *plan, struct registry_entry *entry);
/* So with other tags, or links, as struct record keeps them, taken. Announces it, at the paths of before and after. */
void plan_tag(struct plan *plan, struct registry_entry *entry, char *take_tags);
void plan_link(struct plan *plan, struct registry_entry *entry, char *take_links);

/* Announces what plan_put made of an entry, with its view as the whole write leaves it: put first, announce then. */
void plan_announce(struct plan *plan, struct registry_entry *entry, enum change_action action);

/* Deletes an entry and announces it as it was; view: event_view's, from before the write began (NULL: as it is now). */
void plan_delete(struct plan *plan, struct registry_entry *entry, json_t *take_view);

#endif
