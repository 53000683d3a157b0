/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources/resources.h"
#include "noahd/api/entity_tag.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/token_table.h"

#include <stdlib.h>
#include <string.h>

/* A list that is being sent to a client. */
struct shown_snapshot {
	struct snapshot_reader reader; /* first */
	struct http_call call;         /* for its caller, which is kept */
	char *server;                  /* "http://127.0.0.1:5678", where URLs are shown; NULL: the client did not name it */
	struct http_response *stream;  /* NULL: it is rendered at once */
};

static ssize_t read_snapshot(void *context, char *out, size_t room)
{
	size_t size = snapshot_read(context, out, room);
	return size ? (ssize_t)size : HTTP_STREAM_ENDS;
}

static void end_snapshot(void *context)
{
	struct shown_snapshot *shown = context;

	snapshot_reader_finish(&shown->reader);
	token_release(shown->call.caller);
	free(shown->server);
	free(shown);
}

/* ---- what its reader sees of an object --------------------------------------------------------------------------- */

/* "web1":{…} as JSON. */
static json_t *parse_item(const char *text, size_t size)
{
	char *object = memory_format("{%.*s}", (int)size, text);
	json_t *item = json_loads(object, JSON_ALLOW_NUL, NULL);

	free(object);
	return item;
}

static char *render_item(const struct shown_snapshot *shown, json_t *take_item)
{
	size_t size;
	char *text = json_render(take_item, &size);

	json_decref(take_item);
	if (shown->stream)
		http_response_hold(shown->stream, size);
	memmove(text, text + 1, size - 2);
	text[size - 2] = '\0';
	return text;
}

static char *prune_item(void *context, enum object_kind kind, const char *text, size_t size)
{
	const struct shown_snapshot *shown = context;
	const char *name;
	json_t *view;

	if (caller_sees_whole(&shown->call, kind))
		return NULL;
	json_t *item = parse_item(text, size);
	json_object_foreach (item, name, view) {
		char *path = memory_format("/%s", name);
		caller_prune(&shown->call, &(struct record){ .kind = kind, .path = path }, view);
		free(path);
	}
	return render_item(shown, item);
}

/* {…}, whole. */
static char *prune_object(void *context, enum object_kind kind, const char *text, size_t size)
{
	const struct shown_snapshot *shown = context;

	if (caller_sees_whole(&shown->call, kind))
		return NULL;
	json_t *view = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
	char *path = memory_format("/%s", json_string_value(json_object_get(view, "name")));
	caller_prune(&shown->call, &(struct record){ .kind = kind, .path = path }, view);
	free(path);
	char *pruned = json_render(view, &size);
	json_decref(view);
	if (shown->stream)
		http_response_hold(shown->stream, size);
	return pruned;
}

/* "location" is a path before, and a URL after. */
static char *locate_item(void *context, enum object_kind kind, const char *text, size_t size)
{
	const struct shown_snapshot *shown = context;
	json_t *item = parse_item(text, size), *view;
	const char *name;

	(void)kind;
	json_object_foreach (item, name, view) {
		const char *path = json_string_value(json_object_get(view, "location"));
		json_object_set_new(view, "location", json_sprintf("%s%s", shown->server, path));
	}
	return render_item(shown, item);
}

/* This server as the client sees it. */
static char *lists_server_of(const struct http_call *call)
{
	const char *public_url = api_of(call)->options.site.public_url;
	if (*public_url)
		return memory_text(public_url);
	const char *host = http_request_authority(call->request);
	return host ? memory_format("%s://%s", http_request_scheme(call->request), host) : NULL;
}

static struct shown_snapshot *lists_shown(const struct http_call *call, struct snapshot *take,
    const struct representation *representation)
{
	struct shown_snapshot *shown = memory_zeroed(1, sizeof(*shown));

	shown->call = *call;
	(void)token_reference(call->caller);
	shown->reader.snapshot = take;
	shown->reader.context = shown;
	if (representation == &representation_short)
		shown->server = lists_server_of(call);
	if (shown->server)
		shown->reader.adapt = locate_item;
	else if (!caller_sees_all(call) && representation != &representation_key)
		shown->reader.adapt = representation == &representation_object ? prune_object : prune_item;
	return shown;
}

