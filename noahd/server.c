/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/server.h"

#include "common/command_line.h"
#include "common/event_loop.h"
#include "common/file.h"
#include "common/http_server.h"
#include "common/inbox.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/notify.h"
#include "common/plural.h"
#include "common/settings_change.h"
#include "common/signals.h"
#include "common/watchdog.h"
#include "noahd/api/api.h"
#include "noahd/api/resources/route_table.h"
#include "noahd/control.h"
#include "noahd/registry/token.h"
#include "noahd/registry/watch.h"
#include "noahd/server_key.h"
#include "noahd/server_sockets.h"
#include "noahd/store/store_thread.h"
#include "noahd/watch/address_policy.h"
#include "noahd/watch/agent.h"
#include "noahd/watch/delivery.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STOP_MS = 2500, /* for requests to be answered; the deliveries under way have as long */
	POOL_BYTES = 16384,
	INBOX_AT_ONCE = 64,
};

struct server {
	const struct noahd_settings *settings;
	const struct settings_source *source;
	struct noahd_settings reread; /* at the last SIGHUP; zeroed: there was none */
	bool has_reread;
	int status; /* to exit with */
	struct event_loop *loop;
	struct signals *signals;
	struct server_sockets sockets;
	const struct store_engine *engine;
	void *engine_state;
	struct store_head head;
	struct watch_progress *progress; /* rows of the store, until the delivery thread has them */
	size_t progress_count;
	struct signing_key *key;
	char public_key[SIGNING_KEY_TEXT_BYTES]; /* its text */
	struct address_policy *policy;
	struct inbox *inbox; /* of the API thread */
	struct store_thread *store;
	bool store_is_damaged; /* found so by a read, until the end */
	struct delivery *delivery;
	struct api *api;
	struct http_server *http;
	struct control *control;
	struct event_timer deadline; /* of a stop that has begun */
	struct watchdog watchdog;
	bool is_stopping;
};

/* ---- what the parts tell each other ------------------------------------------------------------------------------ */

static bool check_endpoint(const char *endpoint, void *context, struct error *err)
{
	const struct server *server = context;
	return endpoint_check(endpoint, server->policy, err);
}

static void publish(struct change_list *take, void *context)
{
	struct server *server = context;
	delivery_push(server->delivery, take);
}

static const char *watch_state(const char *path, uint64_t created, void *context)
{
	static const char *const names[] = { [WATCH_DISABLED] = "disabled", [WATCH_SUSPENDED] = "suspended" };
	const struct server *server = context;

	return server->delivery ? names[delivery_watch_state(server->delivery, path, created)] : NULL;
}

static const char *public_key(size_t place, void *context)
{
	const struct server *server = context;
	return place == 0 ? server->public_key : NULL;
}

static void server_read_status(struct api_status *out, void *context)
{
	const struct server *server = context;
	struct delivery_stats deliveries;

	delivery_stats_read(server->delivery, &deliveries);
	*out = (struct api_status){
		.is_stopping = server->is_stopping,
		.deliveries_ended = deliveries.has_ended,
		.store_is_damaged = server->store_is_damaged,
		.connections = http_server_connections(server->http),
		.requests = http_server_requests(server->http),
		.deliveries_pending = deliveries.pending,
		.deliveries_acknowledged = deliveries.acknowledged,
		.deliveries_failed = deliveries.failed,
	};
}

static void store_failed(const struct error *err, void *context)
{
	struct server *server = context;

	log_error("the store failed, the state of the disk is unknown: %s", err->text);
	server->status = EXIT_STATUS_INTERNAL;
	event_loop_stop(server->loop);
}

/* What no write has met. */
static void store_thread_failed(const struct error *err, void *context)
{
	struct server *server = context;

	if (err->kind != ERROR_INVALID) {
		store_failed(err, server);
		return;
	}
	/* What is in memory is whole, and writes go on; a start would refuse the store. */
	server->store_is_damaged = true;
	log_error("%s; /health reports it from now on; noahd verify lists all damage, and the next start is refused",
	    err->text);
}

static void restore_record(void *context, const struct record *record)
{
	struct server *server = context;
	registry_restore(api_registry(server->api), record);
}

