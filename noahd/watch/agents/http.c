/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/agents/http.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/number.h"

#include <curl/curl.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <utlist.h>

enum {
	ANSWER_BYTES_MAX = 64 * 1024, /* of headers and body together */
	CONNECT_TIMEOUT_MS = 5000,
	RETRY_AFTER_S_MAX = 24 * 3600, /* keeps milliseconds far from overflow; retry.c has its own limit */
	ANSWER_KEPT_BYTES = 1024,
	FIELD_BYTES = 64,
};

struct http_state {
	CURLM *multi;
	const struct agent_options *options;
	struct event_timer timer;
	struct http_transfer *idle; /* kept with their handles for later requests */
};

struct http_transfer {
	struct http_state *state;
	CURL *easy;
	struct agent_send *send;
	struct curl_slist *headers;
	struct curl_slist *forgotten; /* names that are resolved again */
	char *host;
	size_t received_bytes;
	bool opened;                    /* the policy permitted one of the host's addresses */
	bool refused;                   /* it refused one; refusal has the reason */
	bool requested;                 /* the request was sent at least in part */
	bool stale;                     /* on a kept connection that is dead */
	char answer[ANSWER_KEPT_BYTES]; /* the beginning of the body */
	size_t answer_size;
	char retry_after[FIELD_BYTES], date[FIELD_BYTES]; /* "": not there */
	struct error refusal;
	char trouble[CURL_ERROR_SIZE];
	struct http_transfer *next; /* among the idle */
};

/* A socket of curl's that the loop watches. */
struct http_socket {
	struct event_source source;
	struct http_state *state;
};

/* ---- where it may go: asked for each new connection and, as that skips a reused one, before each request ---- */

static bool may_go(struct http_transfer *transfer, const struct address *address, uint16_t port)
{
	const struct destination to = { transfer->host, address, port };

	if (address_policy_permits(transfer->state->options->policy, &to, &transfer->refusal))
		return true;
	transfer->refused = true;
	return false;
}

static curl_socket_t http_agent_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct http_transfer *transfer = context;
	struct address address;
	uint16_t port;

	(void)purpose;
	if (!address_of_socket(&to->addr, &address, &port) || !may_go(transfer, &address, port))
		return CURL_SOCKET_BAD;
	transfer->opened = true;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static int before_request(void *context, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct http_transfer *transfer = context;
	struct address address;

	(void)local_ip;
	(void)local_port;
	/* libcurl repeats a POST up to five times if a kept connection dies without an answer, and calls this first. */
	transfer->stale = transfer->requested;
	if (transfer->stale)
		return CURL_PREREQFUNC_ABORT;
	transfer->requested = true;
	if (address_parse(remote_ip, &address) && may_go(transfer, &address, (uint16_t)remote_port))
		return CURL_PREREQFUNC_OK;
	transfer->opened = false;
	transfer->refused = true;
	return CURL_PREREQFUNC_ABORT;
}

/* ---- one transfer ------------------------------------------------------------------------------------------------ */

static size_t count_bytes(struct http_transfer *transfer, size_t size)
{
	transfer->received_bytes += size;
	return transfer->received_bytes > ANSWER_BYTES_MAX ? 0 : size;
}

static size_t http_agent_take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_transfer *transfer = context;
	size_t room = ANSWER_KEPT_BYTES - transfer->answer_size, kept = size * count < room ? size * count : room;

	memcpy(transfer->answer + transfer->answer_size, bytes, kept);
	transfer->answer_size += kept;
	return count_bytes(transfer, size * count);
}

/* The value of a line "Name: value\r\n" with this name; a value that is too long is ignored. */
static void take_field(const char *line, size_t size, const char *name, char out[FIELD_BYTES])
{
	size_t name_size = strlen(name);

	if (size <= name_size || strncasecmp(line, name, name_size) != 0 || line[name_size] != ':')
		return;
	for (line += name_size + 1, size -= name_size + 1; size && isspace((unsigned char)*line); size--)
		line++;
	while (size && isspace((unsigned char)line[size - 1]))
		size--;
	if (size < FIELD_BYTES)
		snprintf(out, FIELD_BYTES, "%.*s", (int)size, line);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http_transfer *transfer = context;

	take_field(bytes, size * count, "Retry-After", transfer->retry_after);
	take_field(bytes, size * count, "Date", transfer->date);
	return count_bytes(transfer, size * count);
}

