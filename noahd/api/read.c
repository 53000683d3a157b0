/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/read.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/number.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/conditions.h"
#include "noahd/http/prefer.h"
#include "noahd/api/rights.h"
#include "noahd/api/routes.h"
#include "noahd/api/entity_tag.h"
#include "noahd/registry/token_table.h"
#include "noahd/http/own_path.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_WAIT_MS_MAX = 300000 };

/* What a GET or HEAD says beside its path. Texts are the request's. */
struct read {
	struct http_call call;
	struct conditions conditions;
	int64_t wait_ms;  /* how long it may take, 0: it is to be answered now */
	const char *data; /* of an ephemeral: that is waited for; NULL: any */
};

/* ---- what is asked for ------------------------------------------------------------------------------------------- */

/* Any number of seconds; those that are too many are not granted. */
static bool parse_seconds(const char *name, const struct prefer_value *value, int64_t *out_ms, struct error *err)
{
	const double seconds_max = READ_WAIT_MS_MAX / 1000.0;
	char text[32];
	double seconds;

	snprintf(text, sizeof(text), "%.*s", (int)value->size, value->text);
	if (value->size >= sizeof(text) || !number_parse_decimal(text, 0, HUGE_VAL, &seconds))
		return error_set(err, ERROR_INVALID, "\"%s\" must be a number of seconds", name);
	*out_ms = (int64_t)((seconds < seconds_max ? seconds : seconds_max) * 1000);
	return true;
}

/* What the query says counts. The answer tells that the preference was heard; one that makes no sense is not, and the
   request goes on as without it (RFC 7240, 2 and 3). */
static void read_preference(struct read *read)
{
	const char *header = http_request_header(read->call.request, "Prefer");
	struct prefer_value value = { 0 };
	char applied[32];

	if (!header || http_target_parameter(read->call.target, "wait"))
		return;
	if (!prefer_find(header, "wait", &value) || !value.text || !parse_seconds("wait", &value, &read->wait_ms, NULL))
		return;
	snprintf(applied, sizeof(applied), "wait=%g", (double)read->wait_ms / 1000);
	http_request_answer_header(read->call.request, "Preference-Applied", applied);
}

/* For clients that cannot set headers. */
static bool read_parameters(struct read *read, struct error *err)
{
	const struct http_target *target = read->call.target;
	const char *wait = http_target_parameter(target, "wait");
	const struct prefer_value value = { wait, wait ? strlen(wait) : 0 };

	if (!http_target_check_once(target, "wait", err) || !http_target_check_once(target, "data", err))
		return false;
	if (wait && !parse_seconds("wait", &value, &read->wait_ms, err))
		return false;
	read->data = http_target_parameter(target, "data");
	return true;
}

static bool read_wishes(struct read *read, struct error *err)
{
	struct http_request *request = read->call.request;
	const struct route *route = read->call.row;

	read->conditions =
	    (struct conditions){ http_request_header(request, "If-Match"), http_request_header(request, "If-None-Match") };
	if (!conditions_check(&read->conditions, err))
		return false;
	read_preference(read);
	if (read->call.target->parameter_count > 0 && !read_parameters(read, err))
		return false;
	if (read->wait_ms > 0 && read->data && !(route && route->flags & ROUTE_HAS_DATA))
		return error_set(err, ERROR_INVALID, "\"data\" can only be waited for at an ephemeral");
	return true;
}

/* ---- what there is ----------------------------------------------------------------------------------------------- */

static bool has_data(const struct http_call *call, const char *data)
{
	const struct registry_entry *entry = registry_find(api_of(call)->registry, own_path(call), VERSION_APPLIED);
	const struct record *record = entry ? registry_record(entry, VERSION_APPLIED) : NULL;

	return record && record->value_size == strlen(data) &&
	       (!record->value_size || !memcmp(record->value, data, record->value_size));
}

/* Whether it can be told when it changes. */
static bool is_observable(const struct http_call *call)
{
	return !call->row || entity_tag_is_known(call);
}

/* Whether there is something to tell by now: another answer than the client has, an object that is there, that data; or
   that the caller may read it no more. */
static bool read_is_due(const struct read *read)
{
	char etag[ETAG_BYTES];

	if (!is_observable(&read->call) || !rights_check_read(&read->call, NULL))
		return true;
	bool is_there = entity_tag_find(&read->call, VERSION_APPLIED, etag);
	if (is_there && !conditions_match(&read->conditions, etag))
		return true;
	if (!conditions_none_match(&read->conditions, is_there ? etag : NULL))
		return false;
	if (read->data)
		return has_data(&read->call, read->data);
	return is_there || read->conditions.if_none_match;
}

static void read_show(struct http_call *call)
{
	const struct route *route = call->row;

	if (route)
		route->get(call);
	else
		answer_not_found(call);
}

static void read_respond(struct read *read)
{
	struct http_call *call = &read->call;
	char etag[ETAG_BYTES];
	struct error err;

	/* What is not there is not found, whatever the conditions (RFC 9110, 13.2.1). */
	if (!conditions_are_set(&read->conditions) || !entity_tag_find(call, VERSION_APPLIED, etag) ||
	    conditions_hold(&read->conditions, etag, &err)) {
		read_show(call);
	} else if (conditions_match(&read->conditions, etag)) {
		/* A 304 has the headers of the whole answer, from which caches take its length: it is made, and not sent. */
		http_request_answer_unchanged(call->request);
		read_show(call);
	} else {
		answer_error(call, &err);
	}
}

/* ---- what waits -------------------------------------------------------------------------------------------------- */

struct waiting_read {
	struct long_poll long_poll; /* first */
	struct read read;
};

static bool waiting_read_is_due(struct long_poll *long_poll)
{
	return read_is_due(&((struct waiting_read *)long_poll)->read);
}

static void waiting_read_end(struct long_poll *long_poll, enum long_poll_end end)
{
	struct waiting_read *waiting = (struct waiting_read *)long_poll;
	struct error err;

	if (end == LONG_POLL_ANSWER && rights_check_read(&waiting->read.call, &err))
		read_respond(&waiting->read);
	else if (end == LONG_POLL_ANSWER)
		answer_error(&waiting->read.call, &err);
	token_release(waiting->read.call.caller);
	free(waiting);
}

static void waiting_read_hung_up(void *context)
{
	long_poll_hurry(context);
}

static void read_wait(const struct read *read)
{
	struct waiting_read *waiting = memory_zeroed(1, sizeof(*waiting));
	char *path = route_path(&read->call);
	/* Its caller's token may expire first: an answer at the next change there would tell of it. */
	const int64_t expires_ms = read->call.caller ? token_expires_ms(read->call.caller) : 0;
	const int64_t left_ms = expires_ms ? expires_ms - clock_wall_ms() : read->wait_ms;

	waiting->long_poll = (struct long_poll){ .is_due = waiting_read_is_due, .end = waiting_read_end };
	waiting->read = *read;
	(void)token_reference(read->call.caller);
	long_polls_add(api_of(&read->call)->long_polls, &waiting->long_poll, path,
	    left_ms < read->wait_ms ? left_ms : read->wait_ms);
	http_request_on_hang_up(read->call.request, waiting_read_hung_up, waiting);
	free(path);
}

void read_request(const struct http_call *call)
{
	struct read read = { .call = *call };
	struct error err;

	if (!is_observable(call))
		read_show(&read.call);
	else if (!read_wishes(&read, &err))
		answer_error(call, &err);
	else if (read.wait_ms > 0 && !read_is_due(&read))
		read_wait(&read);
	else
		read_respond(&read);
}