/* ---- its answer -------------------------------------------------------------------------------------------------- */

/* With a Content-Length. NULL: it is too long for that, and not taken. */
static struct http_response *render_snapshot(struct shown_snapshot *take)
{
	enum { STEP_BYTES = 8192, RENDERED_AT_ONCE_BYTES_MAX = 1 << 20 };
	const struct api *api = api_of(&take->call);
	char *text = NULL;
	size_t size = 0, more;

	do {
		text = memory_grow(text, size + STEP_BYTES, 1);
		size += more = snapshot_read(&take->reader, text + size, STEP_BYTES);
	} while (more && size <= RENDERED_AT_ONCE_BYTES_MAX);
	if (more) {
		snapshot_reader_rewind(&take->reader);
		free(text);
		return NULL;
	}
	end_snapshot(take);
	return response_of_bytes(&api->history, text, size, RESPONSE_JSON);
}

static void answer_taken(struct http_call *call, struct snapshot *take, const struct representation *representation)
{
	enum { RENDERED_AT_ONCE_MAX = 200 };
	bool is_short = snapshot_count(take) <= RENDERED_AT_ONCE_MAX;
	struct shown_snapshot *shown = lists_shown(call, take, representation);
	struct http_response *response = is_short ? render_snapshot(shown) : NULL;

	if (!response) {
		/* Rendered while it is sent, as fast as its client takes it. */
		const struct http_stream stream = { .read = read_snapshot, .end = end_snapshot, .context = shown };
		response = shown->stream = response_of_stream(&api_of(call)->history, &stream, RESPONSE_JSON);
	}
	entity_tag_add(call, response);
	http_request_respond(call->request, 200, response);
	http_response_release(response);
}

/* What lists_may_show needs. */
struct asked {
	const struct http_call *call;
	const struct snapshot_source *source;
};

static bool lists_may_show(const struct registry_entry *entry, void *context)
{
	const struct asked *asked = context;
	const struct snapshot_source *source = asked->source;

	return (!source->may_show || source->may_show(entry, source->context)) &&
	       caller_may(asked->call, ACCESS_READ, entry->path);
}

static struct snapshot *lists_take_snapshot(struct http_call *call, const struct snapshot_source *source,
    struct error *err)
{
	struct asked asked = { call, source };
	struct snapshot_source shown = *source;

	if (!caller_sees_all(call) && !source->is_of_entries) {
		shown.may_show = lists_may_show;
		shown.context = &asked;
	}
	return snapshot_take(api_of(call)->snapshots, &shown, err);
}

void answer_any_list_as(struct http_call *call, const struct snapshot_source *source)
{
	struct error err;
	struct snapshot *snapshot = lists_take_snapshot(call, source, &err);

	if (snapshot)
		answer_taken(call, snapshot, source->representation);
	else
		answer_error(call, &err);
}

void answer_list_as(struct http_call *call, const struct snapshot_source *source)
{
	struct error err;
	struct snapshot *snapshot = lists_take_snapshot(call, source, &err);

	if (!snapshot) {
		answer_error(call, &err);
	} else if (!snapshot_count(snapshot)) {
		snapshot_release(snapshot);
		answer_not_found(call);
	} else {
		answer_taken(call, snapshot, source->representation);
	}
}

void answer_list(struct http_call *call, const char *relation, const char *name)
{
	const struct snapshot_source source = { .relation = relation, .name = name };

	answer_list_as(call, &source);
}

void answer_entries(struct http_call *call, struct registry_entry *const *entries, size_t count,
    const struct representation *representation)
{
	answer_any_list_as(call, &(struct snapshot_source){ .relation = "",
	                             .name = "",
	                             .is_of_entries = true,
	                             .entries = entries,
	                             .entry_count = count,
	                             .representation = representation });
}
