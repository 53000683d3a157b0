/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include "common/memory.h"
#include "common/peer_network.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>

/* The kernel counts the time since the last bytes in jiffies of up to 10 ms, we in ms of another clock. */
enum { CLOCKS_DIFFER_MS = 20 };

void http_wait_init(struct http_wait *wait, int64_t limit_ms)
{
	TAILQ_INIT(&wait->connections);
	wait->limit_ms = limit_ms;
}

/* One timer for all. A request does not move it: it fires, finds nothing overdue and is set again. */
static void expect_deadline(const struct http_connection *connection)
{
	struct http_server *server = connection->server;
	int64_t due_ms = connection->since_ms + connection->wait->limit_ms;

	if (connection->wait->limit_ms >= 0 && (!server->deadlines.place || server->deadlines.due_ms > due_ms))
		event_timer_set(server->options.loop, &server->deadlines, due_ms);
}

static void http_wait_enter(struct http_connection *connection, struct http_wait *wait)
{
	TAILQ_INSERT_TAIL(&wait->connections, connection, in_wait);
	connection->wait = wait;
	connection->since_ms = event_loop_now_ms(connection->server->options.loop);
	expect_deadline(connection);
}

void http_connection_move(struct http_connection *connection, struct http_wait *wait)
{
	TAILQ_REMOVE(&connection->wait->connections, connection, in_wait);
	http_wait_enter(connection, wait);
}

/* libmicrohttpd finds the socket closed and closes the connection. */
static void cut_connection(struct http_connection *connection)
{
	shutdown(connection->fd, SHUT_RDWR);
	http_connection_move(connection, &connection->server->answering);
}

static size_t count_network(const struct http_wait *wait, const struct in6_addr *network)
{
	const struct http_connection *connection;
	size_t count = 0;

	TAILQ_FOREACH (connection, &wait->connections, in_wait) {
		const union MHD_ConnectionInfo *client =
		    MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
		const struct in6_addr other = peer_network_of(client->client_addr);
		count += IN6_ARE_ADDR_EQUAL(&other, network);
	}
	return count;
}

bool http_connections_have_room_for(const struct http_server *server, const struct sockaddr *address)
{
	const struct http_wait *waits[] = { &server->idle, &server->reading, &server->answering, &server->half_closed };
	const struct in6_addr network = peer_network_of(address);
	size_t count = 0;

	if (!server->options.connections_per_address_max)
		return true;
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		count += count_network(waits[i], &network);
	return count < server->options.connections_per_address_max;
}

static bool lacks_head(const struct http_connection *connection)
{
	return !connection->request || connection->request->stage == HTTP_REQUEST_HEAD;
}

bool http_connections_cut_oldest(struct http_server *server)
{
	const struct http_wait *waits[] = { &server->idle, &server->reading, &server->half_closed };
	struct http_connection *connection, *oldest = NULL;

	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		TAILQ_FOREACH (connection, &waits[i]->connections, in_wait)
			if (lacks_head(connection) && (!oldest || (int32_t)(connection->turn - oldest->turn) < 0))
				oldest = connection;
	if (oldest)
		cut_connection(oldest);
	return oldest != NULL;
}

/* Whether a request has begun that libmicrohttpd does not report yet, since it waits for the end of its first line. */
static bool has_begun(const struct http_connection *connection, int64_t now_ms)
{
	struct tcp_info information;
	socklen_t size = sizeof(information);

	if (getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &information, &size) < 0)
		return false;
	if (!connection->was_used)
		return information.tcpi_bytes_received > 0;
	return information.tcpi_last_data_recv + CLOCKS_DIFFER_MS < now_ms - connection->since_ms;
}

static void check_idle(struct http_connection *connection, int64_t now_ms)
{
	struct http_server *server = connection->server;

	if (now_ms - connection->idle_since_ms >= server->options.idle_timeout_ms)
		cut_connection(connection);
	else if (has_begun(connection, now_ms))
		http_connection_move(connection, &server->reading);
	else
		http_connection_move(connection, &server->idle);
}

