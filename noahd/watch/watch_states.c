/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/watch_states.h"

#include "common/clock.h"
#include "common/memory.h"
#include "noahd/watch/watch_table.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { PUBLISH_MS = 50 };

/* Immutable: the watches that are not active, by path; followed by the paths. */
struct snapshot {
	size_t count;
	struct watch_known {
		const char *path;
		uint64_t created;
		enum watch_state state;
	} watches[];
};

struct watch_states {
	struct event_loop *loop;
	const struct watch_table *table;
	struct event_timer timer;
	_Atomic(struct snapshot *) latest; /* not taken yet by the API thread; NULL: it has taken the last one */
	struct snapshot *known;            /* the API thread's */
};

static void publish_now(void *context, int64_t now_ms)
{
	(void)now_ms;
	watch_states_publish(context);
}

struct watch_states *watch_states_create(struct event_loop *loop, const struct watch_table *table)
{
	struct watch_states *states = memory_zeroed(1, sizeof(*states));

	states->loop = loop;
	states->table = table;
	states->timer = (struct event_timer){ .fire = publish_now, .context = states };
	return states;
}

void watch_states_destroy(struct watch_states *states)
{
	if (!states)
		return;
	event_timer_cancel(states->loop, &states->timer);
	free(atomic_load(&states->latest));
	free(states->known);
	free(states);
}

static int watch_states_by_path(const void *left, const void *right)
{
	const struct watch_known *a = left, *b = right;
	return strcmp(a->path, b->path);
}

static struct snapshot *take_snapshot(const struct watch_table *table)
{
	struct watch *watch, *following;
	size_t count = 0, bytes = 0;

	HASH_ITER (hh, table->watches, watch, following) {
		if (watch->state == WATCH_ACTIVE)
			continue;
		count++;
		bytes += strlen(watch->path) + 1;
	}
	struct snapshot *snapshot = memory_allocate(sizeof(*snapshot) + count * sizeof(struct watch_known) + bytes);
	char *text = (char *)&snapshot->watches[count];
	snapshot->count = 0;
	HASH_ITER (hh, table->watches, watch, following) {
		if (watch->state == WATCH_ACTIVE)
			continue;
		snapshot->watches[snapshot->count++] = (struct watch_known){ text, watch->target.registered, watch->state };
		text = stpcpy(text, watch->path) + 1;
	}
	qsort(snapshot->watches, count, sizeof(struct watch_known), watch_states_by_path);
	return snapshot;
}

void watch_states_publish(struct watch_states *states)
{
	free(atomic_exchange(&states->latest, take_snapshot(states->table)));
}

void watch_states_changed(struct watch_states *states)
{
	if (states && !states->timer.place)
		event_timer_set(states->loop, &states->timer, clock_monotonic_ms() + PUBLISH_MS);
}

enum watch_state watch_states_find(struct watch_states *states, const char *path, uint64_t created)
{
	struct snapshot *latest = atomic_exchange(&states->latest, NULL);
	const struct watch_known wanted = { .path = path };

	if (latest) {
		free(states->known);
		states->known = latest;
	}
	if (!states->known)
		return WATCH_ACTIVE;
	const struct watch_known *found =
	    bsearch(&wanted, states->known->watches, states->known->count, sizeof(wanted), watch_states_by_path);
	return found && found->created == created ? found->state : WATCH_ACTIVE;
}