/* The same for every transfer. Redirects are not followed and no proxy of the environment is used, since the policy
   applies to the registered host. */
static const struct {
	CURLoption option;
	long value;
} FIXED_OPTIONS[] = {
	{ CURLOPT_POST, 1 }, { CURLOPT_NOSIGNAL, 1 }, { CURLOPT_FOLLOWLOCATION, 0 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 }, { CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_SSL_VERIFYPEER, 1 }, { CURLOPT_SSL_VERIFYHOST, 2 }, { CURLOPT_TCP_NODELAY, 1 },
	{ CURLOPT_MAXAGE_CONN, 60 }, { CURLOPT_MAXLIFETIME_CONN, 300 }, { CURLOPT_DNS_CACHE_TIMEOUT, 30 },
	{ CURLOPT_QUICK_EXIT, 1 }, /* abandon a lookup that hangs: else everything would wait for it */
};

static void set_callbacks(struct http_transfer *transfer)
{
	CURL *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->trouble);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, http_agent_open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_agent_take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
}

static void set_options(CURL *easy, const struct agent_options *options)
{
	long timeout_ms = (long)options->timeout_ms;

	for (size_t i = 0; i < sizeof(FIXED_OPTIONS) / sizeof(*FIXED_OPTIONS); i++)
		curl_easy_setopt(easy, FIXED_OPTIONS[i].option, FIXED_OPTIONS[i].value);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS);
	if (*options->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
	if (*options->certificate) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, options->certificate);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, options->key);
	}
}

static struct http_transfer *transfer_create(struct http_state *state)
{
	struct http_transfer *transfer = memory_zeroed(1, sizeof(*transfer));

	transfer->state = state;
	transfer->easy = curl_easy_init();
	if (!transfer->easy)
		abort();
	set_callbacks(transfer);
	set_options(transfer->easy, state->options);
	return transfer;
}

static struct http_transfer *transfer_take(struct http_state *state)
{
	struct http_transfer *transfer = state->idle;

	if (!transfer)
		return transfer_create(state);
	LL_DELETE(state->idle, transfer);
	return transfer;
}

static void transfer_release(struct http_transfer *transfer)
{
	struct http_state *state = transfer->state;

	curl_multi_remove_handle(state->multi, transfer->easy);
	curl_slist_free_all(transfer->headers);
	free(transfer->host);
	curl_slist_free_all(transfer->forgotten);
	transfer->headers = transfer->forgotten = NULL;
	transfer->host = NULL;
	LL_PREPEND(state->idle, transfer);
}

static void add_header(struct http_transfer *transfer, const char *name, const char *value)
{
	char *line = memory_format("%s: %s", name, value);
	struct curl_slist *headers = curl_slist_append(transfer->headers, line);

	if (!headers)
		abort();
	transfer->headers = headers;
	free(line);
}

/* libcurl caches addresses by the wall clock: if that is set back, it would keep them until the clock has caught up. */
static void resolve_again(struct http_transfer *transfer, const char *endpoint)
{
	char *name = endpoint_host_and_port(endpoint);
	char *order = memory_join("-", name);

	transfer->forgotten = curl_slist_append(NULL, order);
	free(order);
	free(name);
}

