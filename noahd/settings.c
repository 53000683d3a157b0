/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/settings.h"
#include "common/host_name.h"
#include "common/http_origin.h"
#include "common/http_server.h"
#include "common/log.h"
#include "noahd/watch/address_policy.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>

/* Descriptors besides the clients' and the deliveries': the store, the inboxes, listeners, libraries. */
enum { OWN_DESCRIPTORS = 64 };

const char *const noahd_store_engine_names[] = {
	[NOAHD_STORE_SQLITE] = "sqlite", [NOAHD_STORE_MEMORY] = "memory", NULL
};
static const char *const log_levels[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
	NULL,
};

#define LIVE_ROW(row_name, row_type, member) \
	.name = row_name, .type = row_type, .offset = offsetof(struct noahd_settings, member)
#define ROW(row_name, row_type, member) LIVE_ROW(row_name, row_type, member), .is_fixed = true

static const struct setting rows[] = {
	{ ROW("listen", SETTING_STRINGS, listen), .default_text = "( \"127.0.0.1:5678\" )", .min = 1, .items_min = 1,
	    .items_max = 16,
	    .sentence = "Addresses to listen on: address:port or [address]:port; with port 0 the kernel chooses." },
	{ LIVE_ROW("tls.certificate", SETTING_STRING, tls.certificate), .default_text = "\"\"",
	    .sentence = "The certificate and its intermediates, PEM; if this and tls.key are empty, plain HTTP is used." },
	{ LIVE_ROW("tls.key", SETTING_STRING, tls.key), .default_text = "\"\"",
	    .sentence = "The private key of the certificate, readable only by its owner." },
	{ ROW("tls.client_ca", SETTING_STRING, tls.client_ca), .default_text = "\"\"",
	    .sentence = "CA certificates for client certificates; if not empty, every client must have one." },
	{ ROW("open", SETTING_BOOL, open), .default_text = "false",
	    .sentence = "Whether to listen beyond loopback without a token, so that anyone who can connect may do "
	                "everything." },
	{ ROW("state_directory", SETTING_STRING, state_directory), .default_text = "\"/var/lib/noah\"", .min = 1,
	    .sentence = "Directory of the database and the signing key; created if missing, locked while noahd runs." },
	{ ROW("store.engine", SETTING_CHOICE, store.engine), .default_text = "\"sqlite\"",
	    .choices = noahd_store_engine_names,
	    .sentence = "Storage engine of the registry; memory loses everything when noahd exits." },
	{ ROW("ephemeral_bytes_max", SETTING_INTEGER, ephemeral_bytes_max), .default_text = "512", .min = 1,
	    .max = 16777216, .sentence = "Maximum data of an ephemeral." },
	{ ROW("body_bytes_max", SETTING_INTEGER, body_bytes_max), .default_text = "65536", .min = 1024, .max = 16777216,
	    .sentence = "Maximum body of a request." },
	{ ROW("connections_max", SETTING_INTEGER, connections_max), .default_text = "20000", .min = 1, .max = 1000000,
	    .sentence = "Maximum number of connected clients; the limit of open files must leave room for them." },
	{ ROW("limits.request_seconds", SETTING_DURATION, limits.request_ms), .default_text = "30", .min = 0.01,
	    .max = 3600, .unit_ms = SETTING_SECOND,
	    .sentence = "Maximum time for a request from its first byte to its last." },
	{ ROW("limits.idle_seconds", SETTING_DURATION, limits.idle_ms), .default_text = "120", .min = 0.01, .max = 86400,
	    .unit_ms = SETTING_SECOND, .sentence = "Maximum time that a connection may be idle." },
	{ ROW("limits.reader_seconds", SETTING_DURATION, limits.reader_ms), .default_text = "60", .min = 0.01, .max = 3600,
	    .unit_ms = SETTING_SECOND,
	    .sentence = "Interval in which a client must read limits.reader_bytes_min of a pending answer." },
	{ ROW("limits.reader_bytes_min", SETTING_INTEGER, limits.reader_bytes_min), .default_text = "61440", .min = 1,
	    .max = 1073741824, .sentence = "Minimum bytes of a pending answer that a client must read in that interval." },
	{ ROW("limits.answers_bytes_max", SETTING_INTEGER, limits.answers_bytes_max), .default_text = "268435456",
	    .min = 1048576, .max = 1099511627776,
	    .sentence = "Maximum total bytes of answers that wait for their readers; beyond that, requests get a 503." },
	{ ROW("limits.writes_bytes_max", SETTING_INTEGER, limits.writes_bytes_max), .default_text = "67108864",
	    .min = 1048576, .max = 1099511627776,
	    .sentence = "Maximum total bytes of writes that wait for the disk; beyond that, writes get a 503." },
	{ ROW("limits.transaction_bytes_max", SETTING_INTEGER, limits.transaction_bytes_max), .default_text = "33554432",
	    .min = 1048576, .max = 1099511627776,
	    .sentence =
	        "Maximum bytes of changes and answers that one transaction or other write may produce; a larger one gets "
	        "a 413." },
	{ ROW("public_url", SETTING_STRING, public_url), .default_text = "\"\"",
	    .sentence =
	        "URL (scheme and host) under which clients reach noahd, for example behind a proxy; if empty, as in each "
	        "request." },
	{ ROW("names", SETTING_STRINGS, names), .default_text = "( )", .min = 1,
	    .sentence = "Additional host names that clients may use while noahd listens on loopback only." },
	{ ROW("plain_tokens", SETTING_BOOL, plain_tokens), .default_text = "false",
	    .sentence = "Whether tokens are accepted over plain HTTP from other machines; only behind a proxy that "
	                "terminates TLS." },
	{ ROW("events_bytes_max", SETTING_INTEGER, events_bytes_max), .default_text = "1073741824", .min = 65536,
	    .max = 1099511627776,
	    .sentence = "Maximum bytes of changes in the log; overrides events_kept and the needs of watches." },
	{ ROW("events_kept", SETTING_INTEGER, events_kept), .default_text = "100000", .min = 0, .max = 1000000000,
	    .sentence = "Number of latest changes kept in the log; more are kept while a watch needs them." },
	{ ROW("events_kept_max", SETTING_INTEGER, events_kept_max), .default_text = "10000000", .min = 1, .max = 1000000000,
	    .sentence = "Maximum number of changes in the log; overrides the needs of watches." },
	{ ROW("events_bookmark_seconds", SETTING_DURATION, events_bookmark_ms), .default_text = "15", .min = 0.01,
	    .max = 3600, .unit_ms = SETTING_SECOND, .sentence = "Interval at which an event stream sends its position." },
	{ ROW("delivery.retry_seconds", SETTING_DURATIONS, delivery.retry),
	    .default_text = "( 5, 30, 120, 600, 1800, 3600 )", .min = 0.001, .max = 86400, .unit_ms = SETTING_SECOND,
	    .items_min = 1, .items_max = 32,
	    .sentence = "Intervals between the attempts of a delivery; the last one repeats." },
	{ ROW("delivery.give_up_hours", SETTING_DURATION, delivery.give_up_ms), .default_text = "72", .min = 0, .max = 8760,
	    .unit_ms = SETTING_HOUR,
	    .sentence = "Time after which a pending delivery is given up; only time during which noahd runs counts." },
	{ ROW("delivery.suspend_hours", SETTING_DURATION, delivery.suspend_ms), .default_text = "120", .min = 0,
	    .max = 8760, .unit_ms = SETTING_HOUR,
	    .sentence =
	        "Time after which an endpoint that always fails is suspended; only time during which noahd runs counts." },
	{ ROW("delivery.timeout_seconds", SETTING_DURATION, delivery.timeout_ms), .default_text = "15", .min = 0.01,
	    .max = 300, .unit_ms = SETTING_SECOND, .sentence = "Maximum time for one attempt of a delivery." },
	{ ROW("delivery.in_flight_max", SETTING_INTEGER, delivery.in_flight_max), .default_text = "256", .min = 1,
	    .max = 10000, .sentence = "Maximum number of concurrent deliveries; each endpoint has at most one." },
	{ ROW("delivery.ca_file", SETTING_STRING, delivery.ca_file), .default_text = "\"\"",
	    .sentence = "CA certificates for the endpoints' certificates; if empty, those of the system." },
	{ ROW("delivery.certificate", SETTING_STRING, delivery.certificate), .default_text = "\"\"",
	    .sentence = "Client certificate that noahd presents to endpoints; if empty, none." },
	{ ROW("delivery.key", SETTING_STRING, delivery.key), .default_text = "\"\"",
	    .sentence = "The private key of the client certificate, readable only by its owner." },
	{ ROW("endpoints.allow", SETTING_STRINGS, endpoints.allow), .default_text = "( )", .min = 1,
	    .sentence =
	        "Networks (10.0.0.0/8) and host patterns (*.example.org) of allowed endpoints; if not empty, all others "
	        "are refused." },
	{ ROW("endpoints.deny", SETTING_STRINGS, endpoints.deny), .default_text = "( )", .min = 1,
	    .sentence = "Networks and host patterns of forbidden endpoints; overrides endpoints.allow." },
	{ LIVE_ROW("log_level", SETTING_CHOICE, log_level), .default_text = "\"info\"", .choices = log_levels,
	    .sentence = "Minimum importance of logged events." },
};

