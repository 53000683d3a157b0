/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/plan_private.h"

#include "common/memory.h"
#include "noahd/registry/registry_private.h"

#include <assert.h>
#include <stdlib.h>

struct plan *plan_create(struct registry *registry, int64_t now_ms)
{
	struct plan *plan = memory_zeroed(1, sizeof(*plan));

	plan->registry = registry;
	plan->now_ms = now_ms;
	plan->revision = registry_revision(registry);
	plan->origin = (struct plan_origin){ .causes = "", .by = "" };
	return plan;
}

struct plan *plan_create_behind(const struct plan *before)
{
	struct plan *plan = plan_create(before->registry, before->now_ms);

	plan->revision = before->revision;
	plan->renews = before->renews;
	return plan;
}

struct registry *plan_registry(const struct plan *plan)
{
	return plan->registry;
}

int64_t plan_now_ms(const struct plan *plan)
{
	return plan->now_ms;
}

void plan_set_now(struct plan *plan, int64_t now_ms)
{
	plan->now_ms = now_ms;
}

uint64_t plan_revision(const struct plan *plan)
{
	return plan->revision;
}

const struct change_list *plan_changes(const struct plan *plan)
{
	return &plan->changes;
}

struct change_list plan_take_changes(struct plan *plan)
{
	struct change_list changes = plan->changes;

	plan->changes = (struct change_list){ 0 };
	return changes;
}

void plan_return_changes(struct plan *plan, struct change_list take)
{
	assert(!plan->changes.count);
	plan->changes = take;
}

bool plan_changes_rights(const struct plan *plan)
{
	return plan->changes_rights;
}

void plan_write(struct plan *plan, const struct plan_origin *origin)
{
	plan->write = plan->revision + 1;
	plan->turn = 0;
	plan->origin = origin ? *origin : (struct plan_origin){ 0 };
	if (!plan->origin.causes)
		plan->origin.causes = "";
	if (!plan->origin.by)
		plan->origin.by = "";
}

const char *plan_writer(const struct plan *plan)
{
	return plan->origin.writer;
}

void plan_renew(struct plan *plan, unsigned turn)
{
	plan->renews = true;
	plan->turn = turn;
}

unsigned plan_renewed_turn(const struct plan *plan)
{
	return plan->turn;
}

void plan_wait_for_renewals(struct plan *plan)
{
	plan->is_blocked |= plan->renews;
}

bool plan_is_blocked(const struct plan *plan)
{
	return plan->is_blocked;
}

void plan_limit_bytes(struct plan *plan, size_t bytes_max)
{
	plan->bytes_max = bytes_max;
}

size_t plan_bytes_max(const struct plan *plan)
{
	return plan->bytes_max;
}

size_t plan_bytes(const struct plan *plan)
{
	return plan->bytes;
}

bool plan_is_too_large(const struct plan *plan)
{
	return plan->is_too_large;
}

void plan_stage_version(struct plan *plan, struct registry_entry *entry, struct record *take_version)
{
	if (plan->step_count == plan->step_room) {
		plan->step_room = plan->step_room ? 2 * plan->step_room : 16;
		plan->steps = memory_grow(plan->steps, plan->step_room, sizeof(*plan->steps));
	}
	plan->steps[plan->step_count++] = (struct plan_step){ entry, entry->planned, entry->plan };
	if (!entry->plan && plan->entry_count == plan->entry_room) {
		plan->entry_room = plan->entry_room ? 2 * plan->entry_room : 16;
		plan->entries = memory_grow(plan->entries, plan->entry_room, sizeof(struct registry_entry *));
	}
	if (!entry->plan)
		plan->entries[plan->entry_count++] = entry;
	else if (entry->plan != plan)
		plan->is_blocked = true;
	registry_plan(plan->registry, entry, plan, take_version);
}

void plan_mark(struct plan *plan)
{
	while (plan->step_count > 0)
		registry_version_free(plan->steps[--plan->step_count].planned);
	plan->marked_changes = plan->changes.count;
	plan->marked_bytes = plan->bytes;
	plan->is_blocked = plan->is_too_large = false;
}

void plan_undo(struct plan *plan)
{
	struct change_list *changes = &plan->changes;

	plan->revision -= changes->count - plan->marked_changes;
	for (size_t i = 0; i < plan->step_count; i++)
		registry_unnote_changes(plan->registry, plan->steps[i].entry, plan->revision);
	/* In reverse order, so an entry that was new to the plan is its last one. */
	while (plan->step_count > 0) {
		const struct plan_step *step = &plan->steps[--plan->step_count];
		struct record *undone = step->entry->planned;
		if (step->plan) {
			registry_plan(plan->registry, step->entry, step->plan, step->planned);
			registry_version_free(undone);
		} else {
			plan->entry_count--;
			registry_discard(plan->registry, step->entry);
		}
	}
	while (changes->count > plan->marked_changes)
		change_release(changes->changes[--changes->count]);
	plan->bytes = plan->marked_bytes;
}

void plan_count(struct plan *plan, size_t bytes)
{
	plan->bytes += bytes;
	plan->is_too_large |= plan->bytes_max && plan->bytes - plan->marked_bytes > plan->bytes_max;
}

static void plan_destroy(struct plan *plan)
{
	free(plan->entries);
	free(plan->steps);
	change_list_finish(&plan->changes);
	free(plan);
}

void plan_apply(struct plan *take)
{
	struct registry *registry = take->registry;

	plan_mark(take);
	for (size_t i = 0; i < take->entry_count; i++)
		registry_expect_change(registry, take->entries[i]);
	registry_advance(registry, take->revision);
	for (size_t i = 0; i < take->entry_count; i++)
		registry_apply(registry, take->entries[i]);
	plan_destroy(take);
}

void plan_discard(struct plan *take)
{
	if (!take)
		return;
	plan_mark(take);
	for (size_t i = 0; i < take->entry_count; i++)
		registry_discard(take->registry, take->entries[i]);
	plan_destroy(take);
}
