/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include <sys/epoll.h>

/* libmicrohttpd does not look at a connection that is suspended: we do. Whoever asked to be told is told before the request
   is abandoned; a stream ends when it is read again. */
static void client_left(void *context, uint32_t events)
{
	struct http_connection *connection = context;
	struct http_request *request = connection->request;

	(void)events;
	http_departure_ignore(connection);
	connection->has_left = true;
	if (request->stage == HTTP_REQUEST_PARKED) {
		request->gone(request->gone_context);
		http_request_abandon(request);
	} else {
		http_connection_resume(connection);
	}
}

/* Where there is no room for it the client is found gone when it is written to. */
void http_departure_watch(struct http_connection *connection)
{
	if (connection->is_watched)
		return;
	connection->departure = (struct event_source){ connection->fd, client_left, connection };
	connection->is_watched = event_loop_add(connection->server->options.loop, &connection->departure, EPOLLRDHUP, NULL);
}

void http_departure_ignore(struct http_connection *connection)
{
	if (!connection->is_watched)
		return;
	event_loop_remove(connection->server->options.loop, &connection->departure);
	connection->is_watched = false;
}