#undef ROW
#undef LIVE_ROW

const struct settings_table noahd_settings_table = { rows, sizeof(rows) / sizeof(*rows),
	sizeof(struct noahd_settings) };

static void check_listen(const struct noahd_settings *settings, struct settings_report *report)
{
	for (size_t i = 0; i < settings->listen.count; i++) {
		const char *address = settings->listen.items[i];
		bool is_loopback;

		if (!http_listen_check(address, &is_loopback))
			settings_error(report, "listen",
			    "found \"%s\", allowed is address:port or [address]:port with numbers only", address);
	}
}

/* The number of clients that the limit of open files leaves room for; raises the soft limit if needed. */
static int64_t connections_possible(const struct noahd_settings *settings)
{
	rlim_t reserved = (rlim_t)(settings->delivery.in_flight_max + OWN_DESCRIPTORS);
	rlim_t needed = (rlim_t)settings->connections_max + reserved;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= needed)
		return settings->connections_max;
	limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur > reserved ? (int64_t)(limit.rlim_cur - reserved) : 0;
}

/* Only a value that was set is an error: the default has to work on a small machine too, and is lowered there. */
static void check_connections(const struct noahd_settings *settings, struct settings_report *report)
{
	int64_t possible = connections_possible(settings);

	if (possible == 0)
		settings_error(report, "connections_max",
		    "the limit of open files leaves no room for connections: raise LimitNOFILE= (ulimit -n)");
	else if (possible < settings->connections_max && settings_is_given(report, "connections_max"))
		settings_error(report, "connections_max",
		    "found %" PRId64 ", the limit of open files leaves room for %" PRId64
		    ": lower it, or raise LimitNOFILE= (ulimit -n)",
		    settings->connections_max, possible);
}

