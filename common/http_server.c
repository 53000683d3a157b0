/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include "common/clock.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { READER_LOOKS = 4, HALF_CLOSED_LOOK_MS = 10 };

/* MHD_USE_NO_THREAD_SAFETY of libmicrohttpd 1.0, which 0.9.75 lacks: everything is called on one thread. Without it,
   1.0 starts a connection only in the next MHD_run, and more would be accepted than there is room for. */
enum { ON_ONE_THREAD = 1 << 19 };

/* The timer keeps the loop from waiting if the hook has already been called. */
void http_server_run_soon(struct http_server *server)
{
	server->runnable = true;
	if (!server->run_soon.place)
		event_timer_set(server->options.loop, &server->run_soon, 0);
}

static void run_soon(void *context, int64_t now_ms)
{
	(void)context, (void)now_ms;
}

static void mhd_ready(void *context, uint32_t events)
{
	struct http_server *server = context;

	(void)events;
	server->runnable = true;
}

/* Before each wait, so that all that this round of callbacks has answered goes out together. */
static int64_t run_mhd(void *context)
{
	struct http_server *server = context;
	MHD_UNSIGNED_LONG_LONG left_ms;

	bool is_due = server->run_at_ms >= 0 && server->run_at_ms <= clock_monotonic_ms();
	if (server->runnable || is_due) {
		server->runnable = false;
		event_timer_cancel(server->options.loop, &server->run_soon);
		http_connections_resume_some(server);
		(void)MHD_run(server->mhd);
	}
	/* It does not include what was resumed in the meantime: runnable does. */
	bool has_timeout = MHD_get_timeout(server->mhd, &left_ms) == MHD_YES;
	server->runnable |= (has_timeout && left_ms == 0) || !TAILQ_EMPTY(&server->resumable);
	server->run_at_ms = has_timeout ? clock_monotonic_ms() + (int64_t)left_ms : -1;
	if (server->runnable)
		return 0;
	return has_timeout ? (int64_t)left_ms : -1;
}

/* libmicrohttpd's messages quote clients, and an operator could not act on them. */
static void ignore_message(void *context, const char *format, va_list arguments)
{
	(void)context, (void)format, (void)arguments;
}

/* Its decoded target is ignored: http_target has the raw one. */
static size_t keep_escapes(void *context, struct MHD_Connection *mhd, char *text)
{
	(void)context, (void)mhd;
	return strlen(text);
}

bool http_library_is_1_0(void)
{
	return MHD_get_version()[0] != '0';
}

static struct MHD_Daemon *start_mhd(struct http_server *server)
{
	const struct http_server_options *options = &server->options;
	const int64_t timeout_s = (options->idle_timeout_ms + 999) / 1000;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, HTTP_TLS_PRIORITIES },
		{ MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *)http_tls_retrieve },
		{ server->needs_client_certificate ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0,
		    (char *)options->tls_client_ca_pem },
		{ MHD_OPTION_END, 0, NULL },
	};
	const struct MHD_OptionItem items[] = {
		{ MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)ignore_message, NULL },
		{ MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)http_request_began, server },
		{ MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)keep_escapes, NULL },
		{ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_request_ended, server },
		{ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)http_connection_changed, server },
		{ MHD_OPTION_CONNECTION_LIMIT, (intptr_t)options->connections_max, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)options->pool_bytes, NULL },
		/* For a client that reads nothing of its answer; for all others, our own limits are stricter. */
		{ MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)timeout_s, NULL },
		/* 0: the default. */
		{ MHD_OPTION_STRICT_FOR_CLIENT, http_library_is_1_0() ? 1 : 0, NULL },
		{ server->identity ? MHD_OPTION_ARRAY : MHD_OPTION_END, 0, tls },
		{ MHD_OPTION_END, 0, NULL },
	};
	const unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
	                       (http_library_is_1_0() ? ON_ONE_THREAD : 0) | (server->identity ? MHD_USE_TLS : 0);

	return MHD_start_daemon(flags, 0, NULL, NULL, http_request_continues, server, MHD_OPTION_ARRAY, items,
	    MHD_OPTION_END);
}

