/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/waiters.h"

#include "common/clock.h"
#include "common/memory.h"
#include "noahd/api/api_private.h"
#include "noahd/api/resources.h"
#include "noahd/api/routes.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/link.h"
#include "noahd/registry/token_table.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum { JUDGED_AT_ONCE = 256 }; /* so that nobody else waits for thousands of them */

struct waiter {
	struct waiters *owner;
	struct waiter_group *group;
	struct read read;
	struct event_timer deadline;
	bool is_woken, is_over;
	struct waiter *previous, *next; /* in the group, or among the woken */
};

/* Those who ask for one path. */
struct waiter_group {
	char *path;
	struct waiter *asleep;
	size_t count; /* the woken too */
	UT_hash_handle hh;
};

struct waiters {
	struct api *api;
	struct waiter_group *groups; /* by path */
	struct waiter *woken;        /* to be looked at, in that order */
	size_t count;
	size_t groups_in_applications; /* those whose path is below an application's */
	bool is_started, is_ending;
};

/* ---- groups ---------------------------------------------------------------------------------------------------------- */

/* The path a request asks for, as changes have it. free() it. */
static char *path_of(const struct http_call *call)
{
	char *path = route_path(call);
	size_t size = strlen(path);

	if (size > 0 && path[size - 1] == '/')
		path[size - 1] = '\0';
	return path;
}

static struct waiter_group *find_group(const struct waiters *waiters, const char *path, size_t size)
{
	struct waiter_group *group;

	HASH_FIND(hh, waiters->groups, path, size, group);
	return group;
}

static bool is_in_application(const struct waiter_group *group)
{
	static const char above[] = "/applications/";
	return !strncmp(group->path, above, sizeof(above) - 1) && strchr(group->path + sizeof(above) - 1, '/');
}

static struct waiter_group *make_group(struct waiters *waiters, const char *path)
{
	struct waiter_group *group = memory_zeroed(1, sizeof(*group));

	group->path = memory_text(path);
	waiters->groups_in_applications += is_in_application(group);
	HASH_ADD_KEYPTR(hh, waiters->groups, group->path, strlen(group->path), group);
	return group;
}

static void leave_group(struct waiters *waiters, struct waiter_group *group)
{
	if (--group->count > 0)
		return;
	HASH_DEL(waiters->groups, group);
	waiters->groups_in_applications -= is_in_application(group);
	free(group->path);
	free(group);
}

static struct waiter **list_of(struct waiter *waiter)
{
	return waiter->is_woken ? &waiter->owner->woken : &waiter->group->asleep;
}

static void move(struct waiter *waiter, bool is_woken)
{
	DL_DELETE2(*list_of(waiter), waiter, previous, next);
	waiter->is_woken = is_woken;
	DL_APPEND2(*list_of(waiter), waiter, previous, next);
}

static void waiter_destroy(struct waiter *waiter)
{
	struct waiters *waiters = waiter->owner;

	DL_DELETE2(*list_of(waiter), waiter, previous, next);
	event_timer_cancel(waiters->api->options.loop, &waiter->deadline);
	leave_group(waiters, waiter->group);
	token_release(waiter->read.call.caller);
	waiters->count--;
	free(waiter);
}

/* ---- waiting --------------------------------------------------------------------------------------------------------- */

static void time_is_up(void *context, int64_t now_ms)
{
	struct waiter *waiter = context;

	(void)now_ms;
	waiter->is_over = true;
	if (!waiter->is_woken)
		move(waiter, true);
}

/* Who has shut down only the sending side gets what there is; who has left costs no more until the deadline. */
static void client_hung_up(void *context)
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

void waiters_add(struct waiters *waiters, const struct read *read)
{
	struct waiter *waiter = memory_zeroed(1, sizeof(*waiter));
	char *path = path_of(&read->call);

	waiter->owner = waiters;
	waiter->read = *read;
	(void)token_reference(read->call.caller);
	waiter->group = find_group(waiters, path, strlen(path));
	if (!waiter->group)
		waiter->group = make_group(waiters, path);
	waiter->group->count++;
	waiters->count++;
	waiter->is_woken = waiters->is_ending;
	DL_APPEND2(*list_of(waiter), waiter, previous, next);
	waiter->deadline = (struct event_timer){ .fire = time_is_up, .context = waiter };
	event_timer_set(waiters->api->options.loop, &waiter->deadline, clock_monotonic_ms() + wait_ms_of(read));
	http_request_on_hang_up(read->call.request, client_hung_up, waiter);
	free(path);
}

