/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/watch.h"

#include "common/base64.h"
#include "common/http_target.h"
#include "common/json.h"
#include "common/memory.h"
#include "noahd/registry/names.h"
#include "noahd/registry/pattern.h"
#include "noahd/registry/registry_private.h"
#include "noahd/registry/watch_terms.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/watches/"

/* The parsed value, in one block of memory, which each new watch for the same endpoint is compared with. */
struct watch_detail {
	const char *pattern, *endpoint;
	const char *decoded; /* the pattern; NULL: malformed */
	char texts[];
};

/* Other members of the value that views show; absent if they are the default. */
static const char *const TERMS[] = { "registrant", "when", "owner" };

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
	return memory_join(PREFIX, name);
}

static char *watch_path_of(const char *pattern, const char *endpoint)
{
	char *name = watch_name(pattern, endpoint);
	char *path = watch_path(name);
	free(name);
	return path;
}

static json_t *watch_view(const struct registry *registry, const struct registry_entry *entry, enum version version)
{
	const struct record *watch = registry_record(entry, version);
	const struct watch_detail *detail = entry->detail;
	json_t *view = json_pack("{s:s, s:s, s:s, s:s}", "id", watch->id, "pattern", detail->pattern, "name",
	    kind_path_name(watch), "endpoint", detail->endpoint);

	(void)registry;
	/* Terms are not in watch_detail, since they can change. */
	json_t *value = json_loadb(watch->value, watch->value_size, 0, NULL);
	for (size_t i = 0; i < sizeof(TERMS) / sizeof(*TERMS); i++)
		if (json_object_get(value, TERMS[i]))
			json_object_set(view, TERMS[i], json_object_get(value, TERMS[i]));
	json_decref(value);
	kind_view_times(view, watch);
	return view;
}

static char *watch_category(const struct record *watch)
{
	return memory_join("/watchers/", kind_path_name(watch));
}

static const char *watch_append_text(char **end, const char *text)
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

	detail->decoded = decoded ? watch_append_text(&end, decoded) : NULL;
	detail->pattern = watch_append_text(&end, pattern);
	detail->endpoint = watch_append_text(&end, endpoint);
	free(decoded);
	json_decref(value);
	return detail;
}

static void watch_join(struct registry *registry, struct registry_entry *entry, const struct record *watch)
{
	const struct watch_detail *detail = entry->detail;

	if (!detail)
		detail = entry->detail = detail_of(watch);
	registry_join(registry, entry, WATCHES_OF_ENDPOINT, detail->endpoint);
}

bool watch_check(const struct watch_wish *wish, struct error *err)
{
	const char *when = json_string_value(wish->when), *owner = json_string_value(wish->owner);
	char *path = watch_path_of(wish->pattern, wish->endpoint);
	size_t size = strlen(path);

	free(path);
	/* Every watch must be reachable by GET /watches/<name>. */
	if (size > HTTP_TARGET_PATH_BYTES_MAX)
		return error_set(err, ERROR_INVALID,
		    "Pattern and endpoint are too long together: the watch's path would have %zu bytes, at most %d are allowed",
		    size, HTTP_TARGET_PATH_BYTES_MAX);
	if (!pattern_check(wish->pattern, err))
		return false;
	if (when && strcmp(when, "written") && strcmp(when, "changed"))
		return error_set(err, ERROR_INVALID, "\"when\" must be \"written\" or \"changed\"");
	return !owner || name_check("owner", owner, err);
}

static bool watch_has_key(const char *key, json_type type)
{
	static const struct {
		const char *name;
		json_type type;
	} keys[] = {
		{ "pattern", JSON_STRING },
		{ "endpoint", JSON_STRING },
		{ "registrant", JSON_STRING },
		{ "when", JSON_STRING },
		{ "owner", JSON_STRING },
		{ "adopted", JSON_INTEGER },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(keys[i].name, key))
			return keys[i].type == type;
	return false;
}

