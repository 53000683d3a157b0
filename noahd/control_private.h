/* control_private.h - what the files that serve commands share: who has the store, and the table's handlers. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_CONTROL_PRIVATE_H
#define NOAHD_CONTROL_PRIVATE_H

#include "common/control_socket.h"
#include "noahd/control.h"

#include <stdatomic.h>

struct control {
	struct control_host host;
	struct control_socket *socket;
	struct event_source errand_back;
	const struct task *task;      /* NULL: the store is nobody's */
	struct control_client *owner; /* of the task; NULL: it has hung up */
	struct store_errand errand;   /* of the task */
	bool is_errand_over;
	atomic_bool is_closing;           /* for errands that take long in one step */
	void *work;                       /* the task's */
	struct token_order *token_orders; /* that are not done yet */
};

/* Something that has the store for itself, one at a time: an errand, and then what its client does until it hangs
   up. */
struct task {
	const char *name; /* "a backup or an export": for others who want the store */
	bool (*step)(struct store_errand *errand, const struct store_engine *engine, void *state, uint64_t *revision,
	    bool *out_more, struct error *err);
	/* The errand is over: answers the owner, if there is one. */
	void (*over)(struct control *control);
	/* The errand is over or will never be, and the owner has hung up: frees the work. */
	void (*end)(struct control *control);
};

/* Whether a task may begin: the store is nobody's, and an engine that can be copied and filled. False: the client has
   been told. */
bool control_may_begin(struct control *control, struct control_client *client);
void control_begin(struct control *control, struct control_client *client, const struct task *task, void *take_work);
/* For a task's step, which touches nothing of it but its work, and is_closing. */
struct control *control_of_errand(struct store_errand *errand);

/* Handlers: each answers its client (control_socket.h), now or later. request is borrowed until it returns. */
void control_copy(struct control *control, struct control_client *client, const json_t *request);
void control_import(struct control *control, struct control_client *client, const json_t *request);
void control_token(struct control *control, struct control_client *client, const json_t *request);

/* control_token.c's: a client has hung up; nothing will be done any more. */
void token_orders_gone(struct control *control, const struct control_client *client);
void token_orders_end(struct control *control);

#endif