static void judge(struct waiter *waiter)
{
	if (!read_is_due(&waiter->read) && !waiter->is_over && !waiter->owner->is_ending) {
		move(waiter, false);
		return;
	}
	read_answer(&waiter->read);
	waiter_destroy(waiter);
}

/* Before each wait of the loop. */
static int64_t judge_some(void *context)
{
	struct waiters *waiters = context;

	for (int i = 0; waiters->woken && i < JUDGED_AT_ONCE; i++)
		judge(waiters->woken);
	return waiters->woken ? 0 : -1;
}

/* ---- waking ---------------------------------------------------------------------------------------------------------- */

static void wake_group(struct waiter_group *group)
{
	while (group && group->asleep)
		move(group->asleep, true);
}

static void wake_above(const struct waiters *waiters, const char *path)
{
	size_t size = strlen(path);

	while (size > 0) {
		wake_group(find_group(waiters, path, size));
		do
			size--;
		while (size > 0 && path[size] != '/');
	}
	wake_group(find_group(waiters, "", 0));
}

/* A link stands at two paths, and what is in it below one of them. */
static void wake(const struct waiters *waiters, const char *path)
{
	char *link = memory_copy(path, 1 + strcspn(path + 1, "/"));

	wake_above(waiters, path);
	if (link_check_name(link, NULL)) {
		char *other = memory_join("/links", link);
		wake_above(waiters, other);
		free(other);
	}
	free(link);
}

static void wake_each(const struct waiters *waiters, const char *paths)
{
	for (const char *end; (end = strchr(paths, '\n')); paths = end + 1) {
		char *path = memory_copy(paths, (size_t)(end - paths));
		wake(waiters, path);
		free(path);
	}
}

/* A configuration that leaves an application, or whose application ends, has no change of its own: but it stands there no more. */
static void wake_in_application(const struct waiters *waiters, const char *application)
{
	const size_t size = strlen(application);
	struct waiter_group *group, *following;

	HASH_ITER (hh, waiters->groups, group, following)
		if (!strncmp(group->path, application, size) && group->path[size] == '/')
			wake_group(group);
}

void waiters_note_change(struct waiters *waiters, const struct change *change)
{
	if (!waiters->groups)
		return;
	if (change->record.kind == OBJECT_APPLICATION && waiters->groups_in_applications > 0)
		wake_in_application(waiters, change->record.path);
	wake(waiters, change->record.path);
	wake_each(waiters, change->aliases);
}

void waiters_note_entry(struct waiters *waiters, const struct registry_entry *entry)
{
	if (!waiters->groups || !registry_record(entry, VERSION_PLANNED))
		return;
	char *aliases = kind_aliases(waiters->api->registry, entry);
	wake(waiters, entry->path);
	wake_each(waiters, aliases);
	free(aliases);
}

/* ---- life ------------------------------------------------------------------------------------------------------------ */

struct waiters *waiters_create(struct api *api)
{
	struct waiters *waiters = memory_zeroed(1, sizeof(*waiters));

	waiters->api = api;
	return waiters;
}

void waiters_start(struct waiters *waiters)
{
	event_loop_before_wait(waiters->api->options.loop, judge_some, waiters);
	waiters->is_started = true;
}

static void wake_all(struct waiters *waiters)
{
	struct waiter_group *group, *following;

	HASH_ITER (hh, waiters->groups, group, following)
		wake_group(group);
}

void waiters_note_everything(struct waiters *waiters)
{
	wake_all(waiters);
}

size_t waiters_count(const struct waiters *waiters)
{
	return waiters->count;
}

void waiters_end(struct waiters *waiters)
{
	waiters->is_ending = true;
	wake_all(waiters);
}

void waiters_destroy(struct waiters *waiters)
{
	if (!waiters)
		return;
	wake_all(waiters);
	while (waiters->woken)
		waiter_destroy(waiters->woken);
	if (waiters->is_started)
		event_loop_before_wait_end(waiters->api->options.loop, judge_some, waiters);
	free(waiters);
}
