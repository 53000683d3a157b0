/* write_queue.h - writes in order of arrival: planned in batches, committed, applied, answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_WRITE_QUEUE_H
#define NOAHD_API_WRITE_QUEUE_H

#include "common/error.h"
#include "noahd/api/write.h"
#include "noahd/store/store_thread.h"

#include <stdbool.h>

struct api;
struct write_queue;

struct write_queue *write_queue_create(struct api *api);
/* After the HTTP server has stopped. */
void write_queue_destroy(struct write_queue *queue);
/* answers: where commits come back, on the api's loop. */
void write_queue_start(struct write_queue *queue, struct store_thread *store, struct inbox *answers);

/* Takes a write and answers its request: at the end of its batch, or at once where Noah-Cause, Noah-Node or Noah-Run is
   malformed (400) or not the token's (403), or too much is waiting (503). A write without a request is told the same
   way, by its finished. */
void write_queue_add(struct write_queue *queue, struct write *take);

/* While it is paused, no batch is begun: writes wait. */
void write_queue_pause(struct write_queue *queue, bool is_paused);

bool write_queue_is_idle(const struct write_queue *queue);

/* Why writes do not get through: told while the last batch was refused, and that not long ago. NULL: they do. */
const char *write_queue_trouble(const struct write_queue *queue);

#endif
