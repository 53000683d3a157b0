/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/front.h"

#include "common/http_route.h"
#include "common/log.h"
#include "common/memory.h"
#include "pokerd/link/flood.h"
#include "pokerd/link/messages.h"
#include "pokerd/link/rate.h"
#include "pokerd/listener/answers.h"
#include "pokerd/listener/readings.h"
#include "pokerd/listener/runner_link.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Of one address. */
static const struct rate refusals = { .interval_ms = 50, .burst = 200 };

enum { RETRY_SOON_S = 1, ALLOW_BYTES = 64 };

struct front {
	struct front_options options;
	struct runner_link *link;
	struct readings *readings;
	struct flood *flood;
	int64_t flood_log_ms; /* rate.h */
	int64_t plain_ms;     /* likewise */
	bool is_alone;        /* the runner is gone */
	size_t route_count;
	struct http_route routes[];
};

/* The context of a handler's call. */
struct visit {
	struct front *front;
	const struct http_route *route;
};

static int64_t now_ms_of(const struct front *front)
{
	return event_loop_now_ms(front->options.loop);
}

/* ---- refusals ---- */

/* Client errors count against the address. */
static void count_refusal(struct front *front, struct http_request *request)
{
	flood_count(front->flood, http_request_peer(request), 1, now_ms_of(front));
}

static void front_refuse(struct front *front, struct http_request *request, unsigned status, const char *text)
{
	count_refusal(front, request);
	answer_refusal(request, status, ANSWER_NO_RETRY_AFTER, text);
}

static void refuse_alone(struct http_request *request)
{
	answer_refusal(request, 503, RETRY_SOON_S, "pokerd is stopping or restarting");
}

/* True: refused. This does not count as a refusal: a client that keeps asking is unblocked as soon as one that waits.
   */
static bool refuse_flood(struct front *front, struct http_request *request)
{
	static const struct rate lines = { .interval_ms = 10000, .burst = 3 };
	const char *peer = http_request_peer(request);
	int64_t now_ms = now_ms_of(front), wait_ms = flood_wait_ms(front->flood, peer, now_ms);

	if (!wait_ms)
		return false;
	if (!rate_wait_ms(&lines, front->flood_log_ms, now_ms)) {
		rate_take(&lines, &front->flood_log_ms, now_ms);
		log_warning("%s: too many refused requests; this address is blocked for a while", peer);
	}
	answer_refusal(request, 429, (unsigned)(wait_ms + 999) / 1000, "too many requests from this address were refused");
	return true;
}

/* ---- the kinds of request ---- */

static bool is_json(const char *content_type)
{
	static const char json[] = "application/json";
	size_t size = sizeof(json) - 1;

	return content_type && !strncasecmp(content_type, json, size) && strchr("; \t", content_type[size]);
}

static void handle_poke(struct http_call *call)
{
	const struct visit *visit = call->context;

	if (http_request_header(call->request, "Transfer-Encoding"))
		front_refuse(visit->front, call->request, 411, "a Content-Length is required, without Transfer-Encoding");
	else if (!is_json(http_request_header(call->request, "Content-Type")))
		front_refuse(visit->front, call->request, 415, "the Content-Type must be application/json");
	else
		runner_link_ask(visit->front->link, MESSAGE_POKE, call->request, visit->route->pattern);
}

static void handle_health(struct http_call *call)
{
	const struct visit *visit = call->context;

	runner_link_ask(visit->front->link, MESSAGE_HEALTH, call->request, NULL);
}

static void handle_reading(struct http_call *call, enum message_kind kind, const char *run_id)
{
	const struct visit *visit = call->context;

	readings_handle(visit->front->readings, kind, call->request, run_id);
}

static void handle_status(struct http_call *call)
{
	handle_reading(call, MESSAGE_STATUS, "");
}

static void handle_record(struct http_call *call)
{
	handle_reading(call, MESSAGE_RECORD, call->captures[0]);
}

static void handle_output(struct http_call *call)
{
	handle_reading(call, MESSAGE_OUTPUT, call->captures[0]);
}

static void handle_metrics(struct http_call *call)
{
	handle_reading(call, MESSAGE_METRICS, "");
}

static void refuse_method(struct front *front, struct http_request *request, const struct http_route *route)
{
	char allow[ALLOW_BYTES];

	http_route_allow(route, allow, sizeof(allow));
	count_refusal(front, request);
	answer_method(request, allow);
}

/* A poke at a path that no rule has, in any spelling: the runner refuses it too, and tells the operator. */
static bool is_misdirected(const struct front *front, const struct http_call *call)
{
	const char *path = call->target->whole_path;

	for (size_t i = 0; i < front->route_count; i++)
		if (!strcmp(path, front->routes[i].pattern))
			return false;
	return !strcmp(http_request_method(call->request), "POST") && http_request_header(call->request, "webhook-id") &&
	       strlen(path) <= POKE_PATH_BYTES_MAX;
}

