/* plan_private.h - a plan as its batch (plan.c) and its objects (plan_objects.c) see it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_PLAN_PRIVATE_H
#define NOAHD_REGISTRY_PLAN_PRIVATE_H

#include "noahd/registry/plan.h"

/* What the plan replaced in an entry. */
struct plan_step {
	struct registry_entry *entry;
	struct record *planned;
	const struct plan *plan;
};

struct plan {
	struct registry *registry;
	int64_t now_ms;            /* wall clock */
	uint64_t revision;         /* of the last planned change */
	uint64_t write;            /* of the current write's first change */
	struct plan_origin origin; /* of the current write; causes and by are never NULL */
	unsigned turn;             /* of the lifetime that the current write renews; 0: it is no renewal */
	struct change_list changes;
	struct registry_entry **entries; /* that have a planned version */
	size_t entry_count, entry_room;
	struct plan_step *steps; /* since the mark */
	size_t step_count, step_room;
	size_t marked_changes; /* their number at the mark */
	size_t bytes;          /* of the changes, and what plan_count added */
	size_t marked_bytes;   /* at the mark */
	size_t bytes_max;      /* from mark to mark; 0: no limit */
	bool is_too_large;     /* since the mark */
	bool is_blocked;       /* since the mark */
	bool changes_rights;
	bool renews; /* it contains a renewal, or a plan before it did that was pending when it began */
};

/* Sets the planned version of an entry, replacing one made earlier in this batch; NULL: it is deleted. */
void plan_stage_version(struct plan *plan, struct registry_entry *entry, struct record *take_version);

#endif
