/* What a token's rules allow: the table below is the documentation. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/access.h"
#include "noahd/registry/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct error err;

static struct access_rules *parse(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	assert_non_null(json);
	struct access_rules *rules = access_rules_parse(json, &err);
	json_decref(json);
	return rules;
}

/* One letter for each right, as in "rw". */
static enum access_right right_of(char letter)
{
	switch (letter) {
	case 'r':
		return ACCESS_READ;
	case 'w':
		return ACCESS_WRITE;
	case 't': /* tell me: watch */
		return ACCESS_WATCH;
	default:
		return ACCESS_ADMIN;
	}
}

static void assert_rights(const struct access_rules *rules, const char *path, const char *allowed)
{
	for (const char *letter = "rwta"; *letter; letter++)
		if (access_allows(rules, right_of(*letter), path) != (strchr(allowed, *letter) != NULL))
			fail_msg("%s: right %c", path, *letter);
}

static void the_longest_path_by_whole_segments_decides(void **state)
{
	static const struct {
		const char *path, *allowed;
	} cases[] = {
		{ "/", "r" },                                                        /* whatever no longer path is above of */
		{ "/hosts", "r" }, { "/hosts/web1", "rw" }, { "/hosts/web10", "r" }, /* another segment */
		{ "/hosts/web", "r" }, { "/hosts/web1/x", "rw" },                    /* below */
		{ "/ephemerals/chef", "rwt" }, { "/ephemerals/chef/", "rwt" },       /* another key, but below */
		{ "/ephemerals/chef/notify", "rwt" }, { "/ephemerals/chef/secret", "" }, /* a longer path takes away */
		{ "/ephemerals/chef/secret/a", "" }, { "/ephemerals/chef/secrets", "rwt" },
		{ "/hosts/caf\xc3\xa9", "w" },                                     /* compared decoded */
		{ "/hosts/*", "a" }, { "/watches/aa/bb", "t" }, { "/tokens", "" }, /* reading does not do here */
		{ "/tokens/chef", "" }, { "/tokens/team", "rwta" },                /* admin is all that counts there */
	};
	struct access_rules *rules = parse("[{\"path\":\"/\",\"allow\":[\"read\"]},"
	                                   "{\"path\":\"/ephemerals/chef/secret\",\"allow\":[]},"
	                                   "{\"path\":\"/hosts/web1/\",\"allow\":[\"read\",\"write\"]},"
	                                   "{\"path\":\"/hosts/caf%C3%A9\",\"allow\":[\"write\"]},"
	                                   "{\"path\":\"/hosts/%2A\",\"allow\":[\"admin\"]},"
	                                   "{\"path\":\"/watches/aa%2Fbb\",\"allow\":[\"watch\"]},"
	                                   "{\"path\":\"/tokens/team\",\"allow\":[\"admin\"]},"
	                                   "{\"path\":\"/ephemerals/chef\",\"allow\":[\"read\",\"write\",\"watch\"]}]");

	(void)state;
	assert_non_null(rules);
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_rights(rules, cases[i].path, cases[i].allowed);
	free(rules);
}

static void without_a_rule_nothing_is_allowed(void **state)
{
	struct access_rules *some = parse("[{\"path\":\"/hosts\",\"allow\":[\"read\"]}]"), *none = parse("[]");

	(void)state;
	assert_rights(NULL, "/hosts", "");
	assert_rights(none, "/hosts", "");
	assert_rights(some, "/", "");
	assert_rights(some, "", "");
	assert_rights(some, "/services", "");
	assert_rights(some, "/hosts", "r");
	free(some);
	free(none);
}

static void a_star_of_a_pattern_is_no_segment_that_a_rule_has(void **state)
{
	struct access_rules *rules = parse("[{\"path\":\"/services/http\",\"allow\":[\"read\"]},"
	                                   "{\"path\":\"/hosts\",\"allow\":[\"read\"]}]");
	static const struct {
		const char *pattern, *allowed;
	} cases[] = {
		{ "//noah/services/http/*", "r" },
		{ "//noah/services/*/web1", "" },
		{ "//noah/hosts/*", "r" },
		{ "//noah", "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *decoded = pattern_decode(cases[i].pattern);
		assert_rights(rules, decoded, cases[i].allowed);
		free(decoded);
	}
	free(rules);
}

static void what_lies_below_can_be_asked_for_as_some_and_as_all(void **state)
{
	static const struct {
		const char *path;
		bool some, all;
	} cases[] = {
		{ "/", true, false },
		{ "/hosts", true, false },
		{ "/hosts/web1", true, true },
		{ "/hosts/web2", false, false },
		{ "/services", true, false }, /* but for one */
		{ "/services/ssh", true, true },
		{ "/services/http", true, false },
		{ "/services/http/db1", false, false },
		{ "/tokens", false, false },
	};
	struct access_rules *rules = parse("[{\"path\":\"/hosts/web1\",\"allow\":[\"read\"]},"
	                                   "{\"path\":\"/services\",\"allow\":[\"read\"]},"
	                                   "{\"path\":\"/tokens/a\",\"allow\":[\"read\"]},"
	                                   "{\"path\":\"/services/http/db1\",\"allow\":[\"write\"]}]");

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *path = !strcmp(cases[i].path, "/") ? "" : cases[i].path;
		if (access_allows_some(rules, ACCESS_READ, path) != cases[i].some ||
		    access_allows_all(rules, ACCESS_READ, path) != cases[i].all)
			fail_msg("%s", cases[i].path);
	}
	free(rules);
}

