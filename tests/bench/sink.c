/* sink - an endpoint that takes every POST and writes down when it came. Started by tests/bench/run and
   tests/torture/run: sink RECORD_FILE [FAIL_EVERY]. One line a request: "<ns> <status> <path> <webhook-id> <body>", ns
   of CLOCK_MONOTONIC when the body was complete. Every FAIL_EVERYth request is answered 503. */
/* SPDX-License-Identifier: Apache-2.0 */

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_BYTES_MAX = 128 * 1024, LINE_BYTES_MAX = 1024, EVENTS_MAX = 64 };

struct connection {
	int fd;
	size_t used;
	char bytes[REQUEST_BYTES_MAX + 1];
};

struct sink {
	FILE *record;
	unsigned long requests, fail_every;
};

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void copy_line(char out[LINE_BYTES_MAX], const char *from, const char *ends)
{
	size_t length = strcspn(from, ends);
	length = length < LINE_BYTES_MAX ? length : LINE_BYTES_MAX - 1;
	memcpy(out, from, length);
	out[length] = '\0';
}

/* The header's value, "-" when it is not there. head is NUL-terminated. */
static void copy_header(char out[LINE_BYTES_MAX], const char *head, const char *name)
{
	char wanted[LINE_BYTES_MAX];
	snprintf(wanted, sizeof(wanted), "\r\n%s: ", name);
	const char *found = strcasestr(head, wanted);
	copy_line(out, found != NULL ? found + strlen(wanted) : "-", "\r");
}

static bool answer(struct sink *sink, int fd, const char *head, const char *body, size_t body_size)
{
	char path[LINE_BYTES_MAX], id[LINE_BYTES_MAX], reply[LINE_BYTES_MAX];
	bool fail = sink->fail_every > 0 && ++sink->requests % sink->fail_every == 0;
	copy_line(path, head + strcspn(head, " ") + 1, " ");
	copy_header(id, head, "webhook-id");
	fprintf(sink->record, "%" PRId64 " %d %s %s ", now_ns(), fail ? 503 : 200, path, id);
	fwrite(body, 1, body_size, sink->record);
	fputc('\n', sink->record);
	int size = snprintf(reply, sizeof(reply), "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n",
	    fail ? "503 Service Unavailable" : "200 OK");
	return send(fd, reply, (size_t)size, MSG_NOSIGNAL) == size;
}

/* Answers the request at the beginning of the buffer if it is whole. False: the connection is of no more use. */
static bool answer_whole(struct sink *sink, struct connection *connection, bool *out_answered)
{
	char length[LINE_BYTES_MAX];
	connection->bytes[connection->used] = '\0';
	char *end = strstr(connection->bytes, "\r\n\r\n");
	if (end == NULL)
		return connection->used < REQUEST_BYTES_MAX;
	end[2] = '\0';
	copy_header(length, connection->bytes, "content-length");
	end[2] = '\r';
	size_t head_size = (size_t)(end + 4 - connection->bytes), body_size = strtoul(length, NULL, 10);
	if (head_size + body_size > connection->used)
		return head_size + body_size <= REQUEST_BYTES_MAX;
	end[3] = '\0';
	bool sent = answer(sink, connection->fd, connection->bytes, end + 4, body_size);
	connection->used -= head_size + body_size;
	memmove(connection->bytes, end + 4 + body_size, connection->used);
	*out_answered = true;
	return sent;
}

static bool take_bytes(struct sink *sink, struct connection *connection)
{
	ssize_t got = recv(connection->fd, connection->bytes + connection->used, REQUEST_BYTES_MAX - connection->used, 0);
	if (got <= 0)
		return false;
	connection->used += (size_t)got;
	bool answered;
	do {
		answered = false;
		if (!answer_whole(sink, connection, &answered))
			return false;
	} while (answered && connection->used > 0);
	return true;
}

static void take_connection(int epoll, int listener)
{
	struct connection *connection = malloc(sizeof(*connection));
	if (connection == NULL)
		abort();
	connection->used = 0;
	connection->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
	if (connection->fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0)
		free(connection);
}

static int open_listener(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, SOMAXCONN) != 0)
		return -1;
	getsockname(fd, (struct sockaddr *)&address, &size);
	fprintf(stderr, "sink: ready on http://127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
	return fd;
}

static void serve(struct sink *sink, int epoll, int listener)
{
	for (;;) {
		struct epoll_event events[EVENTS_MAX];
		int count = epoll_wait(epoll, events, EVENTS_MAX, -1);
		for (int i = 0; i < count; i++) {
			struct connection *connection = events[i].data.ptr;
			if (connection == NULL) {
				take_connection(epoll, listener);
			} else if (!take_bytes(sink, connection)) {
				close(connection->fd);
				free(connection);
			}
		}
		fflush(sink->record);
	}
}

int main(int argc, char **argv)
{
	struct sink sink = { .record = argc > 1 ? fopen(argv[1], "we") : NULL };
	sink.fail_every = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	if (sink.record == NULL) {
		fprintf(stderr, "usage: sink RECORD_FILE [FAIL_EVERY]\n");
		return 64;
	}
	int epoll = epoll_create1(EPOLL_CLOEXEC), listener = open_listener();
	struct epoll_event event = { .events = EPOLLIN };
	if (listener < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
		perror("sink");
		return 75;
	}
	serve(&sink, epoll, listener);
}
