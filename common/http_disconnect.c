/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include <sys/epoll.h>

/* libmicrohttpd ignores suspended connections, and misses an end that arrives together with the last bytes. */
static void http_disconnect_client_hung_up(void *context, uint32_t events)
{
	struct http_connection *connection = context;
	struct http_request *request = connection->request;

	(void)events;
	http_disconnect_ignore(connection);
	connection->is_half_closed = true;
	if (!request || request->stage < HTTP_REQUEST_WHOLE)
		http_connection_await_end(connection);
	else if (request->stage == HTTP_REQUEST_PARKED && request->hung_up)
		request->hung_up(request->hung_up_context);
	else if (request->stage == HTTP_REQUEST_ANSWERED && request->response->streaming)
		http_connection_resume(connection);
}

/* If this fails, the disconnect is noticed when the client is written to. */
void http_disconnect_watch(struct http_connection *connection)
{
	connection->disconnect = (struct event_source){ connection->fd, http_disconnect_client_hung_up, connection };
	connection->is_watched =
	    event_loop_add(connection->server->options.loop, &connection->disconnect, EPOLLRDHUP, NULL);
}

void http_disconnect_ignore(struct http_connection *connection)
{
	if (!connection->is_watched)
		return;
	event_loop_remove(connection->server->options.loop, &connection->disconnect);
	connection->is_watched = false;
}