static void dispatch(struct front *front, struct http_request *request)
{
	struct http_call call = { .request = request, .target = http_request_target(request) };
	const struct http_route *route = http_route_find(front->routes, front->route_count, &call);
	http_handler *handler = route ? http_route_handler(route, http_request_method(request)) : NULL;
	struct visit visit = { front, route };

	call.context = &visit;
	if (handler)
		handler(&call);
	else if (route)
		refuse_method(front, request, route);
	else if (is_misdirected(front, &call))
		runner_link_ask(front->link, MESSAGE_POKE, request, call.target->whole_path);
	else
		front_refuse(front, request, 404, "no rule has this path");
}

void front_handle(struct http_request *request, void *context)
{
	struct front *front = context;

	if (front->is_alone)
		refuse_alone(request);
	else if (!refuse_flood(front, request))
		dispatch(front, request);
}

static void dispatch_metrics(struct front *front, struct http_request *request)
{
	static const struct http_route route = { .pattern = "/metrics", .get = handle_metrics };
	struct http_call call = { .request = request, .target = http_request_target(request) };
	struct visit visit = { front, &route };

	call.context = &visit;
	if (!http_route_find(&route, 1, &call))
		front_refuse(front, request, 404, "the only path at this address is /metrics");
	else if (!http_route_handler(&route, http_request_method(request)))
		refuse_method(front, request, &route);
	else
		handle_metrics(&call);
}

void front_handle_metrics(struct http_request *request, void *context)
{
	struct front *front = context;

	if (front->is_alone)
		refuse_alone(request);
	else if (!refuse_flood(front, request))
		dispatch_metrics(front, request);
}

/* An operator needs to know of some of them. */
void front_tell_plain(const char *peer, void *context)
{
	static const struct rate lines = { .interval_ms = 1000, .burst = 20 };
	struct front *front = context;
	int64_t now_ms = now_ms_of(front);

	if (front->is_alone || rate_wait_ms(&lines, front->plain_ms, now_ms))
		return;
	rate_take(&lines, &front->plain_ms, now_ms);
	runner_link_tell(front->link, MESSAGE_PLAIN, peer);
}

/* ---- what the runner says ---- */

static void front_take_verdict(struct http_request *request, const struct message *verdict, void *context)
{
	struct front *front = context;
	const char *text = verdict->parts[MESSAGE_TEXT].bytes;

	if (verdict->status >= 400 && verdict->status < 500)
		count_refusal(front, request);
	if (verdict->status >= 400)
		answer_refusal(request, verdict->status, verdict->retry_after_s, text);
	else if (!strcmp(http_request_method(request), "POST"))
		answer_poke(request, verdict->status, http_request_header(request, "webhook-id"), text);
	else
		answer_state(request, verdict->status, text);
}

static void pass_on_drain(int64_t grace_ms, void *context)
{
	struct front *front = context;

	readings_drain(front->readings);
	front->options.drain(grace_ms, front->options.context);
}

static void pass_on_end(void *context)
{
	struct front *front = context;

	front->options.end(front->options.context);
}

/* ---- life ---- */

static bool connect_to_runner(struct front *front, struct error *err)
{
	const struct runner_link_options options = {
		.loop = front->options.loop,
		.fd = front->options.runner_fd,
		.verdict = front_take_verdict,
		.drain = pass_on_drain,
		.end = pass_on_end,
		.context = front,
	};

	front->link = runner_link_create(&options, err);
	return front->link != NULL;
}

static const struct http_route own_routes[] = {
	{ .pattern = "/health", .get = handle_health },
	/* With a status token: */
	{ .pattern = "/status", .get = handle_status },
	{ .pattern = "/runs/:run", .get = handle_record },
	{ .pattern = "/runs/:run/log", .get = handle_output },
};
enum { OWN_ROUTES = sizeof(own_routes) / sizeof(*own_routes), PUBLIC_ROUTES = 1 };

static void make_routes(struct front *front)
{
	const struct rule_settings *rules = front->options.rules->items;

	for (size_t i = 0; i < (front->options.has_readings ? OWN_ROUTES : PUBLIC_ROUTES); i++)
		front->routes[front->route_count++] = own_routes[i];
	for (size_t i = 0; i < front->options.rules->count; i++)
		front->routes[front->route_count++] = (struct http_route){ .pattern = rules[i].path, .post = handle_poke };
}

static void reading_refused(struct http_request *request, void *context)
{
	count_refusal(context, request);
}

struct front *front_create(const struct front_options *options, struct error *err)
{
	struct front *front =
	    memory_zeroed(1, sizeof(*front) + (options->rules->count + OWN_ROUTES) * sizeof(*front->routes));

	front->options = *options;
	front->flood = flood_create(&refusals);
	make_routes(front);
	if (!connect_to_runner(front, err)) {
		front_destroy(front);
		return NULL;
	}
	const struct readings_options readings = {
		.loop = options->loop,
		.link = front->link,
		.refused = reading_refused,
		.context = front,
	};
	front->readings = readings_create(&readings);
	return front;
}

void front_destroy(struct front *front)
{
	if (!front)
		return;
	readings_destroy(front->readings);
	runner_link_destroy(front->link);
	flood_destroy(front->flood);
	free(front);
}

bool front_await_turn(struct front *front)
{
	return runner_link_await_turn(front->link);
}

void front_give_up(struct front *front)
{
	struct http_request *request;

	front->is_alone = true;
	readings_drain(front->readings);
	while ((request = runner_link_take_back(front->link)))
		refuse_alone(request);
}
