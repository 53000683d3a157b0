/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/pattern.h"

#include "common/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void a_pattern_stands_for_its_path_and_all_below_by_whole_segments(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} cases[] = {
		{ "//noah/hosts/web1", "/hosts/web1", true },
		{ "//noah/hosts/web1", "/hosts/web1/services/http", true },
		{ "//noah/hosts/web1", "/hosts/web10", false },
		{ "//noah/hosts/web1", "/hosts", false },
		{ "//noah/hosts/web10", "/hosts/web1", false },
		{ "//noah/hosts/", "/hosts/web1", true },
		{ "//noah/hosts/web1/", "/hosts/web1", true },
		{ "//noah", "/hosts/web1", true },
		{ "//noah/", "/anything", true },
		{ "//noah/services/*/h1", "/services/http/h1", true },
		{ "//noah/services/*/h1", "/services/http/h2", false },
		{ "//noah/services/*/h1", "/services/http", false },
		{ "//noah/services/*", "/services/http/h2", true },
		{ "//noah/services/h*", "/services/http/h2", false },
		{ "//noah/hosts/%2A", "/hosts/*", true },
		{ "//noah/hosts/%2A", "/hosts/web1", false },
		{ "//noah/hosts/caf%C3%A9", "/hosts/caf\xc3\xa9", true },
		{ "//noah/hosts/caf\xc3\xa9", "/hosts/caf\xc3\xa9", true },
		{ "//noah/watches/aa%2Fbb", "/watches/aa/bb", true },
		{ "//noah/watches/aa%2F%2Fbb", "/watches/aa//bb", true },
		{ "//noah/watches/aa%2F", "/watches/aa/", true },
		{ "//noah/ephemerals/a", "/ephemerals/a/", true },
		{ "//noah/application/x", "/applications/x", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		if (pattern_matches(cases[i].pattern, cases[i].path) != cases[i].matches)
			fail_msg("%s against %s", cases[i].pattern, cases[i].path);
	}
}

static void a_pattern_covers_what_is_below_it_and_itself(void **state)
{
	static const struct {
		const char *above, *below;
		bool covers;
	} cases[] = {
		{ "//noah/hosts", "//noah/hosts/web1", true },
		{ "//noah/hosts/web1", "//noah/hosts", false },
		{ "//noah/hosts/web1", "//noah/hosts/web1/", true },
		{ "//noah/hosts/web1", "//noah/hosts/web10", false },
		{ "//noah", "//noah/hosts", true },
		{ "//noah/services/*/h1", "//noah/services/http/h1", true },
		{ "//noah/services/http/h1", "//noah/services/*/h1", false },
		{ "//noah/services/*", "//noah/services/*/h1", true },
		{ "//noah/hosts/%77eb1", "//noah/hosts/web1", true },
		{ "//noah/hosts", "//noah/hostsx", false },
		{ "//noah/*", "//noah/hosts/web1", true },
		{ "//noah/*", "//noah", false },
		{ "//noah/*/web1", "//noah/hosts/web10", false },
		{ "//noah/*", "//noah/*", true },
		{ "//noah/hosts", "//noah/*", false },
		{ "//noah/hosts/%2A", "//noah/hosts/*", false },
		{ "//noah/hosts/*", "//noah/hosts/%2A", true },
		{ "//noah/watches/aa%2F*", "//noah/watches/aa/*/b", false },
		{ "//noah/watches/aa%2F%2A", "//noah/watches/aa/%2A/b", true },
		{ "//noah/watches/aa/*", "//noah/watches/aa%2F%2Fb", true },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *above = pattern_decode(cases[i].above), *below = pattern_decode(cases[i].below);
		if (pattern_covers(above, below) != cases[i].covers)
			fail_msg("%s over %s", cases[i].above, cases[i].below);
		free(above);
		free(below);
	}
}

static void patterns_are_decoded_to_be_compared(void **state)
{
	static const struct {
		const char *pattern, *decoded;
	} cases[] = {
		{ "//noah", "" },
		{ "//noah/", "" },
		{ "//noah/*", "/\1" },
		{ "//noah/services/*/web1/", "/services/\1/web1" },
		{ "//noah/hosts/%2A%77", "/hosts/*w" },
		{ "//noah/watches/aa%2Fbb", "/watches/aa/bb" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *decoded = pattern_decode(cases[i].pattern);
		assert_string_equal(decoded, cases[i].decoded);
		free(decoded);
	}
	assert_null(pattern_decode("nonsense"));
}

static void a_malformed_pattern_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *pattern, *reason;
	} cases[] = {
		{ "", "must begin" },
		{ "/hosts/web1", "must begin" },
		{ "//noahs/web1", "must begin" },
		{ "noah/hosts", "must begin" },
		{ "//noah//hosts", "empty segment" },
		{ "//noah/hosts//", "empty segment" },
		{ "//noah/hosts/..", "\"..\"" },
		{ "//noah/./hosts", "\".\"" },
		{ "//noah/%2e%2e/hosts", "\"..\"" },
		{ "//noah/hosts/a%2F..", "\"..\"" },
		{ "//noah/hosts/%zz", "%-escape: \"%zz\"" },
		{ "//noah/hosts/%4", "%-escape" },
		{ "//noah/hosts/%4/x", "%-escape" },
		{ "//noah/hosts/a%00b", "control character" },
		{ "//noah/hosts/a\tb", "control character" },
		{ "//noah/hosts/%7f", "control character" },
		{ "//noah/hosts/%ff", "UTF-8" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		if (pattern_check(cases[i].pattern, &err) || !strstr(err.text, cases[i].reason))
			fail_msg("%s: %s", cases[i].pattern, err.text);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static void a_pattern_is_bounded_in_bytes_and_segments(void **state)
{
	char pattern[PATTERN_BYTES_MAX + 2] = "//noah";
	struct error err;

	(void)state;
	memset(pattern + 6, 'a', PATTERN_BYTES_MAX - 5);
	pattern[6] = '/';
	assert_false(pattern_check(pattern, &err));
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
	pattern[PATTERN_BYTES_MAX] = '\0';
	assert_true(pattern_check(pattern, &err));

	for (size_t i = 0; i < PATTERN_SEGMENTS_MAX; i++)
		memcpy(pattern + 6 + 2 * i, "/a", 3);
	assert_true(pattern_check(pattern, &err));
	strcat(pattern, "/a");
	assert_false(pattern_check(pattern, &err));
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_stands_for_its_path_and_all_below_by_whole_segments),
		cmocka_unit_test(a_pattern_covers_what_is_below_it_and_itself),
		cmocka_unit_test(patterns_are_decoded_to_be_compared),
		cmocka_unit_test(a_malformed_pattern_is_refused_with_the_reason),
		cmocka_unit_test(a_pattern_is_bounded_in_bytes_and_segments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
