/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/poke_about.h"

#include "common/memory.h"
#include "common/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *about(const char *body)
{
	static char text[POKE_ABOUT_BYTES];
	struct verified_poke poke;

	assert_true(verified_poke_read(body, strlen(body), &poke, NULL));
	poke_about(&poke, text);
	verified_poke_finish(&poke);
	assert_true(utf8_is_valid(text, strlen(text)));
	return text;
}

static void action_location_and_the_telling_value_are_named(void **state)
{
	static const struct {
		const char *body, *about;
	} rows[] = {
		{ "{\"action\":\"update\",\"location\":\"/ephemerals/chef/notify/web1\",\"data\":\"2\"}",
		    "update of /ephemerals/chef/notify/web1 (data 2)" },
		{ "{\"action\":\"update\",\"location\":\"/ephemerals/x\",\"data\":{\"a\":[1,null]}}",
		    "update of /ephemerals/x (data {\"a\":[1,null]})" },
		{ "{\"action\":\"create\",\"location\":\"/hosts/web1\",\"status\":\"up\"}",
		    "create of /hosts/web1 (status up)" },
		{ "{\"action\":\"update\",\"location\":\"/applications/shop\"}", "update of /applications/shop" },
		{ "{\"action\":\"delete\",\"location\":\"/hosts/web1\",\"status\":\"up\"}", "delete of /hosts/web1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(about(rows[i].body), rows[i].about);
}

static void control_characters_do_not_reach_a_terminal(void **state)
{
	(void)state;
	assert_string_equal(about("{\"action\":\"update\",\"location\":\"/h\\u001b[2J\\n\",\"data\":\"a\\tb\\u007f\"}"),
	    "update of /h?[2J? (data a?b?)");
}

static void what_is_too_long_is_cut_at_a_character(void **state)
{
	char *body, long_text[301];

	(void)state;
	for (size_t size = 1; size < sizeof(long_text); size++) {
		/* é, and one byte more or less before it */
		memset(long_text, '\0', sizeof(long_text));
		for (size_t i = size % 2; i + 2 <= size; i += 2)
			memcpy(long_text + i, "\xc3\xa9", 2);
		if (size % 2)
			long_text[0] = 'x';
		body = memory_format("{\"action\":\"update\",\"location\":\"/%s\",\"data\":\"%s\"}", long_text, long_text);
		const char *text = about(body);
		assert_true(strlen(text) < POKE_ABOUT_BYTES);
		assert_int_equal(text[strlen(text) - 1], ')');
		assert_true((strstr(text, "\xe2\x80\xa6") != NULL) == (size > 48));
		free(body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(action_location_and_the_telling_value_are_named),
		cmocka_unit_test(control_characters_do_not_reach_a_terminal),
		cmocka_unit_test(what_is_too_long_is_cut_at_a_character),
	};

	return cmocka_run_group_tests_name("poke_about", tests, NULL, NULL);
}
