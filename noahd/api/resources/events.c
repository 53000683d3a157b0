/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_accept.h"
#include "common/memory.h"
#include "common/number.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/api/resources/resources.h"
#include "noahd/http/caller.h"
#include "noahd/registry/pattern.h"

#include <string.h>

enum { COUNT_DEFAULT = 1000, COUNT_MAX = 10000 };

static bool read_number(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *out,
    struct error *err)
{
	uint64_t number;

	if (!text)
		return true;
	if (!number_parse_uint64(text, max, &number) || number < min)
		return error_set(err, ERROR_INVALID, "%s must be a number from %llu to %llu", name, (unsigned long long)min,
		    (unsigned long long)max);
	*out = number;
	return true;
}

/* A reader that comes back says what it has seen last, whatever its URL still says. */
static bool read_place(const struct http_call *call, struct event_filter *filter, struct error *err)
{
	const char *last = http_request_header(call->request, "Last-Event-ID");

	if (last && *last)
		return read_number("Last-Event-ID", last, 0, INT64_MAX, &filter->after, err);
	return read_number("since", http_target_parameter(call->target, "since"), 0, INT64_MAX, &filter->after, err);
}

static bool events_read_pattern(const struct http_call *call, struct event_filter *filter, struct error *err)
{
	const char *pattern = http_target_parameter(call->target, "pattern");

	if (!http_target_check_once(call->target, "pattern", err) || (pattern && !pattern_check(pattern, err)))
		return false;
	filter->pattern = pattern ? pattern_decode(pattern) : memory_text("");
	return true;
}

static const char *find_gap(const struct event_log *log, const struct http_call *call,
    const struct event_filter *filter)
{
	const char *epoch = http_target_parameter(call->target, "epoch");

	if (epoch && strcmp(epoch, api_of(call)->history.epoch) != 0)
		return "The revision is of another epoch";
	if (filter->after > event_log_head(log))
		return "This revision does not exist yet";
	return NULL;
}

static bool read_filter(const struct event_log *log, const struct http_call *call, bool is_stream,
    struct event_filter *filter, struct error *err)
{
	uint64_t count_max = COUNT_DEFAULT;

	/* Rights as for a watch there. What is below the pattern and may not be read is left out. */
	if (!events_read_pattern(call, filter, err) || !caller_check(call, ACCESS_READ, filter->pattern, err) ||
	    (is_stream && !caller_check(call, ACCESS_WATCH, filter->pattern, err)) ||
	    !http_target_check_once(call->target, "since", err) || !http_target_check_once(call->target, "epoch", err) ||
	    !http_target_check_once(call->target, "limit", err) || !read_place(call, filter, err) ||
	    !read_number("limit", http_target_parameter(call->target, "limit"), 1, COUNT_MAX, &count_max, err))
		return false;
	filter->count_max = (size_t)count_max;
	filter->gap = find_gap(log, call, filter);
	return true;
}

/* Without a position, a list begins with the oldest change, a stream with the next one. */
void get_events(struct http_call *call)
{
	struct events *events = api_of(call)->events;
	const struct event_log *log = events_log(events);
	const struct http_accept stream =
	    http_accept_find(http_request_header(call->request, "Accept"), "text/event-stream");
	const bool is_stream = stream.is_named && stream.quality > 0;
	const uint64_t newest = event_log_head(log), oldest = event_log_oldest(log);
	struct event_filter filter = { .call = *call, .after = is_stream ? newest : oldest - 1 };
	struct error err;

	(void)token_reference(call->caller);
	if (!read_filter(log, call, is_stream, &filter, &err)) {
		event_filter_finish(&filter);
		answer_error(call, &err);
	} else if (is_stream) {
		event_stream_start(events, &filter);
	} else {
		event_query_start(events, &filter);
	}
}