static bool watch_check_value(json_t *value, const char *path, struct error *err)
{
	const struct watch_wish wish = {
		.pattern = json_string_value(json_object_get(value, "pattern")),
		.endpoint = json_string_value(json_object_get(value, "endpoint")),
		.when = json_object_get(value, "when"),
		.owner = json_object_get(value, "owner"),
	};
	const char *key;
	json_t *member;

	json_object_foreach (value, key, member)
		if (!watch_has_key(key, json_typeof(member)))
			return error_set(err, ERROR_INVALID, "the key \"%.64s\" of its value is unknown or has the wrong type",
			    key);
	if (!watch_check(&wish, err))
		return false;
	char *expected = watch_path_of(wish.pattern, wish.endpoint);
	bool is_its_path = !strcmp(path, expected);
	free(expected);
	return is_its_path ||
	       error_set(err, ERROR_INVALID, "its name is not the base64 of its pattern, \"|\" and its endpoint");
}

/* The endpoint is not checked: it may be from before URLs had to be in normal form. */
static bool watch_check_record(const struct record *watch, struct error *err)
{
	json_t *value = json_loadb(watch->value, watch->value_size, 0, NULL);
	bool is_good = watch_check_value(value, watch->path, err);

	json_decref(value);
	return is_good;
}

static char *watch_caption(const struct registry_entry *entry)
{
	const struct watch_detail *detail = entry->detail;
	return memory_format("%s → %s", detail->pattern, detail->endpoint);
}

static bool watch_value_is_sound(const struct record *watch)
{
	json_t *value;

	if (!watch->has_value || !json_decode_object(watch->value, watch->value_size, &value, NULL))
		return false;
	bool is_whole =
	    json_is_string(json_object_get(value, "pattern")) && json_is_string(json_object_get(value, "endpoint"));
	json_decref(value);
	return is_whole;
}

const struct kind watch_kind = {
	.number = OBJECT_WATCH,
	.name = "watch",
	.collection = ALL_WATCHES,
	KIND_PREFIX(PREFIX),
	.name_is_sound = kind_name_is_any,
	.value_is_sound = watch_value_is_sound,
	.view = watch_view,
	.caption = watch_caption,
	.category = watch_category,
	.alias = watch_category,
	.join = watch_join,
	.check = watch_check_record,
	.slash_in_name = true,
	.is_listed_in_array = true,
};

/* An endpoint must not receive a change twice, so none of its patterns may cover another. */
static bool check_overlap(const struct plan *plan, const char *pattern, const char *endpoint, struct error *err)
{
	const struct membership *member =
	    registry_members(plan_registry(plan), WATCHES_OF_ENDPOINT, endpoint, VERSION_PLANNED);
	char *decoded = pattern_decode(pattern);
	bool fits = true;

	for (; member && fits; member = registry_next_member(member, VERSION_PLANNED)) {
		const struct watch_detail *neighbour = member->entry->detail;
		if (!neighbour->decoded)
			continue;
		if (pattern_covers(neighbour->decoded, decoded))
			fits = error_set(err, ERROR_CONFLICT, "Pattern is already provided");
		else if (pattern_covers(decoded, neighbour->decoded))
			fits = error_set(err, ERROR_CONFLICT, "Pattern would overwrite existing");
	}
	free(decoded);
	return fits;
}

static void put_term(json_t *value, const char *key, const json_t *term, const char *default_term)
{
	if (!term)
		return;
	if (json_is_null(term) || (default_term && !strcmp(json_string_value(term), default_term)))
		(void)json_object_del(value, key);
	else
		json_object_set(value, key, (json_t *)term);
}

static void set_registrant(json_t *value, const struct plan *plan)
{
	if (plan_writer(plan))
		json_object_set_new(value, "registrant", json_string(plan_writer(plan)));
	else
		(void)json_object_del(value, "registrant");
}

