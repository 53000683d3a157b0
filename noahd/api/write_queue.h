/* write_queue.h - writes in order of arrival: planned in batches, committed, applied, answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_WRITE_QUEUE_H
#define NOAHD_API_WRITE_QUEUE_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/registry/plan.h"
#include "noahd/store/store_thread.h"

#include <jansson.h>
#include <stdbool.h>

struct api;
struct write;

/* Works out one write: false with err is a refusal, and nothing may have been planned then. The answer is the caller's. */
typedef bool write_planner(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err);

/* A write that waits. Borrowed by its planner. */
struct write {
	struct http_call call; /* its strings live as long as the request, which is unanswered */
	json_t *body;          /* what the handler made of the request's body; NULL: nothing */
	char *causes;          /* as in struct change */
	write_planner *plan;
	json_t *answer;    /* once planned */
	struct error err;  /* when refused */
	uint64_t revision; /* once planned: of its last change */
	size_t bytes;
	struct write *next;
};

struct write_queue;

struct write_queue *write_queue_create(struct api *api);
/* After the HTTP server has stopped. */
void write_queue_destroy(struct write_queue *queue);
bool write_queue_start(struct write_queue *queue, struct store_thread *store, struct mailbox *commits,
    struct error *err);

/* Takes a write; body (NULL: none) is taken. Answers by itself: at the end of its batch, or at once where Noah-Cause is malformed
   (400) or too much is waiting (503). */
void write_queue_add(struct http_call *call, write_planner *plan, json_t *take_body);

bool write_queue_is_idle(const struct write_queue *queue);

/* Why writes do not get through: told while the last batch was refused, and that not long ago. NULL: they do. */
const char *write_queue_trouble(const struct write_queue *queue);

#endif
