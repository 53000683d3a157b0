/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/audit.h"

#include "common/log.h"
#include "common/memory.h"
#include "noahd/api/api_private.h"
#include "noahd/api/renewal.h"
#include "noahd/api/resources.h"
#include "noahd/api/routes.h"
#include "noahd/registry/token_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool is_write(const struct http_answered *answered)
{
	return strcmp(answered->method, "GET") && strcmp(answered->method, "HEAD");
}

static bool is_turned_away(const struct http_answered *answered)
{
	return answered->status == 401 || answered->status == 403 || answered->status == 421;
}

/* A heartbeat is no change. */
static bool is_heartbeat(const struct http_answered *answered)
{
	const struct route *route = answered->label;

	return answered->status == 200 && route &&
	       is_renewal(route_operation(route, answered->method), http_request_target(answered->request));
}

static bool matters(const struct http_answered *answered)
{
	if (!*answered->method)
		return false;
	return is_turned_away(answered) || (is_write(answered) && !is_heartbeat(answered));
}

/* "web\"1"; control characters are the log's to escape, with a backslash too. free() it. */
static char *quote(const char *text)
{
	char *quoted = memory_allocate(2 * strlen(text) + 3), *end = quoted;

	*end++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*end++ = '\\';
		*end++ = *text;
	}
	*end++ = '"';
	*end = '\0';
	return quoted;
}

/* " name=\"value\"", "" where there is none. free() it. */
static char *field(const char *name, const char *value)
{
	char *quoted = value ? quote(value) : NULL;
	char *text = quoted ? memory_format(" %s=%s", name, quoted) : memory_text("");

	free(quoted);
	return text;
}

/* What all lines of one request have in common. */
struct author {
	char *token, *client;
};

static void author_find(struct author *author, const struct http_request *request, const struct token *token)
{
	*author = (struct author){ field("token", token ? token_name(token) : NULL),
		field("client", http_request_client(request)) };
}

static void author_finish(struct author *author)
{
	free(author->token);
	free(author->client);
}

void audit_answer(const struct http_answered *answered)
{
	bool is_audited = matters(answered);

	if (!log_shows(is_audited ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG))
		return;
	const struct http_request *request = answered->request;
	const struct http_call call = { .target = http_request_target(request) };
	const char *revision = http_response_find_header(answered->response, "Noah-Revision");
	char *path = object_path(&call), *quoted_path = quote(*path ? path : "/");
	struct author author;

	author_find(&author, request, answered->caller);
	(is_audited ? log_info : log_debug)("%s status=%u revision=%s method=%s peer=%s%s%s path=%s",
	    is_audited ? "audit" : "request", answered->status, revision ? revision : "-", answered->method,
	    http_request_peer(request), author.token, author.client, quoted_path);
	author_finish(&author);
	free(quoted_path);
	free(path);
}

void audit_parts(const struct write *transaction)
{
	const struct http_request *request = transaction->call.request;
	const json_t *part;
	struct author author;
	size_t i;

	if (!log_shows(LOG_LEVEL_INFO))
		return;
	author_find(&author, request, transaction->call.caller);
	json_array_foreach (json_object_get(transaction->body, "writes"), i, part) {
		char *path = quote(body_string(part, "path"));
		log_info("audit part=%zu revision=%" PRIu64 " method=%s peer=%s%s%s path=%s", i, transaction->revision,
		    body_string(part, "method"), http_request_peer(request), author.token, author.client, path);
		free(path);
	}
	author_finish(&author);
}
