/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/endpoint_queue.h"

#include "common/memory.h"

#include <assert.h>
#include <stdlib.h>

static struct queued_delivery *entry_at(const struct endpoint_queue *queue, size_t i)
{
	return &queue->entries[(queue->first + i) & (queue->room - 1)]; /* room is a power of two */
}

static void release(struct endpoint_queue *queue, struct queued_delivery *delivery)
{
	queue->budget->bytes -= delivery->change->bytes;
	queue->budget->count--;
	change_release(delivery->change);
}

void endpoint_queue_finish(struct endpoint_queue *queue)
{
	while (queue->count)
		endpoint_queue_pop(queue);
	free(queue->entries);
	*queue = (struct endpoint_queue){ .budget = queue->budget };
}

bool endpoint_queue_has_room(const struct endpoint_queue *queue)
{
	if (!queue->count)
		return true;
	return queue->count < ENDPOINT_QUEUE_ENTRIES_MAX && queue->budget->bytes < queue->budget->bytes_max;
}

bool endpoint_queue_is_low(const struct endpoint_queue *queue)
{
	return queue->count <= ENDPOINT_QUEUE_ENTRIES_MAX / 4 && endpoint_queue_has_room(queue);
}

void endpoint_queue_push(struct endpoint_queue *queue, const struct queued_delivery *delivery)
{
	if (queue->count == queue->room) {
		size_t room = queue->room ? 2 * queue->room : 4;
		struct queued_delivery *entries = memory_zeroed(room, sizeof(*entries));
		for (size_t i = 0; i < queue->count; i++)
			entries[i] = *entry_at(queue, i);
		free(queue->entries);
		queue->entries = entries;
		queue->first = 0;
		queue->room = room;
	}
	queue->count++;
	struct queued_delivery *last = entry_at(queue, queue->count - 1);
	*last = *delivery;
	change_reference(last->change);
	queue->budget->bytes += last->change->bytes;
	queue->budget->count++;
}

struct queued_delivery *endpoint_queue_head(const struct endpoint_queue *queue)
{
	return queue->count ? entry_at(queue, 0) : NULL;
}

void endpoint_queue_pop(struct endpoint_queue *queue)
{
	assert(queue->count);
	release(queue, entry_at(queue, 0));
	queue->first = (queue->first + 1) & (queue->room - 1);
	queue->count--;
}

bool endpoint_queue_drop_watch(struct endpoint_queue *queue, const struct watch *watch,
    enum endpoint_queue_head_state head)
{
	bool drops_head = queue->count && entry_at(queue, 0)->watch == watch && head == HEAD_WAITS;
	size_t kept = 0;

	for (size_t i = 0; i < queue->count; i++) {
		struct queued_delivery entry = *entry_at(queue, i);
		if (entry.watch == watch && head == HEAD_UNDER_WAY && i == 0)
			entry.watch = NULL;
		if (entry.watch == watch)
			release(queue, &entry);
		else
			*entry_at(queue, kept++) = entry;
	}
	queue->count = kept;
	return drops_head;
}