static void prepare(struct http_transfer *transfer, struct agent_send *send)
{
	const struct message *message = send->message;

	transfer->send = send;
	transfer->received_bytes = transfer->answer_size = 0;
	transfer->opened = transfer->refused = transfer->requested = transfer->stale = false;
	transfer->trouble[0] = transfer->retry_after[0] = transfer->date[0] = '\0';
	for (size_t i = 0; i < message->field_count; i++)
		add_header(transfer, message->fields[i].name, message->fields[i].value);
	add_header(transfer, "Expect", ""); /* a header without a value is removed: do not wait for a 100 */
	curl_easy_setopt(transfer->easy, CURLOPT_URL, send->endpoint);
	if (send->fresh)
		resolve_again(transfer, send->endpoint);
	curl_easy_setopt(transfer->easy, CURLOPT_RESOLVE, transfer->forgotten);
	curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, (long)send->fresh);
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
	curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)message->body_size);
	curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, message->body);
}

static bool http_send(void *context, struct agent_send *send, struct error *err)
{
	struct http_state *state = context;
	char *host = endpoint_host(send->endpoint);

	if (!host)
		return error_set(err, ERROR_INVALID, "the endpoint is not a URL with a host");
	struct http_transfer *transfer = transfer_take(state);
	transfer->host = host;
	prepare(transfer, send);
	send->transfer = transfer;
	CURLMcode code = curl_multi_add_handle(state->multi, transfer->easy);
	if (!code)
		return true;
	transfer_release(transfer);
	return error_set(err, ERROR_INTERNAL, "curl: %s", curl_multi_strerror(code));
}

static void http_cancel(void *context, struct agent_send *send)
{
	(void)context;
	transfer_release(send->transfer);
}

/* ---- how it ended ------------------------------------------------------------------------------------------------ */

/* A date refers to the receiver's clock (RFC 9110, 10.2.3), which its Date header shows; ours may differ. 0: none, or
   nonsense. */
static int64_t retry_after_ms(const struct http_transfer *transfer)
{
	int64_t seconds = 0;

	if (transfer->retry_after[strspn(transfer->retry_after, "0123456789")] == '\0') {
		const char *digits = transfer->retry_after + strspn(transfer->retry_after, "0");
		if (*digits && !number_parse_int64(digits, 0, RETRY_AFTER_S_MAX, &seconds))
			seconds = RETRY_AFTER_S_MAX;
	} else {
		time_t now = *transfer->date ? curl_getdate(transfer->date, NULL) : -1;
		time_t then = curl_getdate(transfer->retry_after, NULL);
		seconds = then < 0 ? 0 : (int64_t)then - (now < 0 ? clock_wall_ms() / 1000 : now);
	}
	if (seconds < 0)
		return 0;
	return 1000 * (seconds < RETRY_AFTER_S_MAX ? seconds : RETRY_AFTER_S_MAX);
}

static void answered(struct http_transfer *transfer, long status, struct outcome *out)
{
	out->kind = OUTCOME_ANSWERED;
	out->status = (unsigned)status;
	out->retry_after_ms = retry_after_ms(transfer);
	if (status / 100 == 4)
		answer_line_write(transfer->answer, transfer->answer_size, transfer->send->endpoint, out->answer);
	snprintf(out->text, sizeof(out->text), "HTTP %ld", status);
}

static struct outcome outcome_of(struct http_transfer *transfer, CURLcode code)
{
	struct outcome outcome = { .kind = OUTCOME_FAILED };
	const char *text = transfer->trouble[0] ? transfer->trouble : curl_easy_strerror(code);
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (transfer->refused && !transfer->opened) {
		outcome.kind = OUTCOME_REFUSED;
		text = transfer->refusal.text;
	}
	if (transfer->stale) {
		outcome.kind = OUTCOME_STALE;
		text = "the connection that was kept is dead";
	}
	snprintf(outcome.text, sizeof(outcome.text), "%s", text);
	/* The status counts even if the body does not come or does not end. */
	if (!transfer->stale && (code == CURLE_OK || status >= 200))
		answered(transfer, status, &outcome);
	return outcome;
}

static void finish_transfers(struct http_state *state)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(state->multi, &left))) {
		struct http_transfer *transfer = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode code = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		struct outcome outcome = outcome_of(transfer, code);
		struct agent_send *send = transfer->send;
		transfer_release(transfer);
		send->done(send->context, &outcome);
	}
}

