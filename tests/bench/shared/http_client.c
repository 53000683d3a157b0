/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/shared/http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { EVENTS_MAX = 256, SILENCE_MS_MAX = 60000 };

void fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void http_client_open(struct http_client *client, int epoll, uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
	/* Reset at the end, so that ten thousand of them do not keep ten thousand ports for a minute. */
	const struct linger reset = { .l_onoff = 1 };
	const int on = 1;
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) != 0 ||
	    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
		fail("connect: %s", strerror(errno));
}

void http_client_send(struct http_client *client, const char *request)
{
	size_t size = strlen(request);
	http_answer_renew(&client->answer);
	if (send(client->fd, request, size, MSG_NOSIGNAL) != (ssize_t)size)
		fail("send: %s", strerror(errno));
}

static void take_answer(struct http_client *client)
{
	if (client->answer.status != 200)
		fail("answered %d", client->answer.status);
	if (client->answered != NULL)
		client->answered(client, client->context);
}

static void receive(struct http_client *client)
{
	static char bytes[1 << 18];
	ssize_t got = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0)
		fail("the connection ended: %s", got == 0 ? "closed" : strerror(errno));
	size_t taken = http_answer_take(&client->answer, bytes, (size_t)got);
	if (taken < (size_t)got)
		fail("%zu unexpected bytes", (size_t)got - taken);
	if (client->answer.state == HTTP_ANSWER_COMPLETE)
		take_answer(client);
}

void http_clients_turn(int epoll)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(epoll, events, EVENTS_MAX, SILENCE_MS_MAX);
	if (count == 0)
		fail("nothing came for %d ms", SILENCE_MS_MAX);
	for (int i = 0; i < count; i++)
		receive(events[i].data.ptr);
}
