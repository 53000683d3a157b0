/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/api.h"
#include "noahd/api/rights.h"

#include "common/clock.h"
#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/api/audit.h"
#include "noahd/http/browser.h"
#include "noahd/http/caller.h"
#include "noahd/api/read.h"
#include "noahd/api/routes.h"
#include "noahd/api/write_request.h"
#include "noahd/registry/token_table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VIEWS_BYTES_MAX = 12 << 20, SNAPSHOTS_BYTES_MAX = 256 << 20 };

/* ---- followers of changes ---------------------------------------------------------------------------------------- */

/* Rights are those of the applied tokens. */
static void api_follow_token(struct registry_entry *entry, void *tokens)
{
	if (entry->kind == OBJECT_TOKEN)
		token_table_set(tokens, entry->path, registry_record(entry, VERSION_APPLIED));
}

static void count_commit(void *context, const struct applied_changes *changes)
{
	metrics_count_commit(context, changes->list->count, changes->commit_us);
}

static void append_events(void *context, const struct applied_changes *changes)
{
	events_append(context, changes->list);
}

static void wake_long_polls(void *context, const struct applied_changes *changes)
{
	for (size_t i = 0; i < changes->list->count; i++)
		long_polls_note_change(context, changes->list->changes[i]);
}

static void publish_changes(void *context, const struct applied_changes *changes)
{
	const struct api_options *options = context;
	struct change_list list = { 0 };

	for (size_t i = 0; i < changes->list->count; i++)
		change_list_append(&list, change_reference(changes->list->changes[i]));
	options->publish(&list, options->context);
}

