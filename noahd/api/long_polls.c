/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/long_polls.h"

#include "common/clock.h"
#include "common/memory.h"
#include "noahd/api/context.h"
#include "noahd/api/routes.h"
#include "noahd/registry/aliases.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/link.h"
#include "noahd/registry/token_table.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum { JUDGED_AT_ONCE = 256 }; /* so that nobody else waits for thousands of them */

struct long_poll {
	struct long_polls *owner;
	struct long_poll_group *group;
	struct read read;
	struct event_timer deadline;
	bool is_woken, is_over;
	struct long_poll *previous, *next; /* in the group, or among the woken */
};

/* Those who ask for one path. */
struct long_poll_group {
	char *path;
	struct long_poll *asleep;
	size_t count; /* the woken too */
	UT_hash_handle hh;
};

struct long_polls {
	struct api *api;
	struct long_poll_group *groups; /* by path */
	struct long_poll *woken;        /* to be looked at, in that order */
	size_t count;
	size_t groups_losing_silently; /* those for which may_lose_silently */
	bool is_started, is_ending;
};

/* ---- groups ------------------------------------------------------------------------------------------------------ */

/* The path a request asks for, as changes have it. free() it. */
static char *long_polls_path_of(const struct http_call *call)
{
	char *path = route_path(call);
	size_t size = strlen(path);

	if (size > 0 && path[size - 1] == '/')
		path[size - 1] = '\0';
	return path;
}

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

static struct long_poll_group *make_group(struct long_polls *long_polls, const char *path)
{
	struct long_poll_group *group = memory_zeroed(1, sizeof(*group));

	group->path = memory_text(path);
	long_polls->groups_losing_silently += may_lose_silently(group);
	HASH_ADD_KEYPTR(hh, long_polls->groups, group->path, strlen(group->path), group);
	return group;
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

static void move(struct long_poll *long_poll, bool is_woken)
{
	DL_DELETE2(*list_of(long_poll), long_poll, previous, next);
	long_poll->is_woken = is_woken;
	DL_APPEND2(*list_of(long_poll), long_poll, previous, next);
}

static void long_poll_destroy(struct long_poll *long_poll)
{
	struct long_polls *long_polls = long_poll->owner;

	DL_DELETE2(*list_of(long_poll), long_poll, previous, next);
	event_timer_cancel(long_polls->api->options.loop, &long_poll->deadline);
	leave_group(long_polls, long_poll->group);
	token_release(long_poll->read.call.caller);
	long_polls->count--;
	free(long_poll);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static void time_is_up(void *context, int64_t now_ms)
{
	struct long_poll *long_poll = context;

	(void)now_ms;
	long_poll->is_over = true;
	if (!long_poll->is_woken)
		move(long_poll, true);
}

/* Who has shut down only the sending side gets what there is; who has left costs no more until the deadline. */
static void long_polls_client_hung_up(void *context)
{
	time_is_up(context, 0);
}

/* Its caller's token may expire first: an answer at the next change there would tell of it. */
static int64_t wait_ms_of(const struct read *read)
{
	const int64_t expires_ms = read->call.caller ? token_expires_ms(read->call.caller) : 0;
	const int64_t left_ms = expires_ms ? expires_ms - clock_wall_ms() : read->wait_ms;

	return left_ms < read->wait_ms ? left_ms : read->wait_ms;
}

void long_polls_add(struct long_polls *long_polls, const struct read *read)
{
	struct long_poll *long_poll = memory_zeroed(1, sizeof(*long_poll));
	char *path = long_polls_path_of(&read->call);

	long_poll->owner = long_polls;
	long_poll->read = *read;
	(void)token_reference(read->call.caller);
	long_poll->group = find_group(long_polls, path, strlen(path));
	if (!long_poll->group)
		long_poll->group = make_group(long_polls, path);
	long_poll->group->count++;
	long_polls->count++;
	long_poll->is_woken = long_polls->is_ending;
	DL_APPEND2(*list_of(long_poll), long_poll, previous, next);
	long_poll->deadline = (struct event_timer){ .fire = time_is_up, .context = long_poll };
	event_timer_set(long_polls->api->options.loop, &long_poll->deadline, clock_monotonic_ms() + wait_ms_of(read));
	http_request_on_hang_up(read->call.request, long_polls_client_hung_up, long_poll);
	free(path);
}

static void long_polls_judge(struct long_poll *long_poll)
{
	if (!read_is_due(&long_poll->read) && !long_poll->is_over && !long_poll->owner->is_ending) {
		move(long_poll, false);
		return;
	}
	read_answer(&long_poll->read);
	long_poll_destroy(long_poll);
}

/* Before each wait of the loop. */
static int64_t judge_some(void *context)
{
	struct long_polls *long_polls = context;

	for (int i = 0; long_polls->woken && i < JUDGED_AT_ONCE; i++)
		long_polls_judge(long_polls->woken);
	return long_polls->woken ? 0 : -1;
}

/* ---- waking ------------------------------------------------------------------------------------------------------ */

static void wake_group(struct long_poll_group *group)
{
	while (group && group->asleep)
		move(group->asleep, true);
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

static void wake_all(struct long_polls *long_polls)
{
	struct long_poll_group *group, *following;

	HASH_ITER (hh, long_polls->groups, group, following)
		wake_group(group);
}

/* An entry looks different, maybe because of what it shows. With a token, what its holders may read may be another. */
static void long_polls_follow(struct registry_entry *entry, void *context)
{
	struct long_polls *long_polls = context;

	if (kind_grants_rights(entry->kind))
		wake_all(long_polls);
	if (!long_polls->groups || !registry_record(entry, VERSION_PLANNED))
		return;
	char *aliases = aliases_of_entry(long_polls->api->registry, entry);
	wake(long_polls, entry->path);
	wake_each(long_polls, aliases);
	free(aliases);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct long_polls *long_polls_create(struct api *api)
{
	struct long_polls *long_polls = memory_zeroed(1, sizeof(*long_polls));

	long_polls->api = api;
	registry_add_reader(api->registry,
	    &(struct registry_reader){ .after_change = long_polls_follow, .context = long_polls });
	return long_polls;
}

void long_polls_start(struct long_polls *long_polls)
{
	event_loop_before_wait(long_polls->api->options.loop, judge_some, long_polls);
	long_polls->is_started = true;
}

void long_polls_note_everything(struct long_polls *long_polls)
{
	wake_all(long_polls);
}

size_t long_polls_count(const struct long_polls *long_polls)
{
	return long_polls->count;
}

void long_polls_end(struct long_polls *long_polls)
{
	long_polls->is_ending = true;
	wake_all(long_polls);
}

void long_polls_destroy(struct long_polls *long_polls)
{
	if (!long_polls)
		return;
	registry_remove_reader(long_polls->api->registry, long_polls);
	wake_all(long_polls);
	while (long_polls->woken)
		long_poll_destroy(long_polls->woken);
	if (long_polls->is_started)
		event_loop_before_wait_end(long_polls->api->options.loop, judge_some, long_polls);
	free(long_polls);
}
