/* exchange.h - real requests over a socket, for tests of functions that read a request; one thread is both sides. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NOAHD_EXCHANGE_H
#define TESTS_UNIT_NOAHD_EXCHANGE_H

#include "common/http_server.h"
#include "common/memory.h"
#include "tests/unit/asker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXCHANGE_CLIENTS_MAX = 4, EXCHANGE_BYTES_MAX = 16384 };

/* What a client has read; it ends when the server closes the connection. */
struct exchange_client {
	struct event_source source;
	char text[EXCHANGE_BYTES_MAX];
	size_t size;
};

static struct {
	int listen_fd;
	uint16_t port;
	struct http_server *server;
	struct exchange_client clients[EXCHANGE_CLIENTS_MAX];
	size_t client_count, open_count;
} exchange;

static inline struct http_response *exchange_refusal(unsigned status, const struct error *err, void *context)
{
	(void)status, (void)context;
	return http_response_create(err->text, strlen(err->text), "text/plain");
}

/* On the loop of asker.h. Of the options, handle, answered and context count. */
static inline void exchange_start(const struct http_server_options *options)
{
	struct http_server_options all = *options;
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	exchange.listen_fd = http_listen("127.0.0.1:0", NULL);
	assert_true(exchange.listen_fd >= 0);
	assert_int_equal(getsockname(exchange.listen_fd, (struct sockaddr *)&address, &size), 0);
	exchange.port = ntohs(address.sin_port);
	exchange.client_count = 0;
	all.loop = asker.loop;
	all.listen_fds = &exchange.listen_fd;
	all.listen_fd_count = 1;
	all.connections_max = 10;
	all.pool_bytes = 16384;
	all.body_bytes_max = 4096;
	all.request_deadline_ms = all.idle_timeout_ms = 60000;
	all.refusal = exchange_refusal;
	exchange.server = http_server_start(&all, NULL);
	assert_non_null(exchange.server);
}

static inline void exchange_stop(void)
{
	http_server_stop(exchange.server);
	exchange.server = NULL;
}

static inline void exchange_read(void *context, uint32_t events)
{
	struct exchange_client *client = context;
	ssize_t size =
	    recv(client->source.fd, client->text + client->size, sizeof(client->text) - client->size - 1, MSG_DONTWAIT);

	(void)events;
	assert_true(size >= 0);
	client->size += (size_t)size;
	client->text[client->size] = '\0';
	if (size > 0)
		return;
	event_loop_remove(asker.loop, &client->source);
	close(client->source.fd);
	if (--exchange.open_count == 0)
		event_loop_stop(asker.loop);
}

/* Sends a request, such as "GET /hosts", with these headers, each ended by CRLF. exchange_end waits for the answer. */
static inline void exchange_send(const char *request, const char *headers, const char *body)
{
	assert_true(exchange.client_count < EXCHANGE_CLIENTS_MAX);
	struct exchange_client *client = &exchange.clients[exchange.client_count++];
	const struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(exchange.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	char *text = memory_format("%s HTTP/1.1\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n%s", request,
	    strlen(body), headers, body);

	client->source = (struct event_source){ socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), exchange_read, client };
	client->size = 0;
	assert_int_equal(connect(client->source.fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(client->source.fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	assert_true(event_loop_add(asker.loop, &client->source, EPOLLIN, NULL));
	exchange.open_count++;
	free(text);
}

/* Runs the loop until all that was sent has been answered. */
static inline void exchange_end(void)
{
	while (exchange.open_count > 0)
		asker_run();
	exchange.client_count = 0;
}

/* The whole answer to one request, valid until the next one. */
static inline const char *exchange_ask(const char *request, const char *headers, const char *body)
{
	exchange_send(request, headers, body);
	exchange_end();
	return exchange.clients[0].text;
}

static inline int exchange_status(const char *answer)
{
	assert_memory_equal(answer, "HTTP/1.1 ", 9);
	return (answer[9] - '0') * 100 + (answer[10] - '0') * 10 + (answer[11] - '0');
}

#endif
