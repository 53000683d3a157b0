/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { LINGER_MS = 2000, LINGER_BYTES_MAX = 64 << 20, LINGERING_MAX = 256 };

struct http_linger {
	TAILQ_ENTRY(http_linger) in_server;
	struct http_server *server;
	struct event_source source;
	struct event_timer timer;
	size_t left_bytes;
};

static void linger_end(struct http_linger *linger)
{
	struct event_loop *loop = linger->server->options.loop;

	event_timer_cancel(loop, &linger->timer);
	event_loop_remove(loop, &linger->source);
	close(linger->source.fd);
	TAILQ_REMOVE(&linger->server->lingering, linger, in_server);
	linger->server->lingering_count--;
	free(linger);
}

static void linger_timed_out(void *context, int64_t now_ms)
{
	(void)now_ms;
	linger_end(context);
}

static void linger_ready(void *context, uint32_t events)
{
	struct http_linger *linger = context;
	char bytes[16384];
	ssize_t size = recv(linger->source.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	(void)events;
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size <= 0 || (size_t)size >= linger->left_bytes) {
		linger_end(linger);
		return;
	}
	linger->left_bytes -= (size_t)size;
}

void http_linger_start(struct http_server *server, int fd)
{
	struct event_loop *loop = server->options.loop;
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return;
	if (server->lingering_count == LINGERING_MAX)
		linger_end(TAILQ_FIRST(&server->lingering));
	struct http_linger *linger = memory_allocate(sizeof(*linger));
	*linger = (struct http_linger){
		.server = server,
		.source = { .fd = copy, .ready = linger_ready, .context = linger },
		.timer = { .fire = linger_timed_out, .context = linger },
		.left_bytes = LINGER_BYTES_MAX,
	};
	if (!event_loop_add(loop, &linger->source, EPOLLIN, NULL)) {
		close(copy);
		free(linger);
		return;
	}
	shutdown(copy, SHUT_WR);
	event_timer_set(loop, &linger->timer, event_loop_now_ms(loop) + LINGER_MS);
	TAILQ_INSERT_TAIL(&server->lingering, linger, in_server);
	server->lingering_count++;
}

void http_linger_finish(struct http_server *server)
{
	while (!TAILQ_EMPTY(&server->lingering))
		linger_end(TAILQ_FIRST(&server->lingering));
}