static void put_terms(json_t *value, const struct watch_wish *wish)
{
	put_term(value, "when", wish->when, "written");
	put_term(value, "owner", wish->owner, NULL);
}

size_t watch_count_unauthorized(const struct registry *registry, enum version version, const struct token_table *tokens,
    int64_t now_ms)
{
	const struct membership *member = registry_members(registry, ALL_WATCHES, "", version);
	size_t count = 0;

	for (; member; member = registry_next_member(member, version)) {
		struct watch_terms terms;
		if (!watch_terms_read(registry_record(member->entry, version), &terms))
			continue;
		count += !watch_registrant_may_read(&terms, tokens, now_ms);
		watch_terms_finish(&terms);
	}
	return count;
}

/* Of an existing watch, for the writer of the plan. */
enum ownership { OWN, ADOPTABLE, FOREIGN };

static enum ownership ownership_of(const struct plan *plan, const struct watch_wish *wish, const struct record *former)
{
	struct watch_terms terms;

	if (!watch_terms_read(former, &terms))
		return ADOPTABLE;
	bool is_own = names_are_same(terms.registrant, plan_writer(plan));
	bool may_read = watch_registrant_may_read(&terms, wish->tokens, plan_now_ms(plan));
	watch_terms_finish(&terms);
	return is_own ? OWN : may_read ? FOREIGN : ADOPTABLE;
}

/* The value after the PUT; NULL: the same, or the watch belongs to another token. */
static json_t *changed_value(const struct plan *plan, const struct watch_wish *wish, const struct record *record)
{
	const enum ownership ownership = ownership_of(plan, wish, record);
	json_t *former = json_loadb(record->value, record->value_size, 0, NULL), *value = NULL;

	if (ownership != FOREIGN) {
		value = json_copy(former);
		put_terms(value, wish);
		if (ownership == ADOPTABLE) {
			set_registrant(value, plan);
			/* The new registrant gets no earlier change, not even one that is delivered late after a crash. */
			json_object_set_new(value, "adopted", json_integer((json_int_t)plan_revision(plan) + 1));
		}
		if (json_equal(value, former)) {
			json_decref(value);
			value = NULL;
		}
	}
	json_decref(former);
	return value;
}

/* The value of a watch after the PUT; entry NULL: a new one. NULL: refused. */
static json_t *value_of(const struct plan *plan, const struct watch_wish *wish, const struct registry_entry *entry,
    struct error *err)
{
	json_t *value = NULL;

	if (entry) {
		value = changed_value(plan, wish, registry_record(entry, VERSION_PLANNED));
		if (!value)
			error_set(err, ERROR_CONFLICT, "Record already exists");
	} else if (check_overlap(plan, wish->pattern, wish->endpoint, err)) {
		value = json_pack("{s:s, s:s}", "pattern", wish->pattern, "endpoint", wish->endpoint);
		put_terms(value, wish);
		set_registrant(value, plan);
	}
	return value;
}

bool watch_put(struct plan *plan, const struct watch_wish *wish, struct registry_entry **out_entry,
    enum change_action *out_action, struct error *err)
{
	char *path = watch_path_of(wish->pattern, wish->endpoint);
	json_t *value = value_of(plan, wish, registry_find(plan_registry(plan), path, VERSION_PLANNED), err);

	if (value) {
		struct plan_value bytes;
		char *text = json_render(value, &bytes.size);
		bytes.bytes = text;
		*out_entry = plan_put(plan, OBJECT_WATCH, path, &bytes, out_action);
		plan_announce(plan, *out_entry, *out_action);
		free(text);
	}
	json_decref(value);
	free(path);
	return value != NULL;
}

bool watch_delete(struct plan *plan, const char *name, json_t **out_view, struct error *err)
{
	struct registry_entry *entry = plan_find(plan, watch_path(name), err);

	if (!entry)
		return false;
	*out_view = watch_view(plan_registry(plan), entry, VERSION_PLANNED);
	plan_delete(plan, entry, NULL);
	return true;
}
