/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/listener.h"

#include "common/command_line.h"
#include "common/event_loop.h"
#include "common/http_server.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/notify.h"
#include "common/signals.h"
#include "common/tls_files.h"
#include "common/watchdog.h"
#include "pokerd/link/messages.h"
#include "pokerd/listener/answers.h"
#include "pokerd/listener/confine.h"
#include "pokerd/listener/front.h"
#include "pokerd/listener/syscall_filter.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CONNECTIONS_MAX = 64,
	CONNECTIONS_PER_ADDRESS_MAX = 8,
	METRICS_CONNECTIONS_MAX = 8, /* their own: readers of metrics and senders of pokes do not delay each other */
	REQUEST_DEADLINE_MS = 10000,
	IDLE_TIMEOUT_MS = 10000, /* also before the first request: 64 silent clients would block all others */
	LAST_WORDS_MS = 500,     /* for answers in transit when the runner is gone */
	LINGERING_MAX = 64,      /* sockets that are kept until their clients have read the answer */
	OTHER_DESCRIPTORS = 16,  /* standard ones, the runner's, those of epoll, a newcomer */
	MEMORY_BYTES = 64 << 20, /* beyond what the start took; 64 connections with full heads and bodies take 6 MB */
};

struct listener {
	const struct listener_options *options;
	struct event_loop *loop;
	struct front *front;
	struct http_server *server;
	struct http_server *metrics; /* NULL: none */
	struct event_timer grace;    /* for clients that have not sent a request yet, while draining */
	struct event_timer deadline; /* once the runner is gone */
	struct signals *signals;     /* NULL if the runner is our parent: it gets them */
	struct watchdog watchdog;
	bool is_draining;
};

/* ---- the end ---- */

static void stop_late(void *context, int64_t now_ms)
{
	struct listener *listener = context;

	(void)now_ms;
	event_loop_stop(listener->loop);
}

/* The actual work is done before the next wait, see below. */
static void end_grace(void *context, int64_t now_ms)
{
	(void)context, (void)now_ms;
}

static void quiesce(const struct listener *listener)
{
	http_server_quiesce(listener->server);
	if (listener->metrics)
		http_server_quiesce(listener->metrics);
}

static void listener_drain(int64_t grace_ms, void *context)
{
	struct listener *listener = context;

	if (!listener->is_draining)
		quiesce(listener);
	listener->is_draining = true;
	listener->grace.fire = end_grace;
	event_timer_set(listener->loop, &listener->grace, event_loop_now_ms(listener->loop) + grace_ms);
}

static void runner_gone(void *context)
{
	struct listener *listener = context;

	listener_drain(0, listener);
	front_give_up(listener->front);
	listener->deadline = (struct event_timer){ .fire = stop_late, .context = listener };
	event_timer_set(listener->loop, &listener->deadline, event_loop_now_ms(listener->loop) + LAST_WORDS_MS);
}

/* Before each wait. Drained means that every request is answered and every client had time to send one. */
static int64_t stop_when_drained(void *context)
{
	struct listener *listener = context;

	if (listener->is_draining && !listener->grace.place && http_server_requests(listener->server) == 0 &&
	    (!listener->metrics || http_server_requests(listener->metrics) == 0))
		event_loop_stop(listener->loop);
	return -1;
}

static void listener_terminated(void *context)
{
	notify_send("STOPPING=1");
	listener_drain(0, context);
}

static const struct signal_action listener_signals[] = {
	{ SIGTERM, listener_terminated }, { SIGINT, listener_terminated },
	{ SIGHUP, listener_terminated }, /* its successor reads the certificate again */
};
enum { LISTENER_SIGNALS = sizeof(listener_signals) / sizeof(*listener_signals) };

/* ---- the start ---- */

static bool start_front(struct listener *listener, struct error *err)
{
	const struct front_options options = {
		.loop = listener->loop,
		.rules = &listener->options->settings->rules,
		.has_readings = *listener->options->settings->status_token_file,
		.runner_fd = listener->options->runner_fd,
		.drain = listener_drain,
		.end = runner_gone,
		.context = listener,
	};

	listener->front = front_create(&options, err);
	return listener->front != NULL;
}

static bool start_server(struct listener *listener, const struct tls_files *files, struct error *err)
{
	const struct http_server_options options = {
		.loop = listener->loop,
		.listen_fds = listener->options->listen_fds,
		.listen_fd_count = listener->options->listen_fd_count,
		.tls_certificate_pem = files->certificate,
		.tls_key_pem = files->key,
		.tls_client_ca_pem = files->client_ca,
		.connections_max = CONNECTIONS_MAX,
		.connections_per_address_max = CONNECTIONS_PER_ADDRESS_MAX,
		.makes_room = true,
		.pool_bytes = POKE_HEAD_BYTES_MAX,
		.body_bytes_max = POKE_BODY_BYTES_MAX,
		.request_deadline_ms = REQUEST_DEADLINE_MS,
		.idle_timeout_ms = IDLE_TIMEOUT_MS,
		.handle = front_handle,
		.refusal = answer_early_refusal,
		.spoke_plainly = front_tell_plain,
		.context = listener->front,
	};

	listener->server = http_server_start(&options, err);
	event_loop_before_wait(listener->loop, stop_when_drained, listener);
	return listener->server != NULL;
}

