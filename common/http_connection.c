/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include "common/memory.h"

#include <stdlib.h>

void http_wait_init(struct http_wait *wait, int64_t limit_ms)
{
	TAILQ_INIT(&wait->connections);
	wait->limit_ms = limit_ms;
}

/* One timer for all. A request does not move it: it fires, finds nothing overdue and is set anew. */
static void expect_deadline(const struct http_connection *connection)
{
	struct http_server *server = connection->server;
	int64_t due_ms = connection->since_ms + connection->wait->limit_ms;

	if (connection->wait->limit_ms >= 0 && (!server->deadlines.place || server->deadlines.due_ms > due_ms))
		event_timer_set(server->options.loop, &server->deadlines, due_ms);
}

static void enter(struct http_connection *connection, struct http_wait *wait)
{
	TAILQ_INSERT_TAIL(&wait->connections, connection, in_wait);
	connection->wait = wait;
	connection->since_ms = event_loop_now_ms(connection->server->options.loop);
	expect_deadline(connection);
}

void http_connection_move(struct http_connection *connection, struct http_wait *wait)
{
	TAILQ_REMOVE(&connection->wait->connections, connection, in_wait);
	enter(connection, wait);
}

/* libmicrohttpd finds the socket at its end and closes the connection. */
static void cut_overdue(struct http_server *server, struct http_wait *wait, int64_t now_ms)
{
	struct http_connection *connection;

	while ((connection = TAILQ_FIRST(&wait->connections)) && connection->since_ms + wait->limit_ms <= now_ms) {
		shutdown(connection->fd, SHUT_RDWR);
		http_connection_move(connection, &server->answering);
	}
	if (connection)
		expect_deadline(connection);
}

void http_connections_overdue(void *context, int64_t now_ms)
{
	struct http_server *server = context;

	cut_overdue(server, &server->reading, now_ms);
	cut_overdue(server, &server->idle, now_ms);
}

static struct http_connection *connection_create(struct http_server *server, struct MHD_Connection *mhd)
{
	struct http_connection *connection = memory_zeroed(1, sizeof *connection);

	connection->server = server;
	connection->mhd = mhd;
	connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	connection->identity = http_identity_retain(server->identity);
	if (connection->identity)
		http_tls_prepare(MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session,
		    connection->identity, server->needs_client_certificate);
	server->connection_count++;
	enter(connection, &server->idle);
	return connection;
}

/* The socket is closed right after this. */
static void connection_destroy(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	http_request_forget(connection);
	if (connection->has_unread_body)
		http_linger_start(server, connection->fd);
	TAILQ_REMOVE(&connection->wait->connections, connection, in_wait);
	http_identity_release(connection->identity);
	free(connection);
	server->connection_count--;
	http_server_accept_again(server);
}

void http_connection_changed(void *context, struct MHD_Connection *mhd, void **connection,
    enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*connection = connection_create(context, mhd);
	} else if (*connection) {
		connection_destroy(*connection);
		*connection = NULL;
	}
}
