/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/audit.h"

#include "common/log.h"
#include "common/memory.h"
#include "noahd/api/context.h"
#include "noahd/http/by.h"
#include "noahd/api/routes.h"
#include "noahd/registry/token_table.h"
#include "noahd/http/own_path.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Writes, and what access control has refused. */
static bool audit_is_due(const struct http_answered *answered)
{
	const bool is_refused = answered->status == 401 || answered->status == 403 || answered->status == 421;
	const struct route *route = answered->label;

	if (!*answered->method)
		return false;
	if (is_refused || method_reads(answered->method))
		return is_refused;
	/* A heartbeat is no change. */
	return answered->status != 200 || !route ||
	       !is_renewal(route_operation(route, answered->method), http_request_target(answered->request));
}

/* Behind end, as "web\"1"; control characters are the log's to escape, with a backslash too. Returns the new end. */
static char *put_quoted(char *end, const char *text)
{
	*end++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*end++ = '\\';
		*end++ = *text;
	}
	*end++ = '"';
	*end = '\0';
	return end;
}

static size_t quoted_bytes(const char *text)
{
	return 2 * strlen(text) + sizeof("\"\"");
}

/* free() it. */
static char *quote(const char *text)
{
	char *quoted = memory_allocate(quoted_bytes(text));

	(void)put_quoted(quoted, text);
	return quoted;
}

/* What all lines of one request have in common, " token=\"chef\" node=…"; free() it. Headers that are no names are left
   out. Each write has a line: it is put together without printf. */
static char *author_of(const struct http_request *request, const struct token *token)
{
	struct by by;

	(void)by_find(request, token, &by, NULL);
	const struct {
		const char *name, *value;
	} fields[] = {
		{ " token=", token ? token_name(token) : NULL },
		{ " node=", by.node },
		{ " run=", by.run },
		{ " client=", http_request_client(request) },
	};
	enum { FIELDS = sizeof(fields) / sizeof(*fields) };
	size_t size = 1;

	for (size_t i = 0; i < FIELDS; i++)
		size += fields[i].value ? strlen(fields[i].name) + quoted_bytes(fields[i].value) : 0;
	char *author = memory_allocate(size), *end = author;
	*end = '\0';
	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].value)
			end = put_quoted(stpcpy(end, fields[i].name), fields[i].value);
	return author;
}

void audit_answer(const struct http_answered *answered)
{
	bool is_audited = audit_is_due(answered);

	if (!log_shows(is_audited ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG))
		return;
	const struct http_request *request = answered->request;
	const struct http_call call = { .target = http_request_target(request) };
	const char *revision = http_response_find_header(answered->response, "Noah-Revision");
	const char *path = own_path(&call);
	char *quoted_path = quote(*path ? path : "/");
	char *author = author_of(request, answered->caller);

	(is_audited ? log_info : log_debug)("%s status=%u revision=%s method=%s peer=%s%s%s%s path=%s",
	    is_audited ? "audit" : "request", answered->status, revision ? revision : "-", answered->method,
	    http_request_peer(request), author, answered->remark ? " " : "", answered->remark ? answered->remark : "",
	    quoted_path);
	free(author);
	free(quoted_path);
}

void audit_parts(const struct write *transaction)
{
	const struct http_request *request = transaction->call.request;
	const struct write *part = transaction->parts->first;
	const json_t *described;
	size_t i;

	if (!log_shows(LOG_LEVEL_INFO))
		return;
	char *author = author_of(request, transaction->call.caller);
	json_array_foreach (json_object_get(transaction->body, "writes"), i, described) {
		char *path = quote(body_string(described, "path"));
		log_info("audit part=%zu revision=%" PRIu64 " method=%s peer=%s%s changed=%s path=%s", i,
		    transaction->result.revision, body_string(described, "method"), http_request_peer(request), author,
		    part->result.changed ? "true" : "false", path);
		free(path);
		part = part->next;
	}
	free(author);
}
