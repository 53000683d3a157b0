/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/watch.h"

#include "common/base64.h"
#include "common/json.h"
#include "common/memory.h"
#include "noahd/registry/pattern.h"

#include <stdlib.h>
#include <string.h>

/* What a watch says of itself, in one block of memory: it is compared with each new watch on the same endpoint. */
struct watch_detail {
	const char *pattern, *endpoint;
	const char *decoded; /* the pattern; NULL: malformed */
	char texts[];
};

char *watch_name(const char *pattern, const char *endpoint)
{
	char *plain = memory_format("%s|%s", pattern, endpoint);
	char *name = memory_allocate(BASE64_TEXT_BYTES(strlen(plain)));

	base64_encode(plain, strlen(plain), name);
	free(plain);
	return name;
}

char *watch_path(const char *name)
{
	return memory_join("/watches/", name);
}

static char *path_of(const char *pattern, const char *endpoint)
{
	char *name = watch_name(pattern, endpoint);
	char *path = watch_path(name);
	free(name);
	return path;
}

static char *text_of(const json_t *value, const char *key)
{
	const char *text = json_string_value(json_object_get(value, key));
	return text ? memory_text(text) : NULL;
}

bool watch_terms_read(const struct record *watch, struct watch_terms *out)
{
	json_t *value = json_loadb(watch->value, watch->value_size, 0, NULL);
	const char *pattern = json_string_value(json_object_get(value, "pattern"));
	char *decoded = pattern ? pattern_decode(pattern) : NULL;

	if (decoded)
		*out = (struct watch_terms){ decoded, text_of(value, "registrant") };
	json_decref(value);
	return decoded != NULL;
}

void watch_terms_finish(struct watch_terms *terms)
{
	free(terms->decoded);
	free(terms->registrant);
}

/* Unlike what the entry keeps parsed it can change: deleted and put again in one batch, a watch is another's. */
static void view_registrant(json_t *view, const struct record *watch)
{
	struct watch_terms terms;

	if (!watch_terms_read(watch, &terms))
		return;
	if (terms.registrant)
		json_object_set_new(view, "registrant", json_string(terms.registrant));
	watch_terms_finish(&terms);
}

static json_t *view(const struct registry *registry, const struct registry_entry *entry, enum version version)
{
	const struct record *watch = registry_record(entry, version);
	const struct watch_detail *detail = entry->detail;
	json_t *view = json_pack("{s:s, s:s, s:s, s:s}", "id", watch->id, "pattern", detail->pattern, "name",
	    kind_path_name(watch), "endpoint", detail->endpoint);

	(void)registry;
	view_registrant(view, watch);
	kind_view_times(view, watch);
	return view;
}

static char *category(const struct record *watch)
{
	return memory_join("/watchers/", kind_path_name(watch));
}

static const char *append_text(char **end, const char *text)
{
	size_t size = strlen(text) + 1;
	const char *copy = memcpy(*end, text, size);

	*end += size;
	return copy;
}

static struct watch_detail *detail_of(const struct record *watch)
{
	json_t *value = json_loadb(watch->value, watch->value_size, 0, NULL);
	const char *pattern = json_string_value(json_object_get(value, "pattern"));
	const char *endpoint = json_string_value(json_object_get(value, "endpoint"));
	char *decoded = pattern_decode(pattern);
	size_t texts_size = 2 * (strlen(pattern) + 1) + strlen(endpoint) + 1; /* decoded, a pattern is not longer */
	struct watch_detail *detail = memory_allocate(sizeof(*detail) + texts_size);
	char *end = detail->texts;

	detail->decoded = decoded ? append_text(&end, decoded) : NULL;
	detail->pattern = append_text(&end, pattern);
	detail->endpoint = append_text(&end, endpoint);
	free(decoded);
	json_decref(value);
	return detail;
}

static void join(struct registry *registry, struct registry_entry *entry, const struct record *watch)
{
	const struct watch_detail *detail = entry->detail;

	if (!detail)
		detail = entry->detail = detail_of(watch);
	registry_join(registry, entry, WATCHES_OF_TARGET, detail->endpoint);
}

const struct kind watch_kind = {
	.collection = ALL_WATCHES,
	.name_at = sizeof("/watches/") - 1,
	.view = view,
	.category = category,
	.join = join,
	.slash_in_name = true,
};

static bool check_neighbour(const struct watch_detail *neighbour, const char *decoded, struct error *err)
{
	if (!neighbour->decoded)
		return true;
	if (pattern_covers(neighbour->decoded, decoded))
		return error_set(err, ERROR_CONFLICT, "Pattern is already provided");
	if (pattern_covers(decoded, neighbour->decoded))
		return error_set(err, ERROR_CONFLICT, "Pattern would overwrite existing");
	return true;
}

/* One endpoint must not hear of a change twice: no two of its patterns may cover one another. */
static bool check_overlap(const struct plan *plan, const char *pattern, const char *endpoint, struct error *err)
{
	const struct membership *member = registry_members(plan->registry, WATCHES_OF_TARGET, endpoint, VERSION_PLANNED);
	char *decoded = pattern_decode(pattern);
	bool fits = true;

	for (; member && fits; member = registry_next_member(member, VERSION_PLANNED))
		fits = check_neighbour(member->entry->detail, decoded, err);
	free(decoded);
	return fits;
}

static struct registry_entry *put(struct plan *plan, const char *path, const char *pattern, const char *endpoint)
{
	json_t *value = json_pack("{s:s, s:s}", "pattern", pattern, "endpoint", endpoint);
	struct plan_value bytes;
	enum change_action action;

	if (plan->writer)
		json_object_set_new(value, "registrant", json_string(plan->writer));
	char *text = json_render(value, &bytes.size);

	bytes.bytes = text;
	struct registry_entry *entry = plan_put(plan, OBJECT_WATCH, path, &bytes, &action);
	plan_announce(plan, entry, action);
	json_decref(value);
	free(text);
	return entry;
}

bool watch_put(struct plan *plan, const char *pattern, const char *endpoint, struct registry_entry **out_entry,
    struct error *err)
{
	char *path = path_of(pattern, endpoint);
	bool done = !registry_find(plan->registry, path, VERSION_PLANNED)
	                ? check_overlap(plan, pattern, endpoint, err)
	                : error_set(err, ERROR_CONFLICT, "Record already exists");

	if (done)
		*out_entry = put(plan, path, pattern, endpoint);
	free(path);
	return done;
}

bool watch_delete(struct plan *plan, const char *pattern, const char *endpoint, json_t **out_view, struct error *err)
{
	struct registry_entry *entry = plan_find(plan, path_of(pattern, endpoint), err);

	if (!entry)
		return false;
	*out_view = view(plan->registry, entry, VERSION_PLANNED);
	plan_delete(plan, entry, NULL);
	return true;
}
