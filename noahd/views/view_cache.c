/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/view_cache.h"

#include "common/memory.h"
#include "noahd/http/response.h"

#include <stdlib.h>
#include <utlist.h>

/* libmicrohttpd's response with six headers, and ours. */
enum { OVERHEAD_BYTES = 1300 };

/* Once the cache is full, one in so many gets a place in it: where more is read than fits, most of what were taken in
   would leave unread, and turning it over costs more than making it again. */
enum { TAKEN_IN_EACH = 32 };

struct view {
	struct registry_entry *entry;
	struct http_response *response;
	uint64_t revision; /* that the response's header says now */
	size_t bytes;
	struct view *previous, *next; /* most lately read first */
};

struct view_cache {
	struct registry *registry;
	size_t slot; /* of an entry's view */
	struct view *views;
	size_t bytes, bytes_max;
	unsigned turned_away;
	struct http_response *passing; /* the last one that was, until its answer is under way */
};

static void view_cache_drop(struct registry_entry *entry, void *context)
{
	struct view_cache *cache = context;
	struct view *view = entry->slots[cache->slot];

	if (!view)
		return;
	DL_DELETE2(cache->views, view, previous, next);
	cache->bytes -= view->bytes;
	http_response_release(view->response);
	free(view);
	entry->slots[cache->slot] = NULL;
}

struct view_cache *view_cache_create(struct registry *registry, size_t bytes_max)
{
	struct view_cache *cache = memory_zeroed(1, sizeof(*cache));

	cache->registry = registry;
	cache->slot = registry_add_slot(registry);
	cache->bytes_max = bytes_max;
	registry_add_reader(registry, &(struct registry_reader){ .after_change = view_cache_drop, .context = cache });
	return cache;
}

void view_cache_destroy(struct view_cache *cache)
{
	if (!cache)
		return;
	registry_remove_reader(cache->registry, cache);
	while (cache->views)
		view_cache_drop(cache->views->entry, cache);
	http_response_release(cache->passing);
	free(cache);
}

struct http_response *view_cache_get(struct view_cache *cache, struct registry_entry *entry, uint64_t revision)
{
	struct view *view = entry->slots[cache->slot];

	if (!view)
		return NULL;
	if (view != cache->views) {
		DL_DELETE2(cache->views, view, previous, next);
		DL_PREPEND2(cache->views, view, previous, next);
	}
	if (view->revision != revision) {
		response_set_revision(view->response, revision);
		view->revision = revision;
	}
	return view->response;
}

void view_cache_put(struct view_cache *cache, struct registry_entry *entry, struct http_response *take, size_t bytes,
    uint64_t revision)
{
	struct view *view;

	view_cache_drop(entry, cache);
	bool has_place = cache->bytes + bytes + OVERHEAD_BYTES <= cache->bytes_max;
	if (!has_place && ++cache->turned_away % TAKEN_IN_EACH != 0) {
		http_response_release(cache->passing);
		cache->passing = take;
		return;
	}
	view = memory_allocate(sizeof(*view));
	*view = (struct view){ .entry = entry, .response = take, .revision = revision, .bytes = bytes + OVERHEAD_BYTES };
	entry->slots[cache->slot] = view;
	DL_PREPEND2(cache->views, view, previous, next);
	cache->bytes += view->bytes;
	while (cache->bytes > cache->bytes_max && cache->views->previous != cache->views)
		view_cache_drop(cache->views->previous->entry, cache);
}
