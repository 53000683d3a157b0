/* SPDX-License-Identifier: Apache-2.0 */
#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources/resources.h"
#include "noahd/registry/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 50 }; /* of each kind */

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Noah Start Page</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "h2{margin-bottom:0}ul{margin-top:0;columns:18em}li{overflow-wrap:anywhere}</style></head>\n"
    "<body><h1>Noah Start Page</h1>\n";

/* Clients choose the names. */
static void start_page_write_escaped(FILE *page, const char *text)
{
	static const struct {
		char character;
		const char *escape;
	} escapes[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" } };
	enum { ESCAPES = sizeof(escapes) / sizeof(*escapes) };

	for (; *text; text++) {
		size_t i = 0;
		while (i < ESCAPES && escapes[i].character != *text)
			i++;
		if (i < ESCAPES)
			fputs(escapes[i].escape, page);
		else
			fputc(*text, page);
	}
}

static void write_object(FILE *page, const struct registry_entry *entry)
{
	const struct record *record = registry_record(entry, VERSION_APPLIED);
	const struct kind *kind = kind_of(entry->kind);
	char *location = kind_location(record), *caption = kind->caption ? kind->caption(entry) : NULL;

	fputs("<li><a href=\"", page);
	start_page_write_escaped(page, location);
	fputs("\">", page);
	start_page_write_escaped(page, caption ? caption : kind_path_name(record));
	fputs("</a></li>\n", page);
	free(caption);
	free(location);
}

/* For callers with restricted rights: without counts. */
static void write_readable(FILE *page, const struct http_call *call, const char *collection)
{
	const struct registry *registry = api_of(call)->registry;
	const struct membership *member = registry_members(registry, collection, "", VERSION_APPLIED);
	size_t shown = 0;

	fprintf(page, "<h2>%s</h2>\n<ul>\n", collection);
	for (; member && shown < SHOWN_MAX; member = registry_next_member(member, VERSION_APPLIED)) {
		if (caller_may(call, ACCESS_READ, member->entry->path)) {
			write_object(page, member->entry);
			shown++;
		}
	}
	fputs("</ul>\n", page);
}

static void write_collection(FILE *page, const struct http_call *call, const char *collection)
{
	const struct registry *registry = api_of(call)->registry;
	const struct membership *member = registry_members(registry, collection, "", VERSION_APPLIED);
	size_t count = registry_member_count(registry, collection, "", VERSION_APPLIED), shown = 0;

	fprintf(page, "<h2>%s: %zu</h2>\n<ul>\n", collection, count);
	for (; member && shown < SHOWN_MAX; member = registry_next_member(member, VERSION_APPLIED), shown++)
		write_object(page, member->entry);
	fputs("</ul>\n", page);
	if (shown < count)
		fprintf(page, "<p>… and %zu more</p>\n", count - shown);
}

static void write_page(FILE *page, const struct http_call *call)
{
	void (*write)(FILE * page, const struct http_call *call, const char *collection) =
	    caller_sees_all(call) ? write_collection : write_readable;
	const struct api *api = api_of(call);
	const char *trouble = write_queue_trouble(api->writes);

	fputs(head, page);
	fprintf(page, "<p>This is noahd %s, at revision %llu, <a href=\"/health\">%s</a>", VERSION,
	    (unsigned long long)registry_revision(api->registry), trouble ? "not ready" : "ready");
	fprintf(page, "%s%s.</p>\n", trouble ? ": " : "", trouble ? trouble : "");
	for (const struct kind *const *kind = kind_listed; *kind; kind++)
		write(page, call, (*kind)->collection);
	fputs("</body></html>\n", page);
}

void answer_start_page(struct http_call *call)
{
	struct api *api = api_of(call);
	char *text = NULL;
	size_t size = 0;
	FILE *page = open_memstream(&text, &size);

	if (page) {
		write_page(page, call);
		fclose(page);
	}
	struct http_response *response =
	    response_of_bytes(&api->history, text ? text : memory_text(""), size, "text/html;charset=utf-8");
	http_response_header(response, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
	response_varies(response);
	http_request_respond(call->request, 200, response);
	http_response_release(response);
}