static void check_sizes(const struct noahd_settings *settings, struct settings_report *report)
{
	if (settings->ephemeral_bytes_max > settings->body_bytes_max)
		settings_error(report, "ephemeral_bytes_max", "found %" PRId64 ", allowed is at most body_bytes_max, %" PRId64,
		    settings->ephemeral_bytes_max, settings->body_bytes_max);
	if (settings->events_kept > settings->events_kept_max)
		settings_error(report, "events_kept", "found %" PRId64 ", allowed is at most events_kept_max, %" PRId64,
		    settings->events_kept, settings->events_kept_max);
}

/* The control socket in it is addressed by its whole path. */
static void check_state_directory(const struct noahd_settings *settings, struct settings_report *report)
{
	size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path) - sizeof("/control");

	if (strlen(settings->state_directory) > room)
		settings_error(report, "state_directory",
		    "found %zu bytes, allowed are at most %zu, so that the control socket's path is short enough",
		    strlen(settings->state_directory), room);
}

static void check_delivery_files(const struct noahd_settings *settings, struct settings_report *report)
{
	const char *certificate = settings->delivery.certificate, *key = settings->delivery.key;

	settings_check_file(report, "delivery.ca_file", settings->delivery.ca_file, FILE_PUBLIC);
	settings_check_file(report, "delivery.certificate", certificate, FILE_PUBLIC);
	settings_check_file(report, "delivery.key", key, FILE_SECRET);
	if (*certificate && !*key)
		settings_error(report, "delivery.certificate", "needs delivery.key too");
	if (*key && !*certificate)
		settings_error(report, "delivery.key", "needs delivery.certificate too");
}

static void check_public_url(const struct noahd_settings *settings, struct settings_report *report)
{
	if (*settings->public_url && !http_origin_is_valid(settings->public_url))
		settings_error(report, "public_url",
		    "found \"%s\", allowed is http:// or https://, a host name or an address (IPv6 in brackets), and perhaps a "
		    "port, "
		    "as in https://noah.example",
		    settings->public_url);
}

static void settings_check_names(const struct noahd_settings *settings, struct settings_report *report)
{
	for (size_t i = 0; i < settings->names.count; i++)
		if (!host_is_valid(settings->names.items[i]))
			settings_error(report, "names",
			    "found \"%s\", allowed is a host name, or an address (IPv6 in brackets), without a scheme or a port",
			    settings->names.items[i]);
}

static void check_endpoints(const char *name, const struct setting_strings *list, struct settings_report *report)
{
	struct error err;

	for (size_t i = 0; i < list->count; i++)
		if (!address_policy_check(list->items[i], &err))
			settings_error(report, name, "%s", err.text);
}

static void settings_check_values(const void *checked, struct settings_report *report)
{
	const struct noahd_settings *settings = checked;

	check_listen(settings, report);
	check_state_directory(settings, report);
	check_sizes(settings, report);
	check_connections(settings, report);
	tls_settings_check(&settings->tls, NULL, report);
	check_delivery_files(settings, report);
	check_public_url(settings, report);
	settings_check_names(settings, report);
	check_endpoints("endpoints.allow", &settings->endpoints.allow, report);
	check_endpoints("endpoints.deny", &settings->endpoints.deny, report);
}

bool noahd_settings_load(const struct settings_source *source, struct noahd_settings *out,
    struct settings_errors *out_errors)
{
	if (!settings_load(&noahd_settings_table, source, settings_check_values, out, out_errors))
		return false;
	out->connections_max = connections_possible(out);
	return true;
}

void noahd_settings_finish(struct noahd_settings *settings)
{
	settings_finish(&noahd_settings_table, settings);
}

const char *noahd_settings_reachable(const struct noahd_settings *settings)
{
	bool is_loopback;

	for (size_t i = 0; i < settings->listen.count; i++)
		if (http_listen_check(settings->listen.items[i], &is_loopback) && !is_loopback)
			return settings->listen.items[i];
	return NULL;
}
