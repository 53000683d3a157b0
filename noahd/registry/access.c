/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/access.h"

#include "common/json.h"
#include "common/memory.h"
#include "common/percent.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/pattern.h"

#include <stdlib.h>
#include <string.h>

static const struct right {
	const char *name;
	enum access_right bit;
} RIGHTS[] = {
	{ "read", ACCESS_READ },
	{ "write", ACCESS_WRITE },
	{ "watch", ACCESS_WATCH },
	{ "admin", ACCESS_ADMIN },
};

enum { RIGHT_COUNT = sizeof(RIGHTS) / sizeof(*RIGHTS) };

struct access_rule {
	const char *path; /* decoded; "": everything */
	size_t size;
	unsigned rights;
};

struct access_rules {
	size_t count;
	struct access_rule rules[]; /* by falling length of path; followed by the texts of the paths */
};

/* ---- parsing rules ----------------------------------------------------------------------------------------------- */

static bool parse_rights(const json_t *words, unsigned *out, struct error *err)
{
	const json_t *word;
	size_t i;

	if (!json_is_array(words))
		return error_set(err, ERROR_INVALID, "allow must be an array of read, write, watch and admin");
	*out = 0;
	json_array_foreach (words, i, word) {
		const char *name = json_string_value(word);
		size_t right = 0;
		while (name && right < RIGHT_COUNT && strcmp(name, RIGHTS[right].name) != 0)
			right++;
		if (!name || right == RIGHT_COUNT)
			return error_set(err, ERROR_INVALID, "allow contains %s%s%s; known are read, write, watch and admin",
			    name ? "\"" : "", name ? name : json_type_name(word), name ? "\"" : "");
		*out |= RIGHTS[right].bit;
	}
	return true;
}

/* A segment "*" is refused because it would not mean the same as in a pattern. */
static char *access_parse_path(const json_t *value, struct error *err)
{
	const char *path = json_string_value(value);

	if (!path || *path != '/') {
		error_set(err, ERROR_INVALID, "path must be a string that begins with \"/\"");
		return NULL;
	}
	char *pattern = memory_join("//noah", path);
	char *decoded = pattern_check(pattern, err) ? pattern_decode(pattern) : NULL;
	free(pattern);
	if (decoded && strchr(decoded, PATTERN_ANY_SEGMENT)) {
		error_set(err, ERROR_INVALID,
		    "path contains a segment \"*\", which rules do not support (a literal star is %%2A)");
		free(decoded);
		return NULL;
	}
	return decoded;
}

static bool parse_rule(const json_t *value, struct access_rule *out, struct error *err)
{
	const json_t *path = json_object_get(value, "path"), *allow = json_object_get(value, "allow");

	if (!json_is_object(value) || json_object_size(value) != 2 || !path || !allow)
		return error_set(err, ERROR_INVALID, "it must be an object with path, allow and nothing else");
	if (!parse_rights(allow, &out->rights, err))
		return false;
	out->path = access_parse_path(path, err);
	if (!out->path)
		return false;
	out->size = strlen(out->path);
	return true;
}

static int by_length_then_path(const void *left, const void *right)
{
	const struct access_rule *a = left, *b = right;

	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return strcmp(a->path, b->path);
}

static bool check_no_path_twice(const struct access_rule *rules, size_t count, struct error *err)
{
	for (size_t i = 1; i < count; i++)
		if (!strcmp(rules[i - 1].path, rules[i].path))
			return error_set(err, ERROR_INVALID, "rules contain the path \"%.200s\" twice",
			    *rules[i].path ? rules[i].path : "/");
	return true;
}

/* Copies rules and paths into one block. */
static struct access_rules *pack(const struct access_rule *rules, size_t count)
{
	size_t head = sizeof(struct access_rules) + count * sizeof(*rules), text_size = 0;

	for (size_t i = 0; i < count; i++)
		text_size += rules[i].size + 1;
	struct access_rules *packed = memory_allocate(head + text_size);
	char *text = (char *)packed + head;
	packed->count = count;
	for (size_t i = 0; i < count; i++) {
		packed->rules[i] = rules[i];
		packed->rules[i].path = memcpy(text, rules[i].path, rules[i].size + 1);
		text += rules[i].size + 1;
	}
	return packed;
}

struct access_rules *access_rules_parse(const json_t *rules, struct error *err)
{
	struct access_rule parsed[ACCESS_RULES_MAX];
	struct access_rules *packed = NULL;
	struct error why;
	size_t size = json_array_size(rules), count = 0;

