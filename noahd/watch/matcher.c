/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/matcher.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* A target matched a change by one of its paths. */
struct hit {
	struct matcher_target *target;
	struct change *change;
	bool own;
};

struct matcher {
	const struct watch_index *index;
	matcher_filter *filter;
	void *context; /* the filter's */
	uint64_t run;
	struct hit *hits;
	size_t hit_count, hit_room;
	struct change *change; /* whose paths are being matched */
	const char *path;      /* and which of them */
	bool own;
};

struct matcher *matcher_create(const struct watch_index *index, matcher_filter *filter, void *context)
{
	struct matcher *matcher = memory_zeroed(1, sizeof(*matcher));
	matcher->index = index;
	matcher->filter = filter;
	matcher->context = context;
	return matcher;
}

void matcher_destroy(struct matcher *matcher)
{
	if (!matcher)
		return;
	free(matcher->hits);
	free(matcher);
}

static void note_hit(void *context, struct watch_index_entry *entry)
{
	struct matcher *matcher = context;
	struct matcher_target *target = (struct matcher_target *)entry; /* its first member */

	if (matcher->filter && !matcher->filter(matcher->context, target, matcher->change, matcher->path))
		return;
	if (target->run != matcher->run) {
		target->run = matcher->run;
		target->last_own = target->last_alias = 0;
	}
	if (matcher->hit_count == matcher->hit_room) {
		matcher->hit_room = matcher->hit_room ? 2 * matcher->hit_room : 64;
		matcher->hits = memory_grow(matcher->hits, matcher->hit_room, sizeof(*matcher->hits));
	}
	matcher->hits[matcher->hit_count++] = (struct hit){ target, matcher->change, matcher->own };
	if (matcher->own)
		target->last_own = matcher->hit_count;
	else
		target->last_alias = matcher->hit_count;
}

static void match(struct matcher *matcher, struct change *change)
{
	char *path = NULL;

	matcher->change = change;
	matcher->path = change->record.path;
	matcher->own = true;
	watch_index_match(matcher->index, change->record.path, note_hit, matcher);
	matcher->own = false;
	for (const char *alias = change->aliases, *end; (end = strchr(alias, '\n')); alias = end + 1) {
		size_t size = (size_t)(end - alias);
		path = memory_grow(path, size + 1, 1);
		memcpy(path, alias, size);
		path[size] = '\0';
		matcher->path = path;
		watch_index_match(matcher->index, path, note_hit, matcher);
	}
	free(path);
}

/* Whether the hit at this place (counted from 1) is delivered to its target. */
static bool is_delivered(const struct hit *hit, size_t place)
{
	const struct matcher_target *target = hit->target;

	if (hit->change->revision <= target->registered)
		return false;
	return hit->own || (!target->last_own && target->last_alias == place);
}

/* How many hits from place i (counted from 0) on are of the same change, and how many targets get it. */
static size_t count_told(const struct matcher *matcher, size_t i, size_t *out_told)
{
	const struct change *change = matcher->hits[i].change;
	size_t end = i;

	*out_told = 0;
	for (; end < matcher->hit_count && matcher->hits[end].change == change; end++)
		*out_told += is_delivered(&matcher->hits[end], end + 1);
	return end;
}

void matcher_run(struct matcher *matcher, struct change *const *changes, size_t count,
    void (*deliver)(void *context, const struct matcher_delivery *delivery), void *context)
{
	matcher->run++;
	matcher->hit_count = 0;
	for (size_t i = 0; i < count; i++)
		match(matcher, changes[i]);
	for (size_t i = 0, end = 0, told = 0; i < matcher->hit_count; i++) {
		const struct hit *hit = &matcher->hits[i];
		if (i == end)
			end = count_told(matcher, i, &told);
		struct matcher_delivery delivery = { hit->target, hit->change, hit->change->revision, told };
		if (hit->change->revision <= hit->target->after || !is_delivered(hit, i + 1))
			continue;
		if (!hit->own || hit->target->last_own == i + 1)
			delivery.acknowledges = changes[count - 1]->revision;
		deliver(context, &delivery);
	}
}
