/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/watch_table.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/memory.h"
#include "noahd/registry/access_view.h"
#include "noahd/registry/pattern.h"
#include "noahd/registry/watch_terms.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

static const char WATCHES[] = "/watches/";

void watch_table_init(struct watch_table *table, size_t queued_bytes_max)
{
	*table = (struct watch_table){
		.index = watch_index_create(),
		.tokens = token_table_create(),
		.budget = { .bytes_max = queued_bytes_max },
	};
}

static void forget_terms(struct watch *watch)
{
	free(watch->pattern);
	free(watch->registrant);
}

static void watch_destroy(struct watch *watch)
{
	free(watch->path);
	forget_terms(watch);
	free(watch);
}

static void endpoint_destroy(struct endpoint *endpoint)
{
	endpoint_queue_finish(&endpoint->queue);
	log_cursor_finish(&endpoint->cursor);
	free(endpoint->url);
	free(endpoint->log_name);
	free(endpoint);
}

void watch_table_finish(struct watch_table *table)
{
	struct watch *watch, *next_watch;
	struct endpoint *endpoint, *next_endpoint;

	HASH_ITER (hh, table->watches, watch, next_watch) {
		HASH_DEL(table->watches, watch);
		watch_destroy(watch);
	}
	HASH_ITER (hh, table->endpoints, endpoint, next_endpoint) {
		HASH_DEL(table->endpoints, endpoint);
		endpoint_destroy(endpoint);
	}
	watch_index_destroy(table->index);
	token_table_destroy(table->tokens);
	table->index = NULL;
	table->tokens = NULL;
}

static struct endpoint *endpoint_for(struct watch_table *table, const char *url)
{
	struct endpoint *endpoint;

	HASH_FIND_STR(table->endpoints, url, endpoint);
	if (endpoint)
		return endpoint;
	endpoint = memory_zeroed(1, sizeof(*endpoint));
	endpoint->url = memory_text(url);
	endpoint->log_name = memory_format("%.*s%s", (int)strcspn(url, "?"), url, strchr(url, '?') ? "?..." : "");
	endpoint->queue.budget = &table->budget;
	HASH_ADD_KEYPTR(hh, table->endpoints, endpoint->url, strlen(endpoint->url), endpoint);
	return endpoint;
}

static void set_terms(struct watch *watch, const struct watch_terms *take_terms)
{
	watch->pattern = take_terms->decoded;
	watch->registrant = take_terms->registrant;
	watch->only_changed = take_terms->only_changed;
}

static struct watch *watch_table_insert(struct watch_table *table, const struct record *record, const json_t *value,
    struct error *err)
{
	const char *pattern = json_string_value(json_object_get(value, "pattern"));
	const char *url = json_string_value(json_object_get(value, "endpoint"));
	struct watch *watch = memory_zeroed(1, sizeof(*watch));
	struct watch_terms terms;

	if (!pattern || !url || strncmp(record->path, WATCHES, sizeof(WATCHES) - 1)) {
		free(watch);
		error_set(err, ERROR_INVALID, "it has no pattern, no endpoint or no name");
		return NULL;
	}
	if (!watch_index_add(table->index, &watch->target.entry, pattern, err)) {
		free(watch);
		return NULL;
	}
	(void)watch_terms_read(record, &terms); /* its pattern has been parsed before */
	set_terms(watch, &terms);
	watch->path = memory_text(record->path);
	watch->target.registered = record->created_revision;
	watch->target.after = terms.adopted ? terms.adopted : record->created_revision;
	watch->endpoint = endpoint_for(table, url);
	DL_APPEND2(watch->endpoint->watches, watch, previous, next);
	HASH_ADD_KEYPTR(hh, table->watches, watch->path, strlen(watch->path), watch);
	return watch;
}

struct watch *watch_table_add(struct watch_table *table, const struct record *record, struct error *err)
{
	json_t *value;

	if (!json_decode_object(record->value, record->value_size, &value, err))
		return NULL;
	struct watch *watch = watch_table_insert(table, record, value, err);
	json_decref(value);
	return watch;
}

void watch_table_update(struct watch *watch, const struct record *record)
{
	struct watch_terms terms;

	if (!watch_terms_read(record, &terms))
		return;
	forget_terms(watch);
	set_terms(watch, &terms);
}

struct watch *watch_table_find(const struct watch_table *table, const char *path)
{
	struct watch *watch;

	HASH_FIND_STR(table->watches, path, watch);
	return watch;
}

void watch_drop_pending(struct watch *watch)
{
	struct endpoint *endpoint = watch->endpoint;
	bool is_sending = endpoint->phase == ENDPOINT_SENDING;

	if (endpoint_queue_drop_watch(&endpoint->queue, watch, is_sending ? HEAD_UNDER_WAY : HEAD_WAITS))
		endpoint->tries = 0;
	watch->pending = 0;
}

void watch_set_state(const struct watch_table *table, struct watch *watch, enum watch_state state)
{
	watch->state = state;
	if (state != WATCH_ACTIVE)
		watch_index_remove(&watch->target.entry);
	watch_states_changed(table->states);
}

void watch_table_remove(struct watch_table *table, struct watch *watch)
{
	if (watch->state != WATCH_ACTIVE)
		watch_states_changed(table->states);
	watch_drop_pending(watch);
	watch_index_remove(&watch->target.entry);
	DL_DELETE2(watch->endpoint->watches, watch, previous, next);
	HASH_DEL(table->watches, watch);
	watch_destroy(watch);
}

bool watch_is_restricted(const struct watch_table *table, const struct watch *watch,
    const struct access_rules **out_rules)
{
	return token_table_rules(table->tokens, watch->registrant, clock_wall_ms(), out_rules);
}

bool watch_may_tell(const struct watch_table *table, const struct watch *watch, const char *path)
{
	const struct access_rules *rules;

	if (!watch_is_restricted(table, watch, &rules))
		return true;
	/* An alias that may be read does not permit an object that may not. */
	return access_allows(rules, ACCESS_READ, path) &&
	       (pattern_covers(watch->pattern, path) || access_allows_some(rules, ACCESS_READ, watch->pattern));
}

bool watch_is_authorized(const struct watch_table *table, const struct watch *watch)
{
	const struct access_rules *rules;
	return !watch_is_restricted(table, watch, &rules) || access_allows_some(rules, ACCESS_READ, watch->pattern);
}

bool watch_wants(const struct watch_table *table, const struct watch *watch, const struct change *change)
{
	const struct access_rules *rules;

	if (!watch->only_changed || change->changed)
		return true;
	return watch_is_restricted(table, watch, &rules) && !access_view_is_whole(rules, change->record.kind);
}

void watch_warn_of_form(const struct watch *watch)
{
	struct error err;

	if (!endpoint_check_form(watch->endpoint->url, &err))
		log_warning("the endpoint of watch %s is used as it is, and deliveries may not arrive: %s",
		    watch_name_of(watch), err.text);
}

const char *watch_name_of(const struct watch *watch)
{
	return watch->path + sizeof(WATCHES) - 1;
}

void endpoint_release(struct watch_table *table, struct endpoint *endpoint)
{
	if (endpoint->watches || endpoint->phase != ENDPOINT_IDLE || log_cursor_is_busy(&endpoint->cursor))
		return;
	HASH_DEL(table->endpoints, endpoint);
	endpoint_destroy(endpoint);
}