	if (!json_is_array(rules) || size > ACCESS_RULES_MAX) {
		error_set(err, ERROR_INVALID, "rules must be an array of at most %d rules", ACCESS_RULES_MAX);
		return NULL;
	}
	while (count < size && parse_rule(json_array_get(rules, count), &parsed[count], &why))
		count++;
	if (count < size) {
		error_set(err, ERROR_INVALID, "rule %zu: %s", count + 1, why.text);
	} else {
		qsort(parsed, count, sizeof(*parsed), by_length_then_path);
		if (check_no_path_twice(parsed, count, err))
			packed = pack(parsed, count);
	}
	for (size_t i = 0; i < count; i++)
		free((char *)parsed[i].path);
	return packed;
}

/* ---- rules as JSON ----------------------------------------------------------------------------------------------- */

json_t *access_rules_view(const struct access_rules *rules)
{
	json_t *view = json_array();

	for (size_t i = rules ? rules->count : 0; i > 0; i--) {
		const struct access_rule *rule = &rules->rules[i - 1];
		json_t *allow = json_array();
		for (size_t right = 0; right < RIGHT_COUNT; right++)
			if (rule->rights & RIGHTS[right].bit)
				json_array_append_new(allow, json_string(RIGHTS[right].name));
		char *path = percent_encode_path(rule->size ? rule->path : "/");
		json_array_append_new(view, json_pack("{s:s, s:o}", "path", path, "allow", allow));
		free(path);
	}
	return view;
}

/* ---- asking rules ------------------------------------------------------------------------------------------------ */

static enum access_right right_needed(enum access_right right, const char *path)
{
	for (const struct kind *const *kind = kind_granting; *kind; kind++)
		if (*path == '/' && pattern_covers((*kind)->collection, path + 1))
			return ACCESS_ADMIN;
	return right;
}

const char *access_right_name(enum access_right right, const char *path)
{
	enum access_right needed = right_needed(right, path);
	size_t i = 0;

	while (RIGHTS[i].bit != needed)
		i++;
	return RIGHTS[i].name;
}

bool access_allows(const struct access_rules *rules, enum access_right right, const char *path)
{
	for (size_t i = 0; rules && i < rules->count; i++)
		if (pattern_covers(rules->rules[i].path, path))
			return rules->rules[i].rights & right_needed(right, path);
	return false;
}

enum rule_effect { RULE_DENIES, RULE_ALLOWS };

/* Whether some rule at or below the path has that effect on the right there. */
static bool has_below(const struct access_rules *rules, enum access_right right, const char *path,
    enum rule_effect wanted)
{
	for (size_t i = 0; rules && i < rules->count; i++) {
		const struct access_rule *rule = &rules->rules[i];
		if (!pattern_covers(path, rule->path))
			continue;
		const bool allows = rule->rights & right_needed(right, rule->path);
		if (allows == (wanted == RULE_ALLOWS))
			return true;
	}
	return false;
}

/* The path with the segments of the rule in place of its stars: "/services/\1/h1" with "/services/http" is
   "/services/http/h1". NULL: the path of the rule does not match. free() it. */
static char *path_by_rule(const char *path, const struct access_rule *rule)
{
	char *merged = memory_allocate(strlen(path) + rule->size + 1), *end = merged;
	const char *rest = path, *rest_of_rule = rule->path;
	struct path_segment segment, wanted;

	while (path_next(&rest_of_rule, &wanted)) {
		bool fits = path_next(&rest, &segment) &&
		            ((segment.size == 1 && *segment.text == PATTERN_ANY_SEGMENT) ||
		                (segment.size == wanted.size && !memcmp(segment.text, wanted.text, wanted.size)));
		if (!fits) {
			free(merged);
			return NULL;
		}
		*end++ = '/';
		end = mempcpy(end, wanted.text, wanted.size);
	}
	(void)stpcpy(end, rest);
	return merged;
}

/* Whether the right is allowed with a segment of some rule in place of a star. */
static bool has_at_star(const struct access_rules *rules, enum access_right right, const char *path)
{
	bool may = false;

	for (size_t i = 0; rules && i < rules->count && !may && strchr(path, PATTERN_ANY_SEGMENT); i++) {
		char *merged = path_by_rule(path, &rules->rules[i]);
		may = merged && access_allows(rules, right, merged);
		free(merged);
	}
	return may;
}

bool access_allows_some(const struct access_rules *rules, enum access_right right, const char *path)
{
	return access_allows(rules, right, path) || has_below(rules, right, path, RULE_ALLOWS) ||
	       has_at_star(rules, right, path);
}

bool access_allows_all(const struct access_rules *rules, enum access_right right, const char *path)
{
	return access_allows(rules, right, path) && !has_below(rules, right, path, RULE_DENIES);
}
