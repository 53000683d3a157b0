/* http_client.h - many keep-alive connections to one server on loopback, from one thread. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_SHARED_HTTP_CLIENT_H
#define TESTS_BENCH_SHARED_HTTP_CLIENT_H

#include "tests/bench/shared/http_answer.h"

#include <stdint.h>

/* Whatever goes wrong ends the process and is told on stderr: a load that was not what it should be has no figure. */
struct http_client {
	int fd;
	struct http_answer answer;
	/* Each answer but a 200 ends the process; NULL: no callback. May send the next request. */
	void (*answered)(struct http_client *client, void *context);
	void *context;
};

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

double now_ms(void);

/* Connects; epoll tells of it from now on. The client stays where it is and lives as long as the process. */
void http_client_open(struct http_client *client, int epoll, uint16_t port);

/* Sends a request as it is given, whole. Expects one answer. */
void http_client_send(struct http_client *client, const char *request);

/* Waits for bytes and has them taken. Ends the process where nothing comes for 60 s. */
void http_clients_turn(int epoll);

#endif
