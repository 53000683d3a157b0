/* SPDX-License-Identifier: Apache-2.0 */
/* The whole server in this process, one connection an input: whatever bytes come, in whatever pieces (the input is cut
   at each "--MARK--"), it answers in HTTP and keeps nothing once the client has gone. */
#include "common/http_server_private.h"
#include "common/utf8.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { BODY_BYTES_MAX = 256, ROUNDS_MAX = 100000, QUIET_ROUNDS = 20 };

static const char mark[] = "--MARK--";

static struct event_loop *loop;
static struct http_server *server;
static struct http_response *answer;
static struct http_request *parked;

/* The client's side of the connection, and how far it is. */
static struct client {
	int fd;
	const char *next, *end; /* what is left to send */
	bool half_closed;
	char head[8]; /* of what came back */
	size_t received_bytes;
	unsigned rounds, quiet_rounds;
} client;

static void check_request(const struct http_request *request)
{
	const struct http_target *target = http_request_target(request);
	size_t size;
	const char *body = http_request_body(request, &size);

	assert(size <= BODY_BYTES_MAX && body[size] == '\0');
	for (size_t i = 0; i < target->segment_count; i++)
		assert(utf8_is_valid(target->segments[i], strlen(target->segments[i])));
	assert(strlen(http_request_method(request)) > 0);
	assert(strcmp(http_request_peer(request), "127.0.0.1:4711") == 0);
	(void)http_request_header(request, "x");
}

static void handle(struct http_request *request, void *context)
{
	const struct http_target *target = http_request_target(request);
	const char *word = target->segment_count ? target->segments[0] : "";

	(void)context;
	check_request(request);
	assert(!parked);
	if (strcmp(word, "park") == 0)
		parked = request;
	else if (strcmp(word, "abandon") == 0)
		http_request_abandon(request);
	else
		http_request_respond(request, 200, answer);
}

static struct http_response *refusal(unsigned status, const struct error *err, void *context)
{
	(void)context;
	assert(status >= 400 && status < 500 && err->kind != ERROR_NONE);
	return http_response_create(err->text, strlen(err->text), "text/plain");
}

static void client_send(void)
{
	const char *cut = memmem(client.next, (size_t)(client.end - client.next), mark, strlen(mark));
	const char *end = cut ? cut : client.end;
	ssize_t sent = send(client.fd, client.next, (size_t)(end - client.next), MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent > 0)
		client.next += sent;
	else if (sent < 0 && errno != EAGAIN)
		client.next = client.end; /* it has been closed */
	if (client.next == cut)
		client.next += strlen(mark);
}

/* False at the end of the stream. */
static bool client_receive(void)
{
	char bytes[4096];
	ssize_t size = recv(client.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (size <= 0)
		return size < 0 && errno == EAGAIN;
	for (ssize_t i = 0; i < size && client.received_bytes < sizeof(client.head); i++)
		client.head[client.received_bytes++] = bytes[i];
	client.quiet_rounds = 0;
	return true;
}

static void answer_parked(void)
{
	struct http_request *request = parked;

	parked = NULL;
	if (request)
		http_request_respond(request, 200, answer);
}

/* One step of the client before each of the loop's waits, which therefore never waits. It has done when nothing comes
   any more: the end of a stream that comes together with its last bytes libmicrohttpd may overlook for a while. */
static int64_t step(void *context)
{
	(void)context;
	assert(client.rounds++ < ROUNDS_MAX);
	answer_parked();
	if (client.next < client.end) {
		client_send();
	} else if (client.quiet_rounds++ == 0 && !client.half_closed) {
		shutdown(client.fd, SHUT_WR);
		client.half_closed = true;
	}
	if (!client_receive() || client.quiet_rounds > QUIET_ROUNDS)
		event_loop_stop(loop);
	return 0;
}

/* After the client has gone: until the server has forgotten it. */
static int64_t step_alone(void *context)
{
	(void)context;
	assert(client.rounds++ < ROUNDS_MAX);
	answer_parked();
	if (server->connection_count == 0 && TAILQ_EMPTY(&server->lingering))
		event_loop_stop(loop);
	return 0;
}

static void run_with(int64_t (*hook)(void *context))
{
	event_loop_before_wait(loop, hook, NULL);
	assert(event_loop_run(loop, NULL));
	event_loop_before_wait_end(loop, hook, NULL);
}

static void start_once(void)
{
	struct http_server_options options = {
		.connections_max = 4,
		.pool_bytes = 4096,
		.body_bytes_max = BODY_BYTES_MAX,
		.request_deadline_ms = 60000,
		.idle_timeout_ms = 60000,
		.handle = handle,
		.refusal = refusal,
	};

	if (server)
		return;
	options.loop = loop = event_loop_create(NULL);
	answer = http_response_create("ok", 2, NULL);
	server = http_server_start(&options, NULL);
	assert(server);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(4711),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int pair[2];

	start_once();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	client = (struct client){ .fd = pair[1], .next = (const char *)bytes, .end = (const char *)bytes + size };
	http_server_adopt(server, pair[0], (const struct sockaddr *)&address, sizeof(address));
	run_with(step);
	close(client.fd);
	run_with(step_alone);
	assert(http_server_requests(server) == 0 && !parked);
	assert(memcmp(client.head, "HTTP/1.", client.received_bytes < 7 ? client.received_bytes : 7) == 0);
	return 0;
}
