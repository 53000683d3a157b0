/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/answer_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_line(const char *endpoint, const char *body, const char *expected)
{
	char line[ANSWER_LINE_BYTES];

	answer_line_write(body, strlen(body), endpoint, line);
	assert_string_equal(line, expected);
}

static void it_is_the_first_line_with_something_on_it(void **state)
{
	(void)state;
	assert_line("http://h/", "no such hook", "no such hook");
	assert_line("http://h/", "\r\n \n  no such hook\r\nand more", "no such hook");
	assert_line("http://h/", "", "");
	assert_line("http://h/", " \n\n", "");
}

static void it_is_bounded_and_marks_a_cut(void **state)
{
	char body[1000], line[ANSWER_LINE_BYTES];

	(void)state;
	memset(body, 'x', sizeof(body));
	answer_line_write(body, sizeof(body), "http://h/", line);
	assert_int_equal(strlen(line), ANSWER_LINE_BYTES - 1);
	assert_string_equal(line + ANSWER_LINE_BYTES - 4, "...");
	answer_line_write(body, ANSWER_LINE_BYTES - 1, "http://h/", line);
	assert_null(strstr(line, "..."));
}

static void bytes_that_are_not_text_do_no_harm(void **state)
{
	char line[ANSWER_LINE_BYTES];

	(void)state;
	answer_line_write("ab\0cd\xff", 6, "http://h/", line);
	assert_string_equal(line, "ab");
}

static void a_query_that_the_endpoint_repeats_is_cut_off(void **state)
{
	(void)state;
	assert_line("http://h/hook?key=SECRET", "<pre>Cannot POST /hook?key=SECRET&amp;x=1</pre>",
	    "<pre>Cannot POST /hook?...</pre>");
	assert_line("http://h/hook?key=SECRET", "{\"path\":\"/hook?key=SECRET\",\"x\":1}",
	    "{\"path\":\"/hook?...\",\"x\":1}");
	assert_line("http://h/", "who? you?", "who? you?");
}

static void values_of_its_query_are_cut_out_as_sent_and_decoded(void **state)
{
	(void)state;
	assert_line("http://h/?key=SECRET", "SECRET is not SECRET enough", "... is not ... enough");
	assert_line("http://h/?a=1&key=SEC%2fR+T", "no SEC/R T, no SEC%2fR+T", "no ..., no ...");
	assert_line("http://h/?PLAINKEY", "PLAINKEY has ended", "... has ended");
	assert_line("http://h/?a=1&b=&c", "1 a b c", "1 a b c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_first_line_with_something_on_it),
		cmocka_unit_test(it_is_bounded_and_marks_a_cut),
		cmocka_unit_test(bytes_that_are_not_text_do_no_harm),
		cmocka_unit_test(a_query_that_the_endpoint_repeats_is_cut_off),
		cmocka_unit_test(values_of_its_query_are_cut_out_as_sent_and_decoded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
