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
	const struct control_job *job; /* NULL: no job has the store */
	struct control_client *owner;  /* of the job; NULL: it has hung up */
	struct store_job store_job;    /* the job's */
	bool is_store_job_over;
	atomic_bool is_closing;       /* for steps that take long */
	void *work;                   /* the job's */
	struct token_job *token_jobs; /* that are not done yet */
};

/* Something that has the store for itself, one at a time: work on the store, and then what its client does until it
   hangs up. */
struct control_job {
	const char *name; /* "a backup or an export": for others who want the store */
	bool (*step)(struct store_job *job, const struct store_engine *engine, void *state, uint64_t *revision,
	    bool *out_more, struct error *err);
	/* The work on the store is over: answers the owner, if there is one. */
	void (*over)(struct control *control);
	/* The work on the store is over or will never be, and the owner has hung up: frees the work. */
	void (*end)(struct control *control);
};

/* Whether a job may begin: the store is free, and an engine that can be copied and filled. False: the client has
   been told. */
bool control_may_begin(struct control *control, struct control_client *client);
void control_begin(struct control *control, struct control_client *client, const struct control_job *job,
    void *take_work);
/* For a job's step, which touches nothing of it but its work, and is_closing. */
struct control *control_of_store_job(struct store_job *job);

/* Handlers: each answers its client (control_socket.h), now or later. request is borrowed until it returns. */
void control_copy(struct control *control, struct control_client *client, const json_t *request);
void control_import(struct control *control, struct control_client *client, const json_t *request);
void control_token(struct control *control, struct control_client *client, const json_t *request);

/* control_token.c's: a client has hung up; nothing will be done any more. */
void token_jobs_gone(struct control *control, const struct control_client *client);
void token_jobs_end(struct control *control);

#endif
