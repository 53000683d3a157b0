/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/queue/run_pokes.h"

#include "common/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_event(const char *text)
{
	size_t size = strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.");

	return !text[size] && size <= RUN_POKES_EVENT_BYTES_MAX;
}

void run_pokes_append(struct run_pokes *pokes, const char *id, const char *event)
{
	if (pokes->count == pokes->room) {
		pokes->room = pokes->room ? pokes->room * 2 : 4;
		pokes->list = memory_grow(pokes->list, pokes->room, sizeof(*pokes->list));
	}
	pokes->list[pokes->count++] = (struct run_poke){
		.id = memory_text(id),
		.event = memory_text(is_event(event) ? event : ""),
	};
}

void run_pokes_describe_last(struct run_pokes *pokes, const char *about)
{
	struct run_poke *last = &pokes->list[pokes->count - 1];

	free(last->about);
	last->about = strlen(about) <= RUN_POKES_ABOUT_BYTES_MAX ? memory_text(about) : NULL;
}

static void free_poke(struct run_poke *poke)
{
	free(poke->id);
	free(poke->event);
	free(poke->about);
}

void run_pokes_drop_first(struct run_pokes *pokes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free_poke(&pokes->list[i]);
	pokes->count -= count;
	if (count)
		memmove(pokes->list, pokes->list + count, pokes->count * sizeof(*pokes->list));
}

void run_pokes_finish(struct run_pokes *pokes)
{
	for (size_t i = 0; i < pokes->count; i++)
		free_poke(&pokes->list[i]);
	free(pokes->list);
	*pokes = (struct run_pokes){ 0 };
}

size_t run_pokes_dropped(const struct run_pokes *pokes)
{
	return pokes->count > RUN_POKES_CARRIED_MAX ? pokes->count - RUN_POKES_CARRIED_MAX : 0;
}

static bool is_known(const char *const *events, size_t count, const char *event)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(events[i], event))
			return true;
	return false;
}

/* Newest first; returns how many. */
static size_t newest_events(const struct run_pokes *pokes, const char *events[RUN_POKES_CAUSES_MAX])
{
	size_t count = 0;

	for (size_t i = pokes->count; i-- > 0 && count < RUN_POKES_CAUSES_MAX;) {
		const char *event = pokes->list[i].event;
		if (*event && !is_known(events, count, event))
			events[count++] = event;
	}
	return count;
}

char *run_pokes_causes(const struct run_pokes *pokes)
{
	const char *events[RUN_POKES_CAUSES_MAX];
	size_t count = newest_events(pokes, events);
	size_t bytes = 1;

	for (size_t i = 0; i < count; i++)
		bytes += strlen(events[i]) + strlen(", ");

	char *causes = memory_zeroed(1, bytes);
	char *end = causes;
	while (count-- > 0) {
		end = stpcpy(end, events[count]);
		if (count)
			end = stpcpy(end, ", ");
	}
	return causes;
}
