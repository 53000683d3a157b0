/* plan.h - a batch of writes, worked out against the registry and against each other before anything is on disk. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_PLAN_H
#define NOAHD_REGISTRY_PLAN_H

#include "common/error.h"
#include "noahd/registry/registry.h"

#include <jansson.h>

/* What an entry was before the plan gave it another version. */
struct plan_step {
	struct registry_entry *entry;
	struct record *planned;
	const struct plan *plan;
};

/* The API thread's. While it exists, readers still see the applied versions. Its address is its own until it is applied or
   discarded: entries refer to it. */
struct plan {
	struct registry *registry;
	int64_t now_ms;     /* wall clock: when the writes happen that are planned from here on */
	uint64_t revision;  /* of the last change planned */
	uint64_t write;     /* of the current write's first change */
	const char *causes; /* of the current write, borrowed: change.h */
	const char *writer; /* of the current write: the name of the token that was shown for it; NULL: none */
	const char *by;     /* of the current write: who made it, as in struct change, borrowed */
	unsigned turn;      /* of the current write, a renewal: of the lifetime that it renews */
	const char *reason; /* why the current write happens, where nobody asked for it ("expired"); NULL */
	struct change_list changes;
	struct registry_entry **entries; /* that have a planned version */
	size_t entry_count, entry_room;
	struct plan_step *steps; /* since the mark */
	size_t step_count, step_room;
	size_t marked_changes; /* how many there were at the mark */
	size_t bytes;          /* of its changes, and of what else plan_count was told of */
	size_t marked_bytes;   /* at the mark */
	size_t bytes_max;      /* that may be planned from one mark to the next; 0: any number */
	bool is_too_large;     /* since the mark, there are more: undo it; no change was made beyond that */
	bool changes_tokens;   /* who may write what comes next is known when it is applied */
	bool
	    renews; /* it, or one before it that was not applied when it began, holds a renewal: what lapses is known when that is applied */
	bool is_blocked; /* since the mark, an object that another plan has changed was changed: undo it (plan_follow) */
};

void plan_begin(struct plan *plan, struct registry *registry, int64_t now_ms);

/* As plan_begin, while another plan is neither applied nor discarded: this one sees what that one has made of the registry and goes
   on from there. It must be settled after that one, and discarded when that one is. An object has but one planned version at a time:
   a write that changes what that one changes is_blocked until it is applied. */
void plan_follow(struct plan *plan, const struct plan *before);

/* Each write begins with this. */
void plan_write(struct plan *plan, const char *causes);

/* What is planned from here on, plan_undo takes back, as if it had never been. A later mark replaces it. */
void plan_mark(struct plan *plan);
void plan_undo(struct plan *plan);

/* What is made beside the changes counts too. */
void plan_count(struct plan *plan, size_t bytes);

/* The entry at a path as the plan has it by now; the path is taken. NULL and ERROR_NOT_FOUND where there is none. */
struct registry_entry *plan_find(const struct plan *plan, char *take_path, struct error *err);

/* What a write puts there; value NULL: none. Copied. Keeps id and creation of what is there. */
struct plan_value {
	const void *bytes;
	size_t size;
};
struct registry_entry *plan_put(struct plan *plan, enum object_kind kind, const char *path,
    const struct plan_value *value, enum change_action *out_action);

/* After plan_put, which leaves a lifetime as it was: this one begins; 0: it stays. Its turn is another one than ever before. */
void plan_set_lifetime(struct registry_entry *entry, int64_t lifetime_ms);

/* Whether what was put has another value than before, or is new. */
bool plan_value_differs(const struct registry_entry *entry);
/* Before it is announced: what is put looks different, since something that it shows does. */
void plan_looks_differ(struct registry_entry *entry);

/* As plan_put with the value that is there, for an object that is announced because something that it shows was written. */
void plan_put_again(struct plan *plan, struct registry_entry *entry);
/* So with other tags, or links, as struct record keeps them, taken. Announces it, at the paths of before and after. */
void plan_tag(struct plan *plan, struct registry_entry *entry, char *take_tags);
void plan_link(struct plan *plan, struct registry_entry *entry, char *take_links);

/* Announces what plan_put made of an entry, with its view as the whole write leaves it: put first, announce then. */
void plan_announce(struct plan *plan, struct registry_entry *entry, enum change_action action);

/* Deletes an entry and announces it as it was; view: event_view's, from before the write began (NULL: as it is now). */
void plan_delete(struct plan *plan, struct registry_entry *entry, json_t *take_view);

/* After the commit: readers see it. */
void plan_apply(struct plan *plan);
/* The commit failed: as if it had never been. */
void plan_discard(struct plan *plan);

#endif