static void rules_are_shown_in_one_form_however_they_were_written(void **state)
{
	struct access_rules *rules = parse("[{\"allow\":[\"admin\",\"read\",\"read\"],\"path\":\"/hosts/caf\xc3\xa9/"
	                                   "\"},{\"path\":\"/\",\"allow\":[]}]");
	json_t *view = access_rules_view(rules), *none = access_rules_view(NULL);
	char *text = json_dumps(view, JSON_COMPACT | JSON_SORT_KEYS);

	(void)state;
	assert_string_equal(text, "[{\"allow\":[],\"path\":\"/\"},"
	                          "{\"allow\":[\"read\",\"admin\"],\"path\":\"/hosts/caf%C3%A9\"}]");
	assert_int_equal(json_array_size(none), 0);
	json_decref(view);
	json_decref(none);
	free(text);
	free(rules);
}

static void an_invalid_rule_is_refused_by_name(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "{}", "rules must be an array of at most 128 rules" },
		{ "[1]", "rule 1: it must be an object with path, allow and nothing else" },
		{ "[{\"path\":\"/\"}]", "rule 1: it must be an object with path, allow and nothing else" },
		{ "[{\"path\":\"/\",\"allow\":[],\"deny\":[]}]",
		    "rule 1: it must be an object with path, allow and nothing else" },
		{ "[{\"path\":\"/\",\"allow\":\"read\"}]", "rule 1: allow must be an array of read, write, watch and admin" },
		{ "[{\"path\":\"/\",\"allow\":[\"Read\"]}]",
		    "rule 1: allow contains \"Read\"; known are read, write, watch and admin" },
		{ "[{\"path\":\"/\",\"allow\":[1]}]", "rule 1: allow contains number; known are read, write, watch and admin" },
		{ "[{\"path\":\"/\",\"allow\":[]},{\"path\":\"hosts\",\"allow\":[]}]",
		    "rule 2: path must be a string that begins with \"/\"" },
		{ "[{\"path\":\"\",\"allow\":[]}]", "rule 1: path must be a string that begins with \"/\"" },
		{ "[{\"path\":null,\"allow\":[]}]", "rule 1: path must be a string that begins with \"/\"" },
		{ "[{\"path\":\"/services/*/h\",\"allow\":[]}]",
		    "rule 1: path contains a segment \"*\", which rules do not support (a literal star is %2A)" },
		{ "[{\"path\":\"/a/../b\",\"allow\":[]}]", "rule 1: pattern contains the segment \"..\"" },
		{ "[{\"path\":\"//a\",\"allow\":[]}]", "rule 1: pattern has an empty segment" },
		{ "[{\"path\":\"/a%0a\",\"allow\":[]}]", "rule 1: pattern contains a control character" },
		{ "[{\"path\":\"/a/\",\"allow\":[]},{\"path\":\"/b\",\"allow\":[]},{\"path\":\"/%61\",\"allow\":[\"read\"]}]",
		    "rules contain the path \"/a\" twice" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct access_rules *rules = parse(cases[i].text);
		if (rules)
			fail_msg("%s", cases[i].text);
		assert_string_equal(err.text, cases[i].error);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static json_t *many_rules(int count)
{
	json_t *rules = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(rules, json_pack("{s:o, s:[s]}", "path", json_sprintf("/hosts/%d", i), "allow", "read"));
	return rules;
}

static void a_token_has_at_most_128_rules(void **state)
{
	json_t *max = many_rules(ACCESS_RULES_MAX), *more = many_rules(ACCESS_RULES_MAX + 1);
	struct access_rules *rules = access_rules_parse(max, &err);

	(void)state;
	assert_non_null(rules);
	assert_rights(rules, "/hosts/127", "r");
	assert_null(access_rules_parse(more, &err));
	json_decref(max);
	json_decref(more);
	free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_path_by_whole_segments_decides),
		cmocka_unit_test(without_a_rule_nothing_is_allowed),
		cmocka_unit_test(a_star_of_a_pattern_is_no_segment_that_a_rule_has),
		cmocka_unit_test(what_lies_below_can_be_asked_for_as_some_and_as_all),
		cmocka_unit_test(rules_are_shown_in_one_form_however_they_were_written),
		cmocka_unit_test(an_invalid_rule_is_refused_by_name),
		cmocka_unit_test(a_token_has_at_most_128_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
