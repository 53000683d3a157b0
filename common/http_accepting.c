/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include "common/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { ACCEPTED_AT_ONCE = 64, ACCEPT_AGAIN_MS = 100 };

/* The limit is enforced here and not by libmicrohttpd, which would accept connections only to close them: further ones
   wait in the kernel's queue. */
void http_accepting_pause(struct http_server *server)
{
	for (size_t i = 0; server->accepting && i < server->listener_count; i++)
		event_loop_remove(server->options.loop, &server->listeners[i].source);
	server->accepting = false;
}

bool http_accepting_start(struct http_server *server, struct error *err)
{
	server->accepting = true;
	for (size_t i = 0; i < server->listener_count; i++)
		if (!event_loop_add(server->options.loop, &server->listeners[i].source, EPOLLIN, err))
			return false;
	return true;
}

static bool is_full(const struct http_server *server)
{
	return server->connection_count >= server->options.connections_max;
}

void http_server_adopt(struct http_server *server, int fd, const struct sockaddr *address, socklen_t address_size)
{
	/* It closes a socket that it refuses: no memory. */
	(void)MHD_add_connection(server->mhd, fd, address, address_size);
	http_server_run_soon(server);
}

/* Connecting is not enough to have another connection closed: the newcomer's own limit comes first. */
static void accepting_take(struct http_server *server, const struct http_newcomer *newcomer)
{
	const struct sockaddr *address = (const struct sockaddr *)&newcomer->address;

	if (!http_connections_have_room_for(server, address)) {
		close(newcomer->fd);
	} else if (!is_full(server)) {
		http_server_adopt(server, newcomer->fd, address, newcomer->address_size);
	} else {
		server->newcomer = *newcomer;
		http_accepting_pause(server);
		if (http_connections_cut_oldest(server))
			http_server_run_soon(server);
	}
}

/* libmicrohttpd, which may be calling us, takes no connection before it has forgotten the last one. */
void http_accepting_resume(struct http_server *server)
{
	if (server->accepting || !server->listener_count)
		return;
	if (server->newcomer.fd >= 0)
		event_timer_set(server->options.loop, &server->accept_again, event_loop_now_ms(server->options.loop));
	else if (!is_full(server) || server->options.makes_room)
		(void)http_accepting_start(server, NULL);
}

/* A newcomer for which no connection could be closed tries again. */
static void retry_accepting(void *context, int64_t now_ms)
{
	struct http_server *server = context;
	const struct http_newcomer newcomer = server->newcomer;

	(void)now_ms;
	server->newcomer.fd = -1;
	if (newcomer.fd >= 0)
		accepting_take(server, &newcomer);
	if (server->newcomer.fd < 0)
		http_accepting_resume(server);
}

static bool accept_one(struct http_server *server, int listen_fd)
{
	struct http_newcomer newcomer = { .address_size = sizeof(newcomer.address) };

	newcomer.fd =
	    accept4(listen_fd, (struct sockaddr *)&newcomer.address, &newcomer.address_size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (newcomer.fd >= 0) {
		accepting_take(server, &newcomer);
		return server->accepting;
	}
	/* Out of descriptors or memory: trying again at once would only waste processor time. */
	if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
		http_accepting_pause(server);
		event_timer_set(server->options.loop, &server->accept_again,
		    event_loop_now_ms(server->options.loop) + ACCEPT_AGAIN_MS);
	}
	return false;
}

static void accept_ready(void *context, uint32_t events)
{
	struct http_listener *listener = context;
	struct http_server *server = listener->server;

	(void)events;
	for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
		if (is_full(server) && !server->options.makes_room) {
			http_accepting_pause(server);
			return;
		}
		if (!accept_one(server, listener->source.fd))
			return;
	}
}

void http_accepting_init(struct http_server *server)
{
	server->newcomer.fd = -1;
	server->accept_again = (struct event_timer){ .fire = retry_accepting, .context = server };
	server->listener_count = server->options.listen_fd_count;
	server->listeners = memory_zeroed(server->listener_count, sizeof(*server->listeners));
	for (size_t i = 0; i < server->listener_count; i++)
		server->listeners[i] = (struct http_listener){
			.server = server,
			.source = { server->options.listen_fds[i], accept_ready, &server->listeners[i] },
		};
}

void http_accepting_stop(struct http_server *server)
{
	http_accepting_pause(server);
	event_timer_cancel(server->options.loop, &server->accept_again);
	if (server->newcomer.fd >= 0)
		close(server->newcomer.fd);
	server->newcomer.fd = -1;
}
