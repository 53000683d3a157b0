/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/noahd/api/resources/api_fixture.h"

#include "common/log.h"

#include <poll.h>

static int saved_stderr, pipe_end;

static int up(void **state)
{
	int ends[2];

	(void)state;
	api_up(&(struct site){ .is_local = true, .public_url = "" });
	assert_int_equal(pipe(ends), 0);
	saved_stderr = dup(STDERR_FILENO);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	pipe_end = ends[0];
	return 0;
}

static int down(void **state)
{
	(void)state;
	assert_int_equal(dup2(saved_stderr, STDERR_FILENO), STDERR_FILENO);
	close(saved_stderr);
	close(pipe_end);
	log_set_level(LOG_LEVEL_INFO);
	api_down();
	return 0;
}

/* What has been logged since the last look. */
static const char *logged(void)
{
	static char text[8192];
	struct pollfd readable = { .fd = pipe_end, .events = POLLIN };
	ssize_t size = poll(&readable, 1, 0) == 1 ? read(pipe_end, text, sizeof(text) - 1) : 0;

	assert_true(size >= 0);
	text[size] = '\0';
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("%s is not in: %s", part, text);
}

static size_t lines_of(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

static void a_write_has_one_line_with_its_revision_and_author(void **state)
{
	(void)state;
	exchange_ask("PUT /ephemerals/e", API_HOST "Noah-Node: web1\r\nNoah-Run: 17\r\n", "one");
	const char *line = logged();
	assert_int_equal(lines_of(line), 1);
	assert_has(line, " audit status=200 revision=1 method=PUT peer=127.0.0.1:");
	assert_has(line, " node=\"web1\" run=\"17\"");
	assert_has(line, " path=\"/ephemerals/e\"\n");
}

static void a_write_that_is_refused_has_one_too(void **state)
{
	(void)state;
	exchange_ask("DELETE /ephemerals/none", API_HOST, "");
	const char *line = logged();
	assert_int_equal(lines_of(line), 1);
	assert_has(line, " audit status=404 revision=0 method=DELETE ");
}

static void a_read_has_none_unless_access_control_refuses_it(void **state)
{
	(void)state;
	exchange_ask("GET /ephemerals/none", API_HOST, "");
	assert_string_equal(logged(), "");
	exchange_ask("GET /hosts", "Host: rebound.example\r\n", "");
	assert_has(logged(), " audit status=421 ");
}

static void a_heartbeat_has_none(void **state)
{
	(void)state;
	exchange_ask("PUT /ephemerals/e?lifetime=60", API_HOST, "one");
	assert_int_equal(lines_of(logged()), 1);
	assert_int_equal(exchange_status(exchange_ask("PUT /ephemerals/e?renew=60", API_HOST, "")), 200);
	assert_string_equal(logged(), "");
}

static void what_a_client_chooses_cannot_pass_for_another_field(void **state)
{
	(void)state;
	exchange_ask("PUT /ephemerals/a%20status=200%22b", API_HOST "Noah-Run: 1\" token=\"root\r\n", "one");
	const char *line = logged();
	assert_has(line, " run=\"1\\\" token=\\\"root\" ");
	assert_has(line, " path=\"/ephemerals/a status=200\\\"b\"\n");
}

static void each_part_of_a_transaction_has_a_line_of_the_same_revision(void **state)
{
	(void)state;
	exchange_ask("POST /transactions", API_HOST "Content-Type: application/json\r\n",
	    "{\"writes\":[{\"method\":\"PUT\",\"path\":\"/ephemerals/a\",\"body\":\"1\"},"
	    "{\"method\":\"PUT\",\"path\":\"/ephemerals/b\",\"body\":\"2\"}]}");
	const char *lines = logged();
	assert_int_equal(lines_of(lines), 3);
	assert_has(lines, " audit part=0 revision=2 method=PUT ");
	assert_has(lines, " audit part=1 revision=2 method=PUT ");
	assert_has(lines, " audit status=200 revision=2 method=POST ");
}

static void other_requests_are_logged_for_debugging_as_no_audit(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_DEBUG);
	exchange_ask("GET /hosts", API_HOST, "");
	assert_has(logged(), " request status=404 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_write_has_one_line_with_its_revision_and_author, up, down),
		cmocka_unit_test_setup_teardown(a_write_that_is_refused_has_one_too, up, down),
		cmocka_unit_test_setup_teardown(a_read_has_none_unless_access_control_refuses_it, up, down),
		cmocka_unit_test_setup_teardown(a_heartbeat_has_none, up, down),
		cmocka_unit_test_setup_teardown(what_a_client_chooses_cannot_pass_for_another_field, up, down),
		cmocka_unit_test_setup_teardown(each_part_of_a_transaction_has_a_line_of_the_same_revision, up, down),
		cmocka_unit_test_setup_teardown(other_requests_are_logged_for_debugging_as_no_audit, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
