/* SPDX-License-Identifier: Apache-2.0 */
#include "tiny_sink.h"

#include "common/memory.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { CONNECTIONS_MAX = 32, REQUEST_BYTES_MAX = 65536, WAIT_S = 60, URLS = 4 };

struct connection {
	unsigned number;
	char bytes[REQUEST_BYTES_MAX];
	size_t used;
};

struct tiny_sink {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int clients; /* connected */
	unsigned connections_made;
	struct pollfd fds[1 + CONNECTIONS_MAX]; /* first the listener */
	struct connection connections[1 + CONNECTIONS_MAX];
	uint16_t port;
	char urls[URLS][128];
	size_t next_url;
	unsigned status;
	size_t times;
	char header_lines[128];
	struct tiny_request *requests;
	size_t count;
};

static void copy_after(const char *text, const char *mark, char *out, size_t size)
{
	const char *found = strstr(text, mark);
	const char *value = found ? found + strlen(mark) : "";
	snprintf(out, size, "%.*s", (int)strcspn(value, " \r,}"), value);
}

/* Notes a request that has come whole. Returns the answer's length. */
static int note(struct tiny_sink *sink, const struct connection *connection, char *out_answer, size_t size)
{
	const char *request = connection->bytes;
	char number[24];

	pthread_mutex_lock(&sink->mutex);
	sink->requests = memory_grow(sink->requests, sink->count + 1, sizeof(*sink->requests));
	struct tiny_request *noted = &sink->requests[sink->count++];
	bool planned = sink->times && sink->times--;
	noted->status = planned ? sink->status : 200;
	noted->connection = connection->number;
	copy_after(request, "POST ", noted->path, sizeof(noted->path));
	copy_after(request, "webhook-id: ", noted->id, sizeof(noted->id));
	copy_after(request, "\"revision\":", number, sizeof(number));
	noted->revision = strtoull(number, NULL, 10);
	int length = !noted->status ? 0
	                            : snprintf(out_answer, size, "HTTP/1.1 %u Answer\r\nContent-Length: 0\r\n%s\r\n",
	                                  noted->status, planned ? sink->header_lines : "");
	pthread_cond_broadcast(&sink->changed);
	pthread_mutex_unlock(&sink->mutex);
	return length;
}

/* libcurl does not pipeline, so what is there is one request or a part of it. */
static bool is_whole(const struct connection *connection)
{
	char length[24];
	const char *end = strstr(connection->bytes, "\r\n\r\n");

	copy_after(connection->bytes, "Content-Length: ", length, sizeof(length));
	return end && connection->used >= (size_t)(end + 4 - connection->bytes) + strtoul(length, NULL, 10);
}

static bool serve(struct tiny_sink *sink, struct connection *connection, int fd)
{
	char answer[256];
	ssize_t got = recv(fd, connection->bytes + connection->used, REQUEST_BYTES_MAX - 1 - connection->used, 0);

	if (got <= 0)
		return false;
	connection->used += (size_t)got;
	connection->bytes[connection->used] = '\0';
	if (!is_whole(connection))
		return true;
	connection->used = 0;
	int size = note(sink, connection, answer, sizeof(answer));
	return size && send(fd, answer, (size_t)size, MSG_NOSIGNAL) == size;
}

static void count_clients(struct tiny_sink *sink, int step)
{
	pthread_mutex_lock(&sink->mutex);
	sink->clients += step;
	pthread_cond_broadcast(&sink->changed);
	pthread_mutex_unlock(&sink->mutex);
}

static void take_connection(struct tiny_sink *sink)
{
	size_t i = 1;

	while (i <= CONNECTIONS_MAX && sink->fds[i].fd >= 0)
		i++;
	assert_in_range(i, 1, CONNECTIONS_MAX);
	sink->connections[i].used = 0;
	sink->connections[i].number = ++sink->connections_made;
	sink->fds[i].fd = accept4(sink->fds[0].fd, NULL, NULL, SOCK_CLOEXEC);
	count_clients(sink, 1);
}