/* ---- curl on the event loop -------------------------------------------------------------------------------------- */

static void http_agent_socket_ready(void *context, uint32_t events)
{
	struct http_socket *watched = context;
	struct http_state *state = watched->state; /* curl may let us free the socket while it works */
	int bits = 0, running;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		bits |= CURL_CSELECT_IN;
	if (events & (EPOLLOUT | EPOLLERR))
		bits |= CURL_CSELECT_OUT;
	curl_multi_socket_action(state->multi, watched->source.fd, bits, &running);
	finish_transfers(state);
}

static void forget_socket(struct http_state *state, struct http_socket *watched)
{
	if (!watched)
		return;
	event_loop_remove(state->options->loop, &watched->source);
	free(watched);
}

static void watch_socket(struct http_state *state, curl_socket_t fd, uint32_t events)
{
	struct http_socket *watched = memory_zeroed(1, sizeof(*watched));

	watched->state = state;
	watched->source = (struct event_source){ fd, http_agent_socket_ready, watched };
	if (event_loop_add(state->options->loop, &watched->source, events, NULL))
		curl_multi_assign(state->multi, fd, watched);
	else
		free(watched); /* the transfer's timeout ends it */
}

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
	struct http_state *state = context;
	struct http_socket *watched = socket_context;
	uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE)
		forget_socket(state, watched);
	else if (!watched)
		watch_socket(state, fd, events);
	else
		(void)event_loop_change(state->options->loop, &watched->source, events, NULL);
	return 0;
}

static void http_agent_timer_fired(void *context, int64_t now_ms)
{
	struct http_state *state = context;
	int running;

	(void)now_ms;
	curl_multi_socket_action(state->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finish_transfers(state);
}

static int timer_changed(CURLM *multi, long timeout_ms, void *context)
{
	struct http_state *state = context;

	(void)multi;
	if (timeout_ms < 0)
		event_timer_cancel(state->options->loop, &state->timer);
	else
		event_timer_set(state->options->loop, &state->timer, clock_monotonic_ms() + timeout_ms);
	return 0;
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

/* Checks what curl would only report at the first delivery. */
static bool http_agent_check_files(const struct agent_options *options, struct error *err)
{
	const char *const files[] = { options->ca_file, options->certificate, options->key };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (*files[i] && access(files[i], R_OK))
			return error_set_errno(err, ERROR_INVALID, "%s cannot be read", files[i]);
	}
	return true;
}

static void *http_start(const struct agent_options *options, struct error *err)
{
	struct http_state *state;

	if (!http_agent_check_files(options, err))
		return NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
		error_set(err, ERROR_INTERNAL, "curl could not be started");
		return NULL;
	}
	state = memory_zeroed(1, sizeof(*state));
	state->options = options;
	state->timer.fire = http_agent_timer_fired;
	state->timer.context = state;
	state->multi = curl_multi_init();
	if (!state->multi)
		abort();
	curl_multi_setopt(state->multi, CURLMOPT_MAXCONNECTS, (long)options->in_flight_max);
	curl_multi_setopt(state->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
	curl_multi_setopt(state->multi, CURLMOPT_SOCKETDATA, state);
	curl_multi_setopt(state->multi, CURLMOPT_TIMERFUNCTION, timer_changed);
	curl_multi_setopt(state->multi, CURLMOPT_TIMERDATA, state);
	return state;
}

static void http_stop(void *context)
{
	struct http_state *state = context;
	struct http_transfer *transfer;

	if (!state)
		return;
	while ((transfer = state->idle)) {
		LL_DELETE(state->idle, transfer);
		curl_easy_cleanup(transfer->easy);
		free(transfer);
	}
	curl_multi_cleanup(state->multi);
	event_timer_cancel(state->options->loop, &state->timer);
	free(state);
	curl_global_cleanup();
}

static const char *const schemes[] = { "http", "https", NULL };

const struct agent http_agent = { schemes, http_start, http_send, http_cancel, http_stop };
