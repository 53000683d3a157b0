/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"

#include <poll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What the calls between capture and captured wrote to stderr: one line at most, since each is one write. */
static int saved_stderr, pipe_end;

static void capture(void)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	saved_stderr = dup(STDERR_FILENO);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	pipe_end = ends[0];
}

/* Takes the time out of each line that has one, once it is known to be now. */
static void take_times(char *lines)
{
	for (char *line = lines; *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : line + strlen(line)) {
		char *time = line + strcspn(line, " \n") + 1;
		int ms, length = 0;
		struct tm parts = { 0 };
		if (*line == '<' || time[-1] != ' ' || !strptime(time, "%Y-%m-%dT%H:%M:%S", &parts))
			continue;
		assert_int_equal(sscanf(time + 19, ".%3dZ%n", &ms, &length), 1);
		assert_int_equal(length, 5);
		assert_in_range(llabs(clock_wall_ms() - (timegm(&parts) * 1000LL + ms)), 0, 60000);
		memmove(time, time + 25, strlen(time + 25) + 1);
	}
}

static const char *captured(void)
{
	static char line[16384];
	assert_int_equal(dup2(saved_stderr, STDERR_FILENO), STDERR_FILENO);
	close(saved_stderr);
	ssize_t size = read(pipe_end, line, sizeof(line) - 1);
	close(pipe_end);
	assert_true(size >= 0);
	line[size] = '\0';
	take_times(line);
	return line;
}

/* What has been written since the last look; the capture goes on. */
static const char *waiting(void)
{
	static char text[16384];
	struct pollfd readable = { .fd = pipe_end, .events = POLLIN };
	ssize_t size = poll(&readable, 1, 0) == 1 ? read(pipe_end, text, sizeof(text) - 1) : 0;
	assert_true(size >= 0);
	text[size] = '\0';
	take_times(text);
	return text;
}

static int start(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_start("noahd");
	log_set_level(LOG_LEVEL_INFO);
	return 0;
}

static void a_line_carries_its_time(void **state)
{
	(void)state;
	char line[128] = { 0 };
	int day, end = 0, ends[2];
	assert_int_equal(pipe(ends), 0);
	int saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	log_warning("b");
	dup2(saved, STDERR_FILENO);
	assert_true(read(ends[0], line, sizeof(line) - 1) > 0);
	assert_int_equal(sscanf(line, "warning %*4d-%*2d-%2dT%*2d:%*2d:%*2d.%*3dZ noahd: b%n", &day, &end), 1);
	assert_int_equal(end, strlen(line) - 1);
	close(saved), close(ends[0]), close(ends[1]);
}

static void a_line_says_level_program_and_event(void **state)
{
	(void)state;
	capture();
	log_info("ready on %s:%d", "http://127.0.0.1", 5678);
	assert_string_equal(captured(), "info noahd: ready on http://127.0.0.1:5678\n");
	capture();
	log_error("a");
	assert_string_equal(captured(), "error noahd: a\n");
	capture();
	log_warning("b");
	assert_string_equal(captured(), "warning noahd: b\n");
}

static void events_below_the_level_are_not_written(void **state)
{
	(void)state;
	capture();
	log_debug("hidden");
	assert_string_equal(captured(), "");
	log_set_level(LOG_LEVEL_DEBUG);
	capture();
	log_debug("shown");
	assert_string_equal(captured(), "debug noahd: shown\n");
	log_set_level(LOG_LEVEL_ERROR);
	capture();
	log_warning("hidden");
	assert_string_equal(captured(), "");
}

static void no_input_can_forge_a_line_or_steer_a_terminal(void **state)
{
	(void)state;
	capture();
	log_info("%s", "a\nerror noahd: b\r\t\x1b[31m\x7f \xc2\x9b é ☃ \xff\xc3(");
	assert_string_equal(captured(),
	    "info noahd: a\\x0aerror noahd: b\\x0d\\x09\\x1b[31m\\x7f \\xc2\\x9b é ☃ \\xff\\xc3(\n");
}

