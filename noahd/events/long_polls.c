/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/events/long_polls.h"

#include "common/clock.h"
#include "common/memory.h"
#include "noahd/registry/aliases.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/link.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum { CHECKED_AT_ONCE = 256 }; /* so that other clients do not wait for thousands of them */

/* Those that ask for one path. */
struct long_poll_group {
	char *path;
	struct long_poll *asleep;
	size_t count; /* the woken too */
	UT_hash_handle hh;
};

struct long_polls {
	struct event_loop *loop;
	struct registry *registry;
	struct long_poll_group *groups; /* by path */
	struct long_poll *woken;        /* to be checked, in that order */
	size_t count;
	size_t groups_losing_silently; /* those for which may_lose_silently */
	bool is_started, is_ending;
};

/* ---- groups ------------------------------------------------------------------------------------------------------ */

static struct long_poll_group *find_group(const struct long_polls *long_polls, const char *path, size_t size)
{
	struct long_poll_group *group;

	HASH_FIND(hh, long_polls->groups, path, size, group);
	return group;
}

/* Whether objects have paths below those of this kind without any change of their own when they appear there or
   leave. */
static bool loses_silently(const struct kind *kind)
{
	return kind->shown && !kind->moves_with_shown;
}

/* Whether its path is below that of an object of such a kind: "/applications/shop/configurations/db". */
static bool may_lose_silently(const struct long_poll_group *group)
{
	for (const struct kind *const *kind = kind_listed; *kind; kind++)
		if (loses_silently(*kind) && !strncmp(group->path, (*kind)->prefix, (*kind)->name_at))
			return strchr(group->path + (*kind)->name_at, '/');
	return false;
}

static void leave_group(struct long_polls *long_polls, struct long_poll_group *group)
{
	if (--group->count > 0)
		return;
	HASH_DEL(long_polls->groups, group);
	long_polls->groups_losing_silently -= may_lose_silently(group);
	free(group->path);
	free(group);
}

static struct long_poll **list_of(struct long_poll *long_poll)
{
	return long_poll->is_woken ? &long_poll->owner->woken : &long_poll->group->asleep;
}

enum long_poll_state { LONG_POLL_ASLEEP, LONG_POLL_WOKEN };

static void long_poll_move(struct long_poll *long_poll, enum long_poll_state to)
{
	DL_DELETE2(*list_of(long_poll), long_poll, previous, next);
	long_poll->is_woken = to == LONG_POLL_WOKEN;
	DL_APPEND2(*list_of(long_poll), long_poll, previous, next);
}

