/* waiters - parks many GETs, each on a connection of its own, and tells how long after a PUT the last of them is
   answered. Started by tests/bench/run: waiters PORT COUNT WAITING_REQUEST PUT_REQUEST [FIRST_REQUEST]. The requests
   are sent as they are, the first one before on every connection. Says "sent", waits for a line on stdin, then wakes
   them and prints milliseconds. */
/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/bench/shared/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

struct waiters {
	int epoll;
	struct http_client *clients;
	size_t count, answered;
};

static void count_answer(struct http_client *client, void *context)
{
	struct waiters *waiters = context;
	(void)client;
	waiters->answered++;
}

static void open_all(struct waiters *waiters, uint16_t port)
{
	for (size_t i = 0; i < waiters->count; i++) {
		waiters->clients[i] = (struct http_client){ .answered = count_answer, .context = waiters };
		http_client_open(&waiters->clients[i], waiters->epoll, port);
	}
}

static void send_all(struct waiters *waiters, const char *request)
{
	waiters->answered = 0;
	for (size_t i = 0; i < waiters->count; i++)
		http_client_send(&waiters->clients[i], request);
}

static void wait_for_all(struct waiters *waiters)
{
	while (waiters->answered < waiters->count)
		http_clients_turn(waiters->epoll);
}

static double wake(struct waiters *waiters, uint16_t port, const char *request)
{
	struct http_client writer = { 0 };
	http_client_open(&writer, waiters->epoll, port);
	double begun_ms = now_ms();
	http_client_send(&writer, request);
	wait_for_all(waiters);
	return now_ms() - begun_ms;
}

int main(int argc, char **argv)
{
	if (argc != 5 && argc != 6)
		fail("usage: waiters PORT COUNT WAITING_REQUEST PUT_REQUEST [FIRST_REQUEST]");
	uint16_t port = (uint16_t)atoi(argv[1]);
	struct waiters waiters = { .epoll = epoll_create1(EPOLL_CLOEXEC), .count = strtoul(argv[2], NULL, 10) };
	waiters.clients = calloc(waiters.count, sizeof(*waiters.clients));
	if (waiters.clients == NULL)
		abort();
	open_all(&waiters, port);
	if (argc == 6) {
		send_all(&waiters, argv[5]);
		wait_for_all(&waiters);
	}
	send_all(&waiters, argv[3]);
	puts("sent");
	fflush(stdout);
	(void)getchar();
	if (waiters.answered > 0)
		fail("%zu did not wait", waiters.answered);
	printf("%.3f\n", wake(&waiters, port, argv[4]));
	return 0;
}