static void a_long_line_is_cut_and_still_one_line(void **state)
{
	(void)state;
	static char text[5000];
	memset(text, '\n', sizeof(text) - 1);
	capture();
	log_info("%s", text);
	const char *line = captured();
	assert_int_equal(strlen(line), strlen("info noahd: ") + 4 * 2047 + 1);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void the_journal_gets_priorities(void **state)
{
	(void)state;
	struct stat status;
	char stream[64];
	capture();
	assert_int_equal(fstat(STDERR_FILENO, &status), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_start("noahd");
	log_error("a");
	assert_string_equal(captured(), "<3>noahd: a\n");
}

static void a_stderr_that_is_no_longer_the_journal_gets_none(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_start("noahd");
	capture();
	log_error("a");
	assert_string_equal(captured(), "error noahd: a\n");
}

static void a_pipe_that_is_not_read_costs_lines_and_no_time(void **state)
{
	(void)state;
	static char text[2000], line[16384];
	memset(text, 'x', sizeof(text) - 1);
	capture();
	log_start("noahd");
	alarm(20); /* instead of waiting for ever */
	for (int i = 0; i < 100; i++)
		log_info("%s", text);
	alarm(0);
	while (read(pipe_end, line, sizeof(line)) == sizeof(line))
		;
	log_info("a");
	const char *rest = captured();
	unsigned lost;
	assert_int_equal(sscanf(rest, "warning noahd: %u lines of the log", &lost), 1);
	assert_in_range(lost, 60, 80);
	assert_string_equal(rest + strlen(rest) - strlen("\ninfo noahd: a\n"), "\ninfo noahd: a\n");
}

static void gathered_lines_are_written_together_in_their_order(void **state)
{
	(void)state;
	static char text[1500];
	memset(text, 'x', sizeof(text) - 1);
	capture();
	log_gather();
	log_info("a");
	log_error("b");
	assert_string_equal(waiting(), "");
	log_release();
	assert_string_equal(waiting(), "info noahd: a\nerror noahd: b\n");

	log_gather();
	for (int i = 0; i < 3; i++)
		log_info("%s", text);
	assert_int_equal(strlen(waiting()), 2 * (strlen("info noahd: \n") + strlen(text)));
	log_release();
	log_info("c");
	const char *rest = captured();
	assert_string_equal(rest + strlen(rest) - strlen("x\ninfo noahd: c\n"), "x\ninfo noahd: c\n");
}

static void a_line_longer_than_what_is_gathered_at_once_keeps_its_place(void **state)
{
	(void)state;
	static char controls[1500];
	memset(controls, 1, sizeof(controls) - 1);
	capture();
	log_gather();
	log_info("before");
	log_info("%s", controls);
	log_info("after");
	log_release();
	const char *lines = captured();
	assert_int_equal(strlen(lines), strlen("info noahd: before\n"
	                                       "info noahd: \n"
	                                       "info noahd: after\n") +
	                                    4 * strlen(controls));
	assert_memory_equal(lines, "info noahd: before\ninfo noahd: \\x01", 34);
	assert_string_equal(lines + strlen(lines) - strlen("\\x01\ninfo noahd: after\n"), "\\x01\ninfo noahd: after\n");
}

static void gathered_lines_that_do_not_fit_are_counted(void **state)
{
	(void)state;
	static char text[2000];
	unsigned lost, told = 0;
	const char *read, *warning;
	memset(text, 'x', sizeof(text) - 1);
	capture();
	log_start("noahd");
	alarm(20); /* instead of waiting for ever */
	log_gather();
	for (int i = 0; i < 100; i++)
		log_info("%s", text);
	log_release();
	alarm(0);
	while (*(read = waiting()))
		for (; (warning = strstr(read, "warning noahd: ")); told += lost, read = warning + 1)
			assert_int_equal(sscanf(warning, "warning noahd: %u lines of the log", &lost), 1);
	log_release();
	warning = captured();
	if (*warning) {
		assert_int_equal(sscanf(warning, "warning noahd: %u lines of the log", &lost), 1);
		told += lost;
	}
	assert_in_range(told, 60, 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_carries_its_time, start),
		cmocka_unit_test_setup(a_line_says_level_program_and_event, start),
		cmocka_unit_test_setup(events_below_the_level_are_not_written, start),
		cmocka_unit_test_setup(no_input_can_forge_a_line_or_steer_a_terminal, start),
		cmocka_unit_test_setup(a_long_line_is_cut_and_still_one_line, start),
		cmocka_unit_test_setup(the_journal_gets_priorities, start),
		cmocka_unit_test_setup(a_stderr_that_is_no_longer_the_journal_gets_none, start),
		cmocka_unit_test_setup(gathered_lines_are_written_together_in_their_order, start),
		cmocka_unit_test_setup(a_line_longer_than_what_is_gathered_at_once_keeps_its_place, start),
		cmocka_unit_test(a_pipe_that_is_not_read_costs_lines_and_no_time),
		cmocka_unit_test(gathered_lines_that_do_not_fit_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