static void *run(void *context)
{
	struct tiny_sink *sink = context;

	while (poll(sink->fds, 1 + CONNECTIONS_MAX, -1) > 0) {
		for (size_t i = 1; i <= CONNECTIONS_MAX; i++) {
			if (sink->fds[i].fd < 0 || !sink->fds[i].revents || serve(sink, &sink->connections[i], sink->fds[i].fd))
				continue;
			close(sink->fds[i].fd);
			sink->fds[i].fd = -1;
			count_clients(sink, -1);
		}
		if (sink->fds[0].revents & POLLHUP)
			break;
		if (sink->fds[0].revents & POLLIN)
			take_connection(sink);
	}
	return NULL;
}

struct tiny_sink *tiny_sink_start(void)
{
	struct tiny_sink *sink = memory_zeroed(1, sizeof(*sink));
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	pthread_mutex_init(&sink->mutex, NULL);
	pthread_cond_init(&sink->changed, NULL);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 128), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	sink->port = ntohs(address.sin_port);
	sink->fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	for (size_t i = 1; i <= CONNECTIONS_MAX; i++)
		sink->fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	assert_int_equal(pthread_create(&sink->thread, NULL, run, sink), 0);
	return sink;
}

void tiny_sink_stop(struct tiny_sink *sink)
{
	shutdown(sink->fds[0].fd, SHUT_RDWR); /* the thread's poll says POLLHUP */
	pthread_join(sink->thread, NULL);
	for (size_t i = 0; i <= CONNECTIONS_MAX; i++) {
		if (sink->fds[i].fd >= 0)
			close(sink->fds[i].fd);
	}
	pthread_cond_destroy(&sink->changed);
	pthread_mutex_destroy(&sink->mutex);
	free(sink->requests);
	free(sink);
}

const char *tiny_sink_url(struct tiny_sink *sink, const char *path)
{
	char *url = sink->urls[sink->next_url++ % URLS];
	snprintf(url, sizeof(sink->urls[0]), "http://127.0.0.1:%u%s", sink->port, path);
	return url;
}

void tiny_sink_plan(struct tiny_sink *sink, unsigned status, size_t times, const char *header_lines)
{
	pthread_mutex_lock(&sink->mutex);
	sink->status = status;
	sink->times = times;
	snprintf(sink->header_lines, sizeof(sink->header_lines), "%s", header_lines);
	pthread_mutex_unlock(&sink->mutex);
}

static struct timespec deadline_of_a_wait(void)
{
	struct timespec deadline;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += WAIT_S;
	return deadline;
}

/* Returns once every connection made before is accepted. The sink accepts in order, and closes this one once it sees
   that nothing is sent. */
static void wait_for_the_queue(const struct tiny_sink *sink)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(sink->port)
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd closed = { .fd = fd, .events = POLLIN };

	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_int_equal(poll(&closed, 1, WAIT_S * 1000), 1);
	close(fd);
}

void tiny_sink_wait_alone(struct tiny_sink *sink)
{
	const struct timespec deadline = deadline_of_a_wait();
	int failure = 0;

	wait_for_the_queue(sink);
	pthread_mutex_lock(&sink->mutex);
	while (sink->clients > 0 && !failure)
		failure = pthread_cond_timedwait(&sink->changed, &sink->mutex, &deadline);
	pthread_mutex_unlock(&sink->mutex);
	if (failure)
		fail_msg("clients stay connected");
}

void tiny_sink_wait(struct tiny_sink *sink, size_t count)
{
	const struct timespec deadline = deadline_of_a_wait();
	int failure = 0;

	pthread_mutex_lock(&sink->mutex);
	while (sink->count < count && !failure)
		failure = pthread_cond_timedwait(&sink->changed, &sink->mutex, &deadline);
	size_t came = sink->count;
	pthread_mutex_unlock(&sink->mutex);
	if (came < count)
		fail_msg("%zu of %zu requests came", came, count);
}

size_t tiny_sink_count(struct tiny_sink *sink)
{
	pthread_mutex_lock(&sink->mutex);
	size_t count = sink->count;
	pthread_mutex_unlock(&sink->mutex);
	return count;
}

struct tiny_request tiny_sink_request(struct tiny_sink *sink, size_t i)
{
	pthread_mutex_lock(&sink->mutex);
	assert_true(i < sink->count);
	struct tiny_request request = sink->requests[i];
	pthread_mutex_unlock(&sink->mutex);
	return request;
}