static bool start_tls(struct http_server *server, struct error *err)
{
	const struct http_server_options *options = &server->options;

	if (!options->tls_certificate_pem && !options->tls_key_pem)
		return true;
	server->identity = http_identity_create(options->tls_certificate_pem, options->tls_key_pem, err);
	server->needs_client_certificate = options->tls_client_ca_pem != NULL;
	return server->identity &&
	       (!server->needs_client_certificate || http_tls_check_authorities(options->tls_client_ca_pem, err));
}

static bool start_serving(struct http_server *server, struct error *err)
{
	if (!start_tls(server, err))
		return false;
	server->mhd = start_mhd(server);
	if (!server->mhd)
		return error_set(err, ERROR_INTERNAL, "libmicrohttpd cannot be started");
	server->mhd_events = (struct event_source){
		.fd = MHD_get_daemon_info(server->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
		.ready = mhd_ready,
		.context = server,
	};
	event_loop_before_wait(server->options.loop, run_mhd, server);
	return event_loop_add(server->options.loop, &server->mhd_events, EPOLLIN, err) && http_accepting_start(server, err);
}

struct http_server *http_server_start(const struct http_server_options *options, struct error *err)
{
	struct http_server *server = memory_zeroed(1, sizeof(*server));
	int64_t quarter_ms = options->request_deadline_ms / 4;

	server->options = *options;
	server->run_at_ms = -1;
	server->run_soon = (struct event_timer){ .fire = run_soon };
	server->deadlines = (struct event_timer){ .fire = http_connections_overdue, .context = server };
	/* Often enough to notice a first line that arrives slowly within a quarter of its time. */
	http_wait_init(&server->idle,
	    quarter_ms > 0 && quarter_ms < options->idle_timeout_ms ? quarter_ms : options->idle_timeout_ms);
	http_wait_init(&server->half_closed, HALF_CLOSED_LOOK_MS);
	http_wait_init(&server->reading, options->request_deadline_ms);
	http_wait_init(&server->answering, options->reader_window_ms ? options->reader_window_ms / READER_LOOKS : -1);
	TAILQ_INIT(&server->resumable);
	TAILQ_INIT(&server->lingering);
	http_accepting_init(server);
	if (start_serving(server, err))
		return server;
	/* The caller keeps the sockets. */
	http_accepting_pause(server);
	server->listener_count = 0;
	http_server_stop(server);
	return NULL;
}

bool http_server_reload_tls(struct http_server *server, const char *certificate_pem, const char *key_pem,
    struct error *err)
{
	struct http_identity *identity = http_identity_create(certificate_pem, key_pem, err);

	if (!identity)
		return false;
	http_identity_release(server->identity);
	server->identity = identity;
	return true;
}

void http_server_quiesce(struct http_server *server)
{
	http_accepting_stop(server);
	for (size_t i = 0; i < server->listener_count; i++)
		close(server->listeners[i].source.fd);
	server->listener_count = 0;
}

size_t http_server_connections(const struct http_server *server)
{
	return server->connection_count;
}

size_t http_server_requests(const struct http_server *server)
{
	return server->request_count;
}

/* libmicrohttpd aborts the process if a connection is suspended when it is stopped. */
static void stop_mhd(struct http_server *server)
{
	struct http_connection *connection;

	if (!server->mhd)
		return;
	TAILQ_FOREACH (connection, &server->answering.connections, in_wait)
		if (connection->request)
			http_request_abandon(connection->request);
	http_connections_resume_all(server);
	event_loop_before_wait_end(server->options.loop, run_mhd, server);
	event_loop_remove(server->options.loop, &server->mhd_events);
	MHD_stop_daemon(server->mhd);
}

void http_server_stop(struct http_server *server)
{
	if (!server)
		return;
	http_server_quiesce(server);
	stop_mhd(server);
	http_linger_finish(server);
	event_timer_cancel(server->options.loop, &server->deadlines);
	event_timer_cancel(server->options.loop, &server->run_soon);
	http_requests_finish(server);
	http_identity_release(server->identity);
	free(server->listeners);
	free(server);
}
