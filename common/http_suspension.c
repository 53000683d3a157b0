/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

/* libmicrohttpd handles all resumed connections at once: ten thousand of them delay all others by 200 ms. */
enum { RESUMED_AT_ONCE = 256 };

void http_connection_suspend(struct http_connection *connection)
{
	connection->is_suspended = true;
	MHD_suspend_connection(connection->mhd);
}

void http_connection_resume(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	if (!connection->is_suspended || connection->is_resumable)
		return;
	connection->is_resumable = true;
	TAILQ_INSERT_TAIL(&server->resumable, connection, in_resumable);
	http_server_run_soon(server);
}

static void resume(struct http_server *server, size_t count_max)
{
	struct http_connection *connection;

	for (size_t i = 0; i < count_max && (connection = TAILQ_FIRST(&server->resumable)); i++) {
		TAILQ_REMOVE(&server->resumable, connection, in_resumable);
		connection->is_suspended = connection->is_resumable = false;
		MHD_resume_connection(connection->mhd);
	}
}

void http_connections_resume_some(struct http_server *server)
{
	resume(server, RESUMED_AT_ONCE);
}

void http_connections_resume_all(struct http_server *server)
{
	resume(server, SIZE_MAX);
}
