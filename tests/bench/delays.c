/* delays - how long a large answer takes, and how long another client waits for its small ones meanwhile. Started by
   tests/bench/run: delays PORT LARGE_REQUEST SMALL_REQUEST; prints milliseconds to the first byte, to the last, of the
   longest small answer; then how many bytes and how many small answers that were. */
/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/bench/shared/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

struct large {
	double begun_ms, first_ms, last_ms; /* 0: not yet */
	size_t bytes;
};

struct small {
	const char *request;
	double sent_ms, longest_ms;
	unsigned long count;
};

static void take_bytes(void *context, const char *bytes, size_t size)
{
	struct large *large = context;
	(void)bytes;
	if (large->bytes == 0)
		large->first_ms = now_ms();
	large->bytes += size;
}

static void end_large(struct http_client *client, void *context)
{
	struct large *large = context;
	(void)client;
	large->last_ms = now_ms();
}

static void send_small(struct http_client *client, struct small *small)
{
	small->sent_ms = now_ms();
	http_client_send(client, small->request);
}

static void next_small(struct http_client *client, void *context)
{
	struct small *small = context;
	double took_ms = now_ms() - small->sent_ms;
	small->longest_ms = took_ms > small->longest_ms ? took_ms : small->longest_ms;
	small->count++;
	send_small(client, small);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		fail("usage: delays PORT LARGE_REQUEST SMALL_REQUEST");
	uint16_t port = (uint16_t)atoi(argv[1]);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct large large = { 0 };
	struct small small = { .request = argv[3] };
	struct http_client one = { .answered = end_large, .context = &large };
	struct http_client other = { .answered = next_small, .context = &small };
	one.answer.take_body = take_bytes;
	one.answer.context = &large;
	http_client_open(&one, epoll, port);
	http_client_open(&other, epoll, port);
	large.begun_ms = now_ms();
	http_client_send(&one, argv[2]);
	send_small(&other, &small);
	/* The small one that is on its way at the end has waited for the large one, too. */
	unsigned long last = 0;
	while (large.last_ms == 0 || small.count <= last) {
		http_clients_turn(epoll);
		if (large.last_ms == 0)
			last = small.count;
	}
	printf("%.3f %.3f %.3f %zu %lu\n", large.first_ms - large.begun_ms, large.last_ms - large.begun_ms,
	    small.longest_ms, large.bytes, small.count);
	return 0;
}
