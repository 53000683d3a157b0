/* SPDX-License-Identifier: Apache-2.0 */
#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/caller.h"
#include "noahd/views/object_query.h"
#include "noahd/api/resources/resources.h"
#include "noahd/registry/fingerprint.h"

#include <stdlib.h>

static bool search_may_show(void *call, const struct registry_entry *entry)
{
	return caller_may(call, ACCESS_READ, entry->path);
}

static struct registry_entry **find_seen(const struct http_call *call, const struct object_query *query,
    size_t *out_count)
{
	return object_query_find(query, api_of(call)->registry, caller_sees_all(call) ? NULL : search_may_show,
	    (void *)call, out_count);
}

/* A request's query, which its rights, its validator and its answer are made of. */
struct kept_query {
	bool is_valid;
	struct object_query query;
	struct error err; /* where it is not */
};

static void kept_query_release(void *kept)
{
	struct kept_query *read = kept;

	if (read->is_valid)
		object_query_finish(&read->query);
	free(read);
}

/* Read once a request. NULL and ERROR_INVALID: it makes no sense. */
static const struct object_query *query_of(const struct http_call *call, struct error *err)
{
	struct kept_query *read = http_request_kept(call->request, kept_query_release);

	if (!read) {
		read = memory_zeroed(1, sizeof(*read));
		read->is_valid = object_query_read(call->target, &read->query, &read->err);
		http_request_keep(call->request, read, kept_query_release);
	}
	if (read->is_valid)
		return &read->query;
	if (err)
		*err = read->err;
	return NULL;
}

/* GET /objects: any part of the registry, by own paths. */
void get_objects(struct http_call *call)
{
	struct error err;
	const struct object_query *query = query_of(call, &err);
	size_t count;

	if (!query) {
		answer_error(call, &err);
		return;
	}
	struct registry_entry **entries = find_seen(call, query, &count);
	answer_entries(call, entries, count, query->keys ? &representation_key : &representation_object);
	free(entries);
}

/* Where nothing at all is asked for, or nonsense, everything counts: the handler will say so. */
char *path_of_objects(const struct http_call *call)
{
	const struct object_query *query = query_of(call, NULL);
	return query ? object_query_path(query) : memory_text("");
}

/* Of the last change to one of the sets in question, which may be one outside of the pattern. */
static uint64_t revision_of_sets(const struct http_call *call, const struct object_query *query, enum version version)
{
	const struct registry *registry = api_of(call)->registry;
	uint64_t newest = 0;

	if (query->relation)
		return registry_members_revision(registry, query->relation, query->name, version);
	for (const struct kind *const *kind = kind_listed; *kind; kind++) {
		uint64_t revision = registry_members_revision(registry, (*kind)->collection, "", version);
		if (revision > newest)
			newest = revision;
	}
	return newest;
}

/* A caller with restricted rights learns nothing from changes that it may not see. */
static uint64_t number_seen(const struct http_call *call, const struct object_query *query)
{
	uint64_t sum = 0;
	size_t count;
	struct registry_entry **entries = find_seen(call, query, &count);

	for (size_t i = 0; i < count; i++) {
		struct validator validator = { 0 };
		(void)validator_of_entry(api_of(call)->validators, call, entries[i], VERSION_APPLIED, &validator);
		sum = fingerprint_add(sum, entries[i]->path, validator.number);
	}
	free(entries);
	return sum;
}

bool validator_of_objects(const struct http_call *call, enum version version, struct validator *out)
{
	const struct object_query *query = query_of(call, NULL);

	if (!query)
		return false;
	out->number = caller_sees_all(call) ? revision_of_sets(call, query, version) : number_seen(call, query);
	return true;
}