/* Without TLS: anyone who can connect may read them. */
static bool start_metrics(struct listener *listener, struct error *err)
{
	const struct http_server_options options = {
		.loop = listener->loop,
		.listen_fds = listener->options->metrics_fds,
		.listen_fd_count = listener->options->metrics_fd_count,
		.connections_max = METRICS_CONNECTIONS_MAX,
		.pool_bytes = POKE_HEAD_BYTES_MAX,
		.request_deadline_ms = REQUEST_DEADLINE_MS,
		.idle_timeout_ms = IDLE_TIMEOUT_MS,
		.handle = front_handle_metrics,
		.refusal = answer_early_refusal,
		.context = listener->front,
	};

	listener->metrics = options.listen_fd_count ? http_server_start(&options, err) : NULL;
	return listener->metrics || !options.listen_fd_count;
}

static bool give_up_descriptors(const struct listener_options *options, struct error *err)
{
	size_t count = 0;
	int *kept = memory_allocate((options->listen_fd_count + options->metrics_fd_count + 1) * sizeof(*kept));

	for (size_t i = 0; i < options->listen_fd_count; i++)
		kept[count++] = options->listen_fds[i];
	for (size_t i = 0; i < options->metrics_fd_count; i++)
		kept[count++] = options->metrics_fds[i];
	kept[count++] = options->runner_fd;
	bool given_up = confine_descriptors(kept, count, err);
	free(kept);
	return given_up;
}

/* Signals, and the socket of the service manager, which cannot be opened later. */
static bool start_service(struct listener *listener, struct error *err)
{
	if (!listener->options->is_service)
		return true;
	notify_connect();
	watchdog_start(&listener->watchdog, listener->loop);
	listener->signals = signals_start(listener->loop, listener_signals, LISTENER_SIGNALS, listener, err);
	return listener->signals != NULL;
}

/* Once everything is open that serving needs. */
static bool give_up_power(const struct listener_options *options, struct error *err)
{
	const size_t descriptors = options->listen_fd_count + options->metrics_fd_count + CONNECTIONS_MAX +
	                           METRICS_CONNECTIONS_MAX + (size_t)2 * LINGERING_MAX + OTHER_DESCRIPTORS;

	if (!confine_resources(descriptors, MEMORY_BYTES, err))
		return false;
	if (syscall_filter_is_built())
		return syscall_filter_install(err);
	log_warning("built with a sanitizer: the listener's system calls and memory are not limited");
	return true;
}

/* The key is read while we have the privilege, and wiped from our own memory before the first client connects; the TLS
   library has it. */
static bool listener_start(struct listener *listener, struct error *err)
{
	const struct pokerd_settings *settings = listener->options->settings;
	struct tls_files files = { 0 };
	bool started;

	if (!give_up_descriptors(listener->options, err))
		return false;
	started = tls_files_read(&settings->tls, &files, err) && confine_privileges(settings->user, err);
	if (started) {
		listener->loop = event_loop_create(err);
		started = listener->loop && start_service(listener, err) && start_front(listener, err) &&
		          start_server(listener, &files, err) && start_metrics(listener, err);
	}
	tls_files_finish(&files);
	return started && give_up_power(listener->options, err);
}

/* Accepts nothing before its turn, so that no connection is cut if another listener takes that turn. */
static bool listener_serve(struct listener *listener, struct error *err)
{
	const struct listener_options *options = listener->options;
	const char *scheme = *options->settings->tls.certificate ? "https" : "http";

	malloc_trim(0);
	if (!front_await_turn(listener->front))
		return true;
	for (size_t i = 0; options->is_service && i < options->listen_fd_count; i++) {
		char *url = memory_format("%s://%s", scheme, options->addresses[i]);
		log_ready(url);
		notify_send("READY=1\nSTATUS=ready on %s", url);
		free(url);
	}
	return event_loop_run(listener->loop, err);
}

int listener_run(const struct listener_options *options)
{
	struct listener listener = { .options = options };
	int status = EXIT_STATUS_FINE;
	struct error err;

	if (options->is_service)
		signals_block(listener_signals, LISTENER_SIGNALS);
	if (!listener_start(&listener, &err)) {
		log_error("cannot start the listener: %s", err.text);
		status = err.kind == ERROR_INTERNAL ? EXIT_STATUS_INTERNAL : EXIT_STATUS_CONFIGURATION;
	} else if (!listener_serve(&listener, &err)) {
		log_error("the listener's event loop failed: %s", err.text);
		status = EXIT_STATUS_INTERNAL;
	}
	http_server_stop(listener.server);
	http_server_stop(listener.metrics);
	front_destroy(listener.front);
	signals_stop(listener.signals);
	event_loop_destroy(listener.loop);
	return status;
}
