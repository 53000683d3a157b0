/* http_fixture.h - a server in a thread, and a client that sends bytes as they are. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HTTP_FIXTURE_H
#define TESTS_HTTP_FIXTURE_H

#include "common/http_server.h"
#include "common/memory.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { FIXTURE_BODY_BYTES_MAX = 1000, FIXTURE_PARKED_MAX = 64, FIXTURE_PATIENCE_S = 10 };

struct fixture {
	struct http_server_options options;
	struct event_loop *loop;
	struct http_server *server;
	struct event_source stop;
	pthread_t thread;
	int listen_fd;
	char address[64];
	struct http_request *parked[FIXTURE_PARKED_MAX];
	struct http_request *hooked;
	_Atomic size_t parked_count; /* tests wait for it */
};

extern struct fixture fixture;

struct answer {
	int status;
	bool closes; /* it says so */
	char head[2048], body[4096];
};

/* ---- the server ---- */

/* For cmocka: a server with the options of fixture_init in a thread of its own, and its end. */
int fixture_up(void **state);
int fixture_down(void **state);

/* fixture_up in steps; the options may be changed before the start. */
void fixture_init(void);
void fixture_start(void);
/* The loop's thread is gone after fixture_join, the server is not; fixture_run goes on. */
void fixture_run(void);
void fixture_join(void);
void fixture_finish(void);

void fixture_respond(struct http_request *request, unsigned status, const char *text);
/* Answers METHOD FIRST-SEGMENT PARAMETER-a HEADER-x [BODY]. */
void fixture_echo(struct http_request *request);
/* By the first segment: "park", "release", "hook", "abandon", "peer", "client", "unchanged"; others are echoed. */
void fixture_handle(struct http_request *request, void *context);

/* ---- its client ---- */

int client_connect(void);
void client_send(int fd, const char *text);
struct answer client_answer_without_body(int fd);
struct answer client_answer(int fd);
/* False where the server closes the connection without a byte. */
bool client_is_answered(int fd);
/* Fails unless these bytes come, and none before them. */
void client_expect_bytes(int fd, const char *text);
/* Fails unless the server closes the connection without another byte. */
void client_expect_end(int fd);
struct answer client_ask(int fd, const char *text);
/* An answer to a request with this one, on a connection that has been used before. */
void client_expect_alive(int fd);
/* The answer to a request on a connection of its own, which must be usable afterwards. */
struct answer ask_and_go_on(const char *text);
struct answer ask_and_be_closed(const char *text);

#endif