/* A suspended connection is resumed to find that out. */
static void check_answering(struct http_connection *connection, int64_t now_ms)
{
	http_connection_move(connection, &connection->server->answering);
	if (!http_reader_is_slow(connection, now_ms))
		return;
	connection->has_left = true;
	cut_connection(connection);
	http_connection_resume(connection);
}

/* Nothing more will arrive than what has been read: part of a request, or nothing. */
static void check_half_closed(struct http_connection *connection, int64_t now_ms)
{
	char byte;

	(void)now_ms;
	if (recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) /* a complete request may still be unread */
		http_connection_move(connection, &connection->server->half_closed);
	else
		cut_connection(connection);
}

static void cut_if_reading(struct http_connection *connection, int64_t now_ms)
{
	(void)now_ms;
	cut_connection(connection);
}

/* Calls the function for each connection whose time is up; it must move it. */
static void for_each_overdue(struct http_wait *wait, int64_t now_ms,
    void (*move)(struct http_connection *connection, int64_t now_ms))
{
	struct http_connection *connection;

	while ((connection = TAILQ_FIRST(&wait->connections)) && connection->since_ms + wait->limit_ms <= now_ms)
		move(connection, now_ms);
	if (connection)
		expect_deadline(connection);
}

void http_connections_overdue(void *context, int64_t now_ms)
{
	struct http_server *server = context;

	for_each_overdue(&server->reading, now_ms, cut_if_reading);
	for_each_overdue(&server->idle, now_ms, check_idle);
	for_each_overdue(&server->half_closed, now_ms, check_half_closed);
	if (server->options.reader_window_ms)
		for_each_overdue(&server->answering, now_ms, check_answering);
}

/* Over TLS, libmicrohttpd reads until there is nothing more, and so finds the end itself. */
static struct http_wait *list_for(const struct http_connection *connection, struct http_wait *wait)
{
	return connection->is_half_closed && !connection->identity ? &connection->server->half_closed : wait;
}

void http_connection_await_end(struct http_connection *connection)
{
	struct http_wait *wait = list_for(connection, connection->wait);

	if (wait != connection->wait)
		http_connection_move(connection, wait);
}

void http_connection_reads(struct http_connection *connection)
{
	struct http_wait *wait = list_for(connection, &connection->server->reading);

	/* It may already be in the list: its deadline counts from the first byte. */
	if (connection->wait != wait)
		http_connection_move(connection, wait);
	connection->was_used = true;
	connection->reader_pace.since_ms = 0;
}

static void awaits_head(struct http_connection *connection)
{
	connection->idle_since_ms = connection->since_ms;
	connection->turn = connection->server->turns++;
}

void http_connection_rests(struct http_connection *connection)
{
	http_connection_move(connection, list_for(connection, &connection->server->idle));
	awaits_head(connection);
	if (connection->server->options.makes_room)
		http_accepting_resume(connection->server);
}

static struct http_connection *connection_create(struct http_server *server, struct MHD_Connection *mhd)
{
	struct http_connection *connection = memory_zeroed(1, sizeof(*connection));

	connection->server = server;
	connection->mhd = mhd;
	connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	connection->identity = http_identity_retain(server->identity);
	if (connection->identity)
		http_tls_prepare(MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session,
		    connection->identity, server->needs_client_certificate);
	server->connection_count++;
	http_wait_enter(connection, &server->idle);
	awaits_head(connection);
	http_disconnect_watch(connection);
	return connection;
}

static void report_plain(struct http_connection *connection)
{
	const struct http_server_options *options = &connection->server->options;

	if (options->spoke_plainly && connection->identity && !connection->was_used &&
	    http_tls_client_is_plain(connection->fd))
		options->spoke_plainly(http_connection_peer(connection), options->context);
}

/* The socket is closed right after this. */
static void connection_destroy(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	report_plain(connection);
	http_request_forget(connection);
	http_disconnect_ignore(connection);
	if (connection->is_resumable)
		TAILQ_REMOVE(&server->resumable, connection, in_resumable);
	if (connection->has_unread_body)
		http_linger_start(server, connection->fd);
	TAILQ_REMOVE(&connection->wait->connections, connection, in_wait);
	http_identity_release(connection->identity);
	free(connection);
	server->connection_count--;
	http_accepting_resume(server);
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
