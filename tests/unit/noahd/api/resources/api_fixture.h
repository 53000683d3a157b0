/* api_fixture.h - the whole API over a store in memory, asked over a socket. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NOAHD_API_RESOURCES_API_FIXTURE_H
#define TESTS_UNIT_NOAHD_API_RESOURCES_API_FIXTURE_H

#include "tests/unit/noahd/exchange.h"
#include "tests/unit/noahd/memory_store.h"

#include "noahd/api/api.h"
#include "noahd/api/resources/route_table.h"

#define API_HOST "Host: localhost\r\n"

static struct api *api;
static struct store_thread *api_store;
static size_t api_handled;   /* requests that have been handed to the API */
static char api_events[128]; /* "answered published", what has happened, in order */

static inline void api_note(const char *event)
{
	assert_true(strlen(api_events) + strlen(event) + 2 < sizeof(api_events));
	strcat(strcat(api_events, *api_events ? " " : ""), event);
}

static inline void api_publish(struct change_list *take, void *context)
{
	(void)context;
	api_note("published");
	change_list_finish(take);
}

static inline void api_note_answer(const struct http_answered *answered, void *context)
{
	api_note("answered");
	api_answered(answered, context);
}

static inline void api_count(struct http_request *request, void *context)
{
	api_handle(request, context);
	api_handled++;
}

static inline void api_failed(const struct error *err, void *context)
{
	(void)context;
	fail_msg("%s", err->text);
}

/* With this site, the store's epoch, and what the API needs besides. */
static inline void api_up_as(const struct site *site, const char *epoch)
{
	*api_events = '\0';
	api_handled = 0;
	asker_start();
	api = api_create(&(struct api_options){
	    .loop = asker.loop,
	    .routes = &route_table,
	    .ephemeral_bytes_max = 512,
	    .writes_bytes_max = 1 << 20,
	    .transaction_bytes_max = 1 << 20,
	    .bookmark_ms = 60000,
	    .site = *site,
	    .publish = api_publish,
	    .store_failed = api_failed,
	});
	exchange_start(&(struct http_server_options){
	    .handle = api_count, .may_park = api_may_park, .answered = api_note_answer, .context = api });
	api_store = memory_store_start(&memory_engine);
	api_start(api, epoch, api_store, asker.inbox);
}

static inline void api_up(const struct site *site)
{
	api_up_as(site, "0123456789");
}

static inline void api_down(void)
{
	api_end_waiting(api);
	exchange_stop();
	store_thread_stop(api_store);
	api_destroy(api);
	asker_stop();
}

/* The value of a header of an answer, up to its end of line; "" if it is not there. Valid until the next call. */
static inline const char *api_header(const char *answer, const char *name)
{
	static char value[256];
	char *line = memory_format("\r\n%s: ", name);
	const char *found = strcasestr(answer, line);

	*value = '\0';
	if (found) {
		found += strlen(line);
		size_t size = strcspn(found, "\r\n");
		assert_true(size < sizeof(value));
		memcpy(value, found, size);
		value[size] = '\0';
	}
	free(line);
	return value;
}

#endif