static void long_poll_end(struct long_poll *long_poll, enum long_poll_end end)
{
	struct long_polls *long_polls = long_poll->owner;

	DL_DELETE2(*list_of(long_poll), long_poll, previous, next);
	event_timer_cancel(long_polls->loop, &long_poll->deadline);
	leave_group(long_polls, long_poll->group);
	long_polls->count--;
	long_poll->end(long_poll, end);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static void time_is_up(void *context, int64_t now_ms)
{
	struct long_poll *long_poll = context;

	(void)now_ms;
	long_poll->is_over = true;
	if (!long_poll->is_woken)
		long_poll_move(long_poll, LONG_POLL_WOKEN);
}

void long_poll_hurry(struct long_poll *long_poll)
{
	time_is_up(long_poll, 0);
}

void long_polls_add(struct long_polls *long_polls, struct long_poll *take, const char *path, int64_t wait_ms)
{
	size_t size = strlen(path);

	size -= size > 0 && path[size - 1] == '/'; /* as changes have it */
	take->owner = long_polls;
	take->group = find_group(long_polls, path, size);
	if (!take->group) {
		take->group = memory_zeroed(1, sizeof(*take->group));
		take->group->path = memory_copy(path, size);
		long_polls->groups_losing_silently += may_lose_silently(take->group);
		HASH_ADD_KEYPTR(hh, long_polls->groups, take->group->path, size, take->group);
	}
	take->group->count++;
	long_polls->count++;
	take->is_woken = long_polls->is_ending;
	DL_APPEND2(*list_of(take), take, previous, next);
	take->deadline = (struct event_timer){ .fire = time_is_up, .context = take };
	event_timer_set(long_polls->loop, &take->deadline, clock_monotonic_ms() + wait_ms);
}

/* Before each wait of the loop. */
static int64_t judge_some(void *context)
{
	struct long_polls *long_polls = context;

	for (int i = 0; long_polls->woken && i < CHECKED_AT_ONCE; i++) {
		struct long_poll *long_poll = long_polls->woken;
		if (long_poll->is_due(long_poll) || long_poll->is_over || long_polls->is_ending)
			long_poll_end(long_poll, LONG_POLL_ANSWER);
		else
			long_poll_move(long_poll, LONG_POLL_ASLEEP);
	}
	return long_polls->woken ? 0 : -1;
}

/* ---- waking ------------------------------------------------------------------------------------------------------ */

static void wake_group(struct long_poll_group *group)
{
	while (group && group->asleep)
		long_poll_move(group->asleep, LONG_POLL_WOKEN);
}

static void wake_above(const struct long_polls *long_polls, const char *path)
{
	size_t size = strlen(path);

	while (size > 0) {
		wake_group(find_group(long_polls, path, size));
		do
			size--;
		while (size > 0 && path[size] != '/');
	}
	wake_group(find_group(long_polls, "", 0));
}

/* A link stands at two paths, and what is in it below one of them. */
static void wake(const struct long_polls *long_polls, const char *path)
{
	char *link = memory_copy(path, 1 + strcspn(path + 1, "/"));

	wake_above(long_polls, path);
	if (link_check_name(link, NULL)) {
		char *other = memory_join("/links", link);
		wake_above(long_polls, other);
		free(other);
	}
	free(link);
}

static void wake_each(const struct long_polls *long_polls, const char *paths)
{
	for (const char *end; (end = strchr(paths, '\n')); paths = end + 1) {
		char *path = memory_copy(paths, (size_t)(end - paths));
		wake(long_polls, path);
		free(path);
	}
}

/* A configuration that is removed from an application, or whose application is deleted, has no change of its own. */
static void wake_below(const struct long_polls *long_polls, const char *above)
{
	const size_t size = strlen(above);
	struct long_poll_group *group, *following;

	HASH_ITER (hh, long_polls->groups, group, following)
		if (!strncmp(group->path, above, size) && group->path[size] == '/')
			wake_group(group);
}

void long_polls_note_change(struct long_polls *long_polls, const struct change *change)
{
	if (!long_polls->groups)
		return;
	if (loses_silently(kind_of(change->record.kind)) && long_polls->groups_losing_silently > 0)
		wake_below(long_polls, change->record.path);
	wake(long_polls, change->record.path);
	wake_each(long_polls, change->aliases);
}

void long_polls_note_everything(struct long_polls *long_polls)
{
	struct long_poll_group *group, *following;

	HASH_ITER (hh, long_polls->groups, group, following)
		wake_group(group);
}

/* The entry has changed, or something that it shows. With a token, its caller's rights may have changed. */
static void long_polls_follow(struct registry_entry *entry, void *context)
{
	struct long_polls *long_polls = context;

	if (kind_grants_rights(entry->kind))
		long_polls_note_everything(long_polls);
	if (!long_polls->groups || !registry_record(entry, VERSION_PLANNED))
		return;
	char *aliases = aliases_of_entry(long_polls->registry, entry);
	wake(long_polls, entry->path);
	wake_each(long_polls, aliases);
	free(aliases);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct long_polls *long_polls_create(struct event_loop *loop, struct registry *registry)
{
	struct long_polls *long_polls = memory_zeroed(1, sizeof(*long_polls));

	long_polls->loop = loop;
	long_polls->registry = registry;
	registry_add_reader(registry,
	    &(struct registry_reader){ .after_change = long_polls_follow, .context = long_polls });
	return long_polls;
}

void long_polls_start(struct long_polls *long_polls)
{
	event_loop_before_wait(long_polls->loop, judge_some, long_polls);
	long_polls->is_started = true;
}

size_t long_polls_count(const struct long_polls *long_polls)
{
	return long_polls->count;
}

void long_polls_end(struct long_polls *long_polls)
{
	long_polls->is_ending = true;
	long_polls_note_everything(long_polls);
}

void long_polls_destroy(struct long_polls *long_polls)
{
	if (!long_polls)
		return;
	registry_remove_reader(long_polls->registry, long_polls);
	long_polls_note_everything(long_polls);
	while (long_polls->woken)
		long_poll_end(long_polls->woken, LONG_POLL_FORGET);
	if (long_polls->is_started)
		event_loop_before_wait_end(long_polls->loop, judge_some, long_polls);
	free(long_polls);
}
