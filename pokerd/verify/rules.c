/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/rules.h"

#include "common/http_target.h"

#include <string.h>

#define PATTERN_ROOT "//noah"

/* The path of a pattern, "/" for everything; NULL: not a pattern. */
static const char *path_of_pattern(const char *pattern)
{
	size_t root = strlen(PATTERN_ROOT);

	if (strncmp(pattern, PATTERN_ROOT, root) != 0)
		return NULL;
	return pattern[root] ? pattern + root : "/";
}

static bool parse_pattern(const char *pattern, struct http_target *target, struct error *err)
{
	const char *path = path_of_pattern(pattern);

	if (!path || *path != '/')
		return error_set(err, ERROR_INVALID, "a pattern must begin with " PATTERN_ROOT "/");
	if (!http_target_parse(path, target, err))
		return false;
	return !target->parameter_count || error_set(err, ERROR_INVALID, "a pattern cannot have a query");
}

bool rule_pattern_check(const char *pattern, struct error *err)
{
	struct http_target scratch = { 0 };
	bool is_sound = parse_pattern(pattern, &scratch, err);

	http_target_finish(&scratch);
	return is_sound;
}

/* Compares segment by segment, up to the end of the pattern. */
static bool covers(const struct http_target *wanted, const struct http_target *given)
{
	if (wanted->segment_count > given->segment_count)
		return false;
	for (size_t i = 0; i < wanted->segment_count; i++)
		if (strcmp(wanted->segments[i], "*") != 0 && strcmp(wanted->segments[i], given->segments[i]) != 0)
			return false;
	return true;
}

bool rule_pattern_matches(const char *pattern, const char *location)
{
	struct http_target wanted = { 0 }, given = { 0 };
	bool matches =
	    parse_pattern(pattern, &wanted, NULL) && http_target_parse(location, &given, NULL) && covers(&wanted, &given);

	http_target_finish(&wanted);
	http_target_finish(&given);
	return matches;
}

bool rule_action_is_known(const char *action)
{
	return !strcmp(action, "create") || !strcmp(action, "update") || !strcmp(action, "delete");
}

static bool rules_holds(const struct setting_strings *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], text))
			return true;
	return false;
}

static bool matches_one(const struct setting_strings *patterns, const char *location)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (rule_pattern_matches(patterns->items[i], location))
			return true;
	return false;
}

static bool accepts(const struct rule_settings *rule, const struct rule_question *question)
{
	return !strcmp(rule->path, question->path) && rules_holds(&rule->keys, question->key) &&
	       rules_holds(&rule->actions, question->action) && (question->is_change || rule->when == RULE_WHEN_WRITTEN) &&
	       matches_one(&rule->patterns, question->location);
}

bool rules_find(const struct setting_groups *rules, const struct rule_question *question, size_t *out_rule)
{
	const struct rule_settings *list = rules->items;

	for (size_t i = 0; i < rules->count; i++) {
		if (accepts(&list[i], question)) {
			*out_rule = i;
			return true;
		}
	}
	return false;
}

bool rules_find_path(const struct setting_groups *rules, const char *path, size_t *out_rule)
{
	const struct rule_settings *list = rules->items;

	for (size_t i = 0; i < rules->count; i++) {
		if (!strcmp(list[i].path, path)) {
			*out_rule = i;
			return true;
		}
	}
	return false;
}
