/* sender.h - has pokerd-report, an unprivileged process that links libcurl, send one request. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_OUTBOUND_SENDER_H
#define POKERD_OUTBOUND_SENDER_H

#include "pokerd/outbound/outbound_request.h"
#include "pokerd/run/spawn_identity.h"

#include <sys/types.h>

/* Opens ../lib/noah/pokerd-report, or pokerd-report, both relative to the folder of executable, which is a path; NULL:
   our own. ERROR_NOT_FOUND; ERROR_DENIED if its owner is neither root nor our user, or if others may write it. -1 on
   failure; the caller closes it. */
int sender_open_program(const char *executable, struct error *err);

/* A pokerd-report on its way. */
struct sender {
	pid_t pid;
	int fd;        /* readable once it has ended: then sender_finish */
	int answer_fd; /* its standard output */
};

/* Starts pokerd-report as user, with an empty environment and no privileges; does not wait. It ends by itself some
   seconds after request->timeout_ms, and with us. Single-threaded callers only. */
bool sender_start(const struct outbound_request *request, const struct spawn_identity *user, struct sender *out,
    struct error *err);

/* Kills it unless it has ended, reaps it, and returns its answer, which may be an error. */
void sender_finish(struct sender *sender, struct outbound_answer *out);

/* Starts it and waits for its answer, which may be an error. False: it was not started. */
bool sender_ask(const struct outbound_request *request, const struct spawn_identity *user, struct outbound_answer *out,
    struct error *err);

#endif
