/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_most_specific_range_says_how_much_a_type_is_wanted(void **state)
{
	static const struct {
		const char *accept, *type;
		int quality;
		bool is_named;
	} cases[] = {
		{ NULL, "application/json", 1000, false },
		{ "", "application/json", 0, false },
		{ "*/*", "application/json", 1000, false },
		{ "application/json", "application/json", 1000, true },
		{ "Application/JSON", "application/json", 1000, true },
		{ "application/json;charset=utf-8", "application/json", 1000, true },
		{ "application/*", "application/json", 1000, false },
		{ "application/octet", "application/json", 0, false },
		{ "application/jsonx", "application/json", 0, false },
		{ "text/*", "application/json", 0, false },
		{ "application/json;q=0", "application/json", 0, true },
		{ "application/json; q=0.0, */*", "application/json", 0, true },
		{ "*/*, application/json;q=0", "application/json", 0, true },
		{ "*/*;q=0", "application/json", 0, false },
		{ "*/*;q=0, application/json", "application/json", 1000, true },
		{ "application/*;q=0.5,*/*;q=0.8", "application/json", 500, false },
		{ "application/json;q=0.25", "application/json", 250, true },
		{ "application/json;q=0.2555", "application/json", 255, true },
		{ "application/json;q=1.0", "application/json", 1000, true },
		{ "application/json;q=1.9", "application/json", 1000, true },
		{ "application/json;version=2;Q=0.1", "application/json", 100, true },
		{ "application/json;q=high", "application/json", 1000, true },
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json", 800, false },
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html", 1000, true },
		{ " , text/html ,, ", "text/html", 1000, true },
		{ ";q=0", "text/html", 0, false },
		{ "text/html;q=0.1, text/html", "text/html", 100, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct http_accept found = http_accept_find(cases[i].accept, cases[i].type);
		if (found.quality != cases[i].quality || found.is_named != cases[i].is_named)
			fail_msg("%s of %s: %d %d", cases[i].type, cases[i].accept, found.quality, found.is_named);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_specific_range_says_how_much_a_type_is_wanted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