static void restore_progress(void *context, const struct watch_progress *row)
{
	struct server *server = context;

	server->progress = memory_grow(server->progress, server->progress_count + 1, sizeof(*row));
	server->progress[server->progress_count] = *row;
	server->progress[server->progress_count++].path = memory_text(row->path);
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static void deadline_passed(void *context, int64_t now_ms)
{
	struct server *server = context;

	(void)now_ms;
	const size_t requests = http_server_requests(server->http);

	log_warning("stopping with %zu unanswered %s", requests, plural(requests, "request", "requests"));
	event_loop_stop(server->loop);
}

static void on_terminate(void *context)
{
	struct server *server = context;

	if (server->is_stopping)
		return;
	server->is_stopping = true;
	log_info("stopping");
	notify_send("STOPPING=1");
	http_server_quiesce(server->http);
	api_end_waiting(server->api);
	server->deadline = (struct event_timer){ .fire = deadline_passed, .context = server };
	event_timer_set(server->loop, &server->deadline, event_loop_now_ms(server->loop) + STOP_MS);
}

/* Before each wait: a stop is complete when every request has its answer. */
static int64_t stop_when_idle(void *context)
{
	struct server *server = context;

	if (server->is_stopping && api_is_idle(server->api) && http_server_requests(server->http) == 0)
		event_loop_stop(server->loop);
	return -1;
}

/* The certificate for new connections. Whether to use TLS, and for which clients, is decided at the start. */
static void reload_certificate(struct server *server, const struct tls_settings *settings)
{
	struct tls_files files = { 0 };
	struct error err;

	if (!*server->settings->tls.certificate || !*settings->certificate)
		return;
	if (tls_files_read(settings, &files, &err) &&
	    http_server_reload_tls(server->http, files.certificate, files.key, &err))
		log_info("certificate reloaded: new connections use it");
	else
		log_error("certificate not reloaded, the previous one stays in effect: %s", err.text);
	tls_files_finish(&files);
}

/* SIGHUP: what can change while we run is the log level and the certificate; a file with mistakes changes nothing. */
static void on_reload(void *context)
{
	struct server *server = context;
	struct settings_source source = *server->source;
	struct settings_errors errors;
	struct noahd_settings settings, *before = &server->reread;

	source.is_trial = true;
	bool loaded = noahd_settings_load(&source, &settings, &errors);
	command_line_log_errors(&errors);
	settings_errors_finish(&errors);
	if (!loaded) {
		log_error("settings not reloaded: the previous ones stay in effect");
		return;
	}
	char *changes =
	    settings_change_text(&noahd_settings_table, server->has_reread ? before : server->settings, &settings);
	log_set_level((enum log_level)settings.log_level);
	reload_certificate(server, &settings.tls);
	log_info("settings reloaded; %s", changes);
	free(changes);
	noahd_settings_finish(before);
	*before = settings;
	server->has_reread = true;
}

static const struct signal_action signal_actions[] = {
	{ SIGTERM, on_terminate },
	{ SIGINT, on_terminate },
	{ SIGHUP, on_reload },
};
enum { SIGNAL_ACTIONS = sizeof(signal_actions) / sizeof(*signal_actions) };

/* ---- start, in this order ---------------------------------------------------------------------------------------- */

static bool start_loop(struct server *server, struct error *err)
{
	signals_block(signal_actions, SIGNAL_ACTIONS);
	server->loop = event_loop_create(err);
	server->inbox = server->loop ? inbox_create(server->loop, INBOX_AT_ONCE, err) : NULL;
	if (!server->inbox)
		return false;
	watchdog_start(&server->watchdog, server->loop);
	server->signals = signals_start(server->loop, signal_actions, SIGNAL_ACTIONS, server, err);
	return server->signals != NULL;
}

static bool inherit_sockets(struct server *server, struct error *err)
{
	return server_sockets_inherit(&server->sockets, server->settings, err);
}

static bool start_listening(struct server *server, struct error *err)
{
	return server_sockets_bind(&server->sockets, server->settings, err);
}

/* Whether others may reach us, or who may do what is ruled. */
static bool server_check_access(struct server *server, struct error *err)
{
	const char *address = server->sockets.reachable;

	if (!address || server->settings->open || api_is_controlled(server->api))
		return true;
	return error_set(err, ERROR_INVALID,
	    "\"%s\" is reachable from other machines, which could do everything while there is no token. Make one "
	    "(noahd token admin --rule /=read,write,watch,admin), or listen on 127.0.0.1 only, or set open = true if that "
	    "is "
	    "wanted",
	    address);
}

static bool load_store(struct server *server, struct error *err)
{
	const struct noahd_settings *settings = server->settings;
	const struct store_options options = {
		.state_directory = settings->state_directory,
		.events_kept = (uint64_t)settings->events_kept,
		.events_kept_max = (uint64_t)settings->events_kept_max,
		.events_bytes_max = (uint64_t)settings->events_bytes_max,
	};
	const struct api_options api_options = {
		.loop = server->loop,
		.routes = &route_table,
		.ephemeral_bytes_max = (size_t)settings->ephemeral_bytes_max,
		.writes_bytes_max = (size_t)settings->limits.writes_bytes_max,
		.transaction_bytes_max = (size_t)settings->limits.transaction_bytes_max,
		.bookmark_ms = settings->events_bookmark_ms,
		.site = {
			.is_local = !server->sockets.reachable,
			.public_url = settings->public_url,
			.names = (const char *const *)settings->names.items,
			.name_count = settings->names.count,
			.is_tls = *settings->tls.certificate,
			.plain_tokens = settings->plain_tokens,
		},
		.needs_tokens = server->sockets.reachable && !settings->open,
		.check_endpoint = check_endpoint,
		.publish = publish,
		.watch_state = watch_state,
		.public_key = public_key,
		.read_status = server_read_status,
		.store_failed = store_failed,
		.context = server,
	};
	const struct store_reader reader = { restore_record, restore_progress, server };

	server->engine = store_engine_find(noahd_store_engine_names[settings->store.engine]);
	if (!file_make_folder(settings->state_directory, 0700, err) ||
	    !server->engine->open(&options, &server->engine_state, err))
		return false;
	server->api = api_create(&api_options);
	if (!server->engine->load(server->engine_state, &reader, &server->head, err))
		return false;
	registry_set_revision(api_registry(server->api), server->head.revision);
	return server_key_find(settings->state_directory, server->head.revision, &server->key, err);
}

/* Nothing is changed until all that may refuse this start has been asked. */
static bool take_over(struct server *server, struct error *err)
{
	if (!server->key && !server_key_read_or_make(server->settings->state_directory, &server->key, err))
		return false;
	signing_key_public_text(server->key, server->public_key);
	return server->engine->start(server->engine_state, err);
}

static bool start_store(struct server *server, struct error *err)
{
	const struct store_thread_options options = {
		.engine = server->engine,
		.revision = server->head.revision,
		.failures = server->inbox,
		.failed = store_thread_failed,
		.context = server,
	};
	void *state = server->engine_state;

	server->engine_state = NULL;
	server->store = store_thread_start(&options, state, err);
	return server->store != NULL;
}

/* All objects of a kind. */
static void server_hand_over(struct server *server, const char *collection,
    void (*restore)(struct delivery *delivery, const struct record *record))
{
	const struct membership *member = registry_members(api_registry(server->api), collection, "", VERSION_APPLIED);

	for (; member; member = registry_next_member(member, VERSION_APPLIED))
		restore(server->delivery, registry_record(member->entry, VERSION_APPLIED));
}

static void server_forget_progress(struct server *server)
{
	for (size_t i = 0; i < server->progress_count; i++)
		free(server->progress[i].path);
	free(server->progress);
	server->progress = NULL;
	server->progress_count = 0;
}

static bool make_policy(struct server *server, struct error *err)
{
	const struct noahd_settings *settings = server->settings;
	const struct address_policy_options options = {
		.allow = (const char *const *)settings->endpoints.allow.items,
		.allow_count = settings->endpoints.allow.count,
		.deny = (const char *const *)settings->endpoints.deny.items,
		.deny_count = settings->endpoints.deny.count,
		.listen = (const char *const *)server->sockets.addresses,
		.listen_count = server->sockets.count,
	};

	server->policy = address_policy_create(&options, err);
	return server->policy != NULL;
}

static bool start_delivery(struct server *server, struct error *err)
{
	const struct noahd_settings *settings = server->settings;
	const struct delivery_options options = {
		.epoch = server->head.epoch,
		.retry_ms = settings->delivery.retry.items_ms,
		.retry_count = settings->delivery.retry.count,
		.give_up_ms = settings->delivery.give_up_ms,
		.suspend_ms = settings->delivery.suspend_ms,
		.timeout_ms = settings->delivery.timeout_ms,
		.in_flight_max = (size_t)settings->delivery.in_flight_max,
		.ca_file = settings->delivery.ca_file,
		.certificate = settings->delivery.certificate,
		.key = settings->delivery.key,
		.keys = &server->key,
		.key_count = 1,
		.policy = server->policy,
		.store = server->store,
	};

	server->delivery = delivery_create(&options, err);
	if (!server->delivery)
		return false;
	server_hand_over(server, ALL_WATCHES, delivery_restore_watch);
	server_hand_over(server, ALL_TOKENS, delivery_restore_token);
	for (size_t i = 0; i < server->progress_count; i++)
		delivery_restore_progress(server->delivery, &server->progress[i]);
	server_forget_progress(server);
	return delivery_start(server->delivery, server->head.delivery_position, server->head.revision, err);
}

static bool start_http_with(struct server *server, const struct tls_files *files, struct error *err)
{
	const struct noahd_settings *settings = server->settings;
	const struct http_server_options options = {
		.loop = server->loop,
		.listen_fds = server->sockets.fds,
		.listen_fd_count = server->sockets.count,
		.tls_certificate_pem = files->certificate,
		.tls_key_pem = files->key,
		.tls_client_ca_pem = files->client_ca,
		.connections_max = (size_t)settings->connections_max,
		.pool_bytes = POOL_BYTES,
		.body_bytes_max = (size_t)settings->body_bytes_max,
		.body_bytes_max_of = api_body_bytes_max,
		.request_deadline_ms = settings->limits.request_ms,
		.idle_timeout_ms = settings->limits.idle_ms,
		.reader_window_ms = settings->limits.reader_ms,
		.reader_bytes_min = (size_t)settings->limits.reader_bytes_min,
		.unsent_bytes_max = (size_t)settings->limits.answers_bytes_max,
		.handle = api_handle,
		.may_park = api_may_park,
		.refusal = api_refusal,
		.answered = api_answered,
		.context = server->api,
	};

	server->http = http_server_start(&options, err);
	event_loop_before_wait(server->loop, stop_when_idle, server);
	return server->http != NULL;
}

static bool start_http(struct server *server, struct error *err)
{
	struct tls_files files = { 0 };
	bool done = tls_files_read(&server->settings->tls, &files, err) && start_http_with(server, &files, err);

	tls_files_finish(&files);
	return done;
}

/* An import: the delivery thread has had nothing to do so far, another one begins behind what was filled in. */
static void filled(uint64_t revision, void *context)
{
	struct server *server = context;
	struct error err;

	delivery_stop(server->delivery);
	server->delivery = NULL;
	server->head.revision = server->head.delivery_position = revision;
	if (start_delivery(server, &err))
		return;
	log_error("deliveries cannot continue after the import: %s", err.text);
	server->status = EXIT_STATUS_INTERNAL;
	event_loop_stop(server->loop);
}

static bool start_control(struct server *server, struct error *err)
{
	const struct control_host host = {
		.loop = server->loop,
		.state_directory = server->settings->state_directory,
		.engine = server->engine,
		.store = server->store,
		.inbox = server->inbox,
		.api = server->api,
		.filled = filled,
		.context = server,
	};

	server->control = control_open(&host, err);
	return server->control != NULL;
}

/* After the HTTP server: before each wait, it reads what has come, and then what has come is written. */
static bool start_api(struct server *server, struct error *err)
{
	(void)err;
	api_start(server->api, server->head.epoch, server->store, server->inbox);
	return true;
}

static bool server_start(struct server *server, struct error *err)
{
	static bool (*const steps[])(struct server *, struct error *) = { start_loop, inherit_sockets, load_store,
		server_check_access, start_listening, make_policy, take_over, start_store, start_delivery, start_http,
		start_api, start_control };

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (!steps[i](server, err))
			return false;
	return true;
}

static void say_ready(const struct server *server)
{
	const bool is_tls = *server->settings->tls.certificate;

	if (server->settings->store.engine == NOAHD_STORE_MEMORY)
		log_warning("store.engine is memory: all data is lost when noahd exits");
	if (*server->head.notice)
		log_info("%s", server->head.notice);
	if (*server->head.warning)
		log_warning("%s", server->head.warning);
	log_info("%" PRIu64 " %s so far, epoch %s", server->head.revision,
	    plural(server->head.revision, "change", "changes"), server->head.epoch);
	for (size_t i = 0; i < server->sockets.count; i++) {
		char *url = memory_format("%s://%s", is_tls ? "https" : "http", server->sockets.addresses[i]);
		log_ready(url);
		notify_send("READY=1\nSTATUS=ready on %s", url);
		free(url);
	}
}

/* ---- stop, in reverse -------------------------------------------------------------------------------------------- */

static void server_stop(struct server *server)
{
	control_close(server->control);
	delivery_stop(server->delivery);
	store_thread_stop(server->store);
	control_destroy(server->control);
	http_server_stop(server->http);
	api_destroy(server->api);
	if (server->engine_state)
		server->engine->close(server->engine_state);
	server_forget_progress(server);
	server_sockets_finish(&server->sockets, server->http != NULL);
	address_policy_destroy(server->policy);
	signing_key_destroy(server->key);
	signals_stop(server->signals);
	inbox_destroy(server->inbox);
	event_loop_destroy(server->loop);
	noahd_settings_finish(&server->reread);
}

int server_run(const struct noahd_settings *settings, const struct settings_source *source)
{
	struct server server = { .settings = settings, .source = source };
	struct error err;

	if (!server_start(&server, &err)) {
		log_error("cannot start: %s", err.text);
		server.status = command_line_status_of(&err);
	} else {
		say_ready(&server);
		if (!event_loop_run(server.loop, &err)) {
			log_error("%s", err.text);
			server.status = EXIT_STATUS_INTERNAL;
		}
	}
	server_stop(&server);
	return server.status;
}