static void subscribe(struct api *api)
{
	struct change_bus *bus = &api->changes;

	registry_add_reader(api->registry,
	    &(struct registry_reader){ .after_change = api_follow_token, .context = api->tokens });
	change_bus_subscribe(bus, CHANGES_APPLIED, count_commit, api->metrics);
	change_bus_subscribe(bus, CHANGES_APPLIED, append_events, api->events);
	change_bus_subscribe(bus, CHANGES_ANSWERED, wake_long_polls, api->long_polls);
	change_bus_subscribe(bus, CHANGES_ANSWERED, publish_changes, &api->options);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct api *api_create(const struct api_options *options)
{
	struct api *api = memory_zeroed(1, sizeof(*api));

	api->options = *options;
	api->started_ms = clock_wall_ms();
	api->metrics = metrics_create(options->routes);
	api->tokens = token_table_create();
	api->registry = registry_create();
	api->views = view_cache_create(api->registry, VIEWS_BYTES_MAX);
	api->history.registry = api->registry;
	api->snapshots = snapshots_create(api->registry, SNAPSHOTS_BYTES_MAX);
	api->validators = validators_create(api->registry);
	api->events = events_create(&(struct events_options){ options->loop, &api->history, options->bookmark_ms });
	api->writes = write_queue_create(&(struct write_queue_options){
	    .loop = options->loop,
	    .registry = api->registry,
	    .changes = &api->changes,
	    .bytes_max = options->writes_bytes_max,
	    .write_bytes_max = options->transaction_bytes_max,
	    .store_failed = options->store_failed,
	    .context = options->context,
	});
	api->lifetimes = lifetimes_create(options->loop, api->registry, api->writes);
	api->long_polls = long_polls_create(options->loop, api->registry);
	subscribe(api);
	return api;
}

void api_destroy(struct api *api)
{
	if (!api)
		return;
	registry_remove_reader(api->registry, api->tokens);
	lifetimes_destroy(api->lifetimes);
	long_polls_destroy(api->long_polls);
	write_queue_destroy(api->writes);
	events_destroy(api->events);
	snapshots_destroy(api->snapshots);
	validators_destroy(api->validators);
	view_cache_destroy(api->views);
	registry_destroy(api->registry);
	token_table_destroy(api->tokens);
	metrics_destroy(api->metrics);
	free(api->history.epoch);
	free(api);
}

struct registry *api_registry(struct api *api)
{
	return api->registry;
}

void api_start(struct api *api, const char *epoch, struct store_thread *store, struct inbox *answers)
{
	api->history.epoch = memory_text(epoch);
	api->store = store;
	events_start(api->events, store, answers);
	write_queue_start(api->writes, store, answers);
	lifetimes_start(api->lifetimes);
	long_polls_start(api->long_polls);
}

bool api_is_controlled(const struct api *api)
{
	return token_table_count(api->tokens) > 0;
}

void api_end_waiting(struct api *api)
{
	long_polls_end(api->long_polls);
	events_end(api->events);
}

bool api_is_idle(const struct api *api)
{
	return write_queue_is_idle(api->writes);
}

void api_pause(struct api *api)
{
	write_queue_pause(api->writes);
}

void api_resume(struct api *api)
{
	write_queue_resume(api->writes);
}

void api_note_import(struct api *api)
{
	events_imported(api->events);
	long_polls_note_everything(api->long_polls);
}

/* What only a watch's name may be, which is base64 of something long, or an ephemeral's before an operation. */
static void refuse_name(struct http_call *call)
{
	struct error err;

	if (call->target->slash_in_segment || call->target->slash_before_last) {
		error_set(&err, ERROR_INVALID,
		    call->target->slash_in_segment ? "%%2F is allowed only in the name of a watch"
		                                   : "an empty segment in the path");
		answer_error(call, &err);
		return;
	}
	error_set(&err, ERROR_TOO_LARGE, "A name in the path is longer than %d bytes", HTTP_TARGET_NAME_BYTES_MAX);
	answer_refusal(call, 414, &err);
}

/* A page in a browser can make it send a form, but not JSON, to a server that is not the page's. */
static bool is_json(const struct http_call *call)
{
	static const char json[] = "application/json";
	const char *type = http_request_header(call->request, "Content-Type");

	return type && !strncasecmp(type, json, sizeof(json) - 1) && strchr("; \t", type[sizeof(json) - 1]);
}

static void operate(struct http_call *call, const struct operation *operation, const char *method)
{
	struct api *api = api_of(call);
	struct error err;

	if (!strcmp(method, "POST") && !is_json(call)) {
		error_set(&err, ERROR_INVALID, "POST needs Content-Type: application/json");
		answer_refusal(call, 415, &err);
		return;
	}
	struct write *write = write_request_create(call, operation_or_renewal(operation, call->target), &err);
	if (write)
		write_queue_add(api->writes, write);
	else
		answer_error(call, &err);
}

static bool has_odd_name(const struct http_target *target)
{
	return target->slash_in_segment || target->long_segment || target->slash_before_last;
}

/* The row, where it stands for something at the moment. */
static const struct route *api_row_of(const struct http_call *call)
{
	const struct route *route = call->row;
	return route && (!route->is_there || route->is_there(call)) ? route : NULL;
}

/* A method that the path does not have, or a path that there is not. */
static void api_refuse_target(struct http_call *call)
{
	if (!call->row && has_odd_name(call->target))
		refuse_name(call);
	else if (!api_row_of(call))
		answer_not_found(call);
	else
		answer_method_not_allowed(call, api_row_of(call));
}

/* Any other method than those that read is taken for one that writes. */
static void handle(struct http_call *call)
{
	const char *method = http_request_method(call->request);
	const struct route *route = routes_find(api_of(call)->options.routes, call);
	const struct operation *operation = route ? route_operation(route, method) : NULL;
	struct error err;

	http_request_label(call->request, api_row_of(call));
	bool is_allowed = method_reads(method) ? rights_check_read(call, &err) : rights_check_write(call, operation, &err);
	if (!is_allowed)
		answer_error(call, &err);
	else if (operation)
		operate(call, operation, method);
	else if (route && route_reads(route, method))
		read_request(call);
	else if (method_reads(method) && !route && !has_odd_name(call->target))
		read_request(call); /* of what may yet come to be */
	else
		api_refuse_target(call);
}

/* What only reads what is in memory is answered at once: not a read that may wait, nor one of the log. */
bool api_may_park(struct http_request *request, void *api)
{
	const struct http_target *target = http_request_target(request);

	(void)api;
	return !method_reads(http_request_method(request)) || target->parameter_count > 0 ||
	       http_request_header(request, "Prefer") ||
	       (target->segment_count > 0 && !strcmp(target->segments[0], "events"));
}

void api_handle(struct http_request *request, void *api)
{
	struct http_call call = { .request = request, .target = http_request_target(request), .context = api };
	struct error err;
	unsigned status;

	call.body = http_request_body(request, &call.body_size);
	if (!browser_check(&call, &api_of(&call)->options.site, &status, &err))
		answer_refusal(&call, status, &err);
	else if (caller_identify(&call, api_of(&call)->tokens, &api_of(&call)->options.site, &err))
		handle(&call);
	else
		answer_error(&call, &err);
}

void api_answered(const struct http_answered *answered, void *context)
{
	const struct api *api = context;

	metrics_count_answer(api->metrics, answered);
	audit_answer(answered);
}

size_t api_body_bytes_max(struct http_request *request, void *api)
{
	struct http_call call = { .request = request, .target = http_request_target(request), .body = "", .context = api };
	const struct route *route = routes_find(api_of(&call)->options.routes, &call);
	const struct operation *operation = route ? route_operation(route, http_request_method(request)) : NULL;

	return operation ? operation->body_bytes_max : 0;
}

struct http_response *api_refusal(unsigned status, const struct error *err, void *context)
{
	const struct api *api = context;
	return response_of_refusal(&api->history, status, response_refusal_body(err));
}
