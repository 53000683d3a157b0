/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/control_client.h"
#include "common/control_socket.h"
#include "common/memory.h"
#include "tests/unit/scratch.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The loop runs in the test's thread; the client is another thread, as it would be another process. */

static struct event_loop *loop;
static struct control_socket *control;
static struct control_client *waiting; /* has said "later"; answered from a timer */
static struct event_timer later;
static char asked[CONTROL_LINE_BYTES], passed[64];
static unsigned gone_count, gone_until; /* the loop ends with that many gone */

static void note_descriptor(struct control_client *client)
{
	int fd = control_take_descriptor(client);

	passed[0] = '\0';
	if (fd < 0)
		return;
	ssize_t size = pread(fd, passed, sizeof(passed) - 1, 0);
	passed[size > 0 ? size : 0] = '\0';
	close(fd);
}

static void answer_late(void *context, int64_t now_ms)
{
	(void)context;
	(void)now_ms;
	control_answer(waiting, json_pack("{s:s}", "echo", "late"));
}

static void ask(struct control_client *client, const char *line, void *context)
{
	struct error err;

	(void)context;
	snprintf(asked, sizeof(asked), "%s", line);
	note_descriptor(client);
	if (!strcmp(line, "refuse")) {
		error_set(&err, ERROR_CONFLICT, "not that");
		control_refuse(client, &err);
	} else if (!strcmp(line, "later")) {
		waiting = client;
		later.fire = answer_late;
		event_timer_set(loop, &later, event_loop_now_ms(loop) + 1);
	} else {
		control_answer(client, json_pack("{s:s}", "echo", line));
	}
}

static void gone(struct control_client *client, void *context)
{
	(void)client, (void)context;
	if (++gone_count == gone_until)
		event_loop_stop(loop);
}

static int up(void **state)
{
	struct control_options options = { .path = scratch_path("control"), .program = "testd", .ask = ask, .gone = gone };
	struct error err;

	(void)state;
	options.loop = loop = event_loop_create(&err);
	control = control_socket_open(&options, &err);
	gone_count = 0;
	return control ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	control_socket_close(control);
	event_loop_destroy(loop);
	return access(scratch_path("control"), F_OK) == 0;
}

/* What one client says, line by line, and what it hears: "echo" or the error's text. */
struct talk {
	const char *lines[3];
	int passed; /* along with the first line; 0: none */
	char heard[3][256];
	enum error_kind kinds[3];
	pthread_t thread;
};

static void *speak(void *context)
{
	struct talk *talk = context;
	struct error err;
	int fd = control_connect(scratch_path("control"), "testd", &err);

	for (int i = 0; i < 3 && talk->lines[i]; i++) {
		json_t *answer = NULL;
		bool is_answered = control_ask(fd, talk->lines[i], talk->passed && !i ? talk->passed : -1, &answer, &err);
		const char *echo = is_answered ? json_string_value(json_object_get(answer, "echo")) : err.text;
		snprintf(talk->heard[i], sizeof(talk->heard[i]), "%.255s", echo);
		talk->kinds[i] = is_answered ? ERROR_NONE : err.kind;
		json_decref(answer);
	}
	close(fd);
	return NULL;
}

/* Each in a thread of its own, begun one after another; until all have hung up. */
static void serve(struct talk *talks, unsigned count)
{
	struct error err;

	gone_until = count;
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(pthread_create(&talks[i].thread, NULL, speak, &talks[i]), 0);
	assert_true(event_loop_run(loop, &err));
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(pthread_join(talks[i].thread, NULL), 0);
}

static void a_line_gets_an_answer_and_so_does_the_next(void **state)
{
	struct talk talk = { .lines = { "one", "", "{\"three\":3}" } };

	(void)state;
	serve(&talk, 1);
	for (int i = 0; i < 3; i++)
		assert_string_equal(talk.heard[i], talk.lines[i]);
}

static void an_error_arrives_unchanged(void **state)
{
	struct talk talk = { .lines = { "refuse", "and go on" } };

	(void)state;
	serve(&talk, 1);
	assert_string_equal(talk.heard[0], "not that");
	assert_int_equal(talk.kinds[0], ERROR_CONFLICT);
	assert_string_equal(talk.heard[1], "and go on");
}

static void an_answer_may_come_later_than_its_line(void **state)
{
	struct talk talks[] = { { .lines = { "later", "then" } }, { .lines = { "meanwhile" } } };

	(void)state;
	serve(talks, 2);
	assert_string_equal(talks[0].heard[0], "late");
	assert_string_equal(talks[0].heard[1], "then");
	assert_string_equal(talks[1].heard[0], "meanwhile");
}

static void a_descriptor_can_be_sent_with_a_line(void **state)
{
	const char *path = scratch_write("passed", "what it holds", 0600);
	struct talk talk = { .lines = { "take" }, .passed = open(path, O_RDONLY | O_CLOEXEC) };

	(void)state;
	serve(&talk, 1);
	assert_string_equal(passed, "what it holds");
	close(talk.passed);
	unlink(path);
}

static void a_long_line_is_accepted_and_one_that_is_too_long_ends_the_connection(void **state)
{
	char *line = memory_zeroed(1, CONTROL_LINE_BYTES + 1);
	struct talk talk = { .lines = { line } };

	(void)state;
	memset(line, 'x', CONTROL_LINE_BYTES - 2);
	serve(&talk, 1);
	assert_string_equal(asked, line);
	asked[0] = '\0';
	memset(line, 'x', CONTROL_LINE_BYTES);
	gone_count = 0;
	serve(&talk, 1);
	assert_int_equal(talk.kinds[0], ERROR_UNAVAILABLE);
	assert_string_equal(asked, "");
	free(line);
}

static void a_missing_daemon_is_reported(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(control_connect(scratch_path("nobody"), "testd", &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_non_null(strstr(err.text, "no testd answers at "));
}

static void a_second_daemon_is_refused_and_leaves_the_first_alone(void **state)
{
	const struct control_options options = {
		.loop = loop, .path = scratch_path("control"), .program = "testd", .ask = ask
	};
	struct talk talk = { .lines = { "still there" } };
	struct error err;

	(void)state;
	assert_null(control_socket_open(&options, &err));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	gone_count = -1U; /* the second one's probe counts as a client */
	serve(&talk, 1);
	assert_string_equal(talk.heard[0], "still there");
}

static void the_socket_of_a_killed_daemon_is_replaced(void **state)
{
	struct control_options options = { .loop = loop, .path = scratch_path("left"), .program = "testd", .ask = ask };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct error err;

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", options.path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	struct control_socket *second = control_socket_open(&options, &err);
	assert_non_null(second);
	control_socket_close(second);
	assert_int_not_equal(access(scratch_path("left"), F_OK), 0);
}

static unsigned rounds;

static int64_t count_round(void *context)
{
	(void)context;
	rounds++;
	return -1;
}

static void stop_loop(void *context, int64_t now_ms)
{
	(void)context;
	(void)now_ms;
	event_loop_stop(loop);
}

static void without_descriptors_a_client_waits_and_the_loop_rests(void **state)
{
	struct talk talk = { .lines = { "after the drought" } };
	struct event_timer end = { .fire = stop_loop };
	struct rlimit before, none;
	struct error err;

	(void)state;
	int client = control_connect(scratch_path("control"), "testd", &err);
	assert_true(client >= 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	rounds = 0;
	event_loop_before_wait(loop, count_round, NULL);
	event_timer_set(loop, &end, event_loop_now_ms(loop) + 500);
	assert_true(event_loop_run(loop, &err));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_in_range(rounds, 1, 20);
	close(client);
	gone_count = -1U; /* the first one, which has hung up, counts as a client */
	serve(&talk, 1);
	assert_string_equal(talk.heard[0], "after the drought");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_line_gets_an_answer_and_so_does_the_next),
		TEST(an_error_arrives_unchanged),
		TEST(an_answer_may_come_later_than_its_line),
		TEST(a_descriptor_can_be_sent_with_a_line),
		TEST(a_long_line_is_accepted_and_one_that_is_too_long_ends_the_connection),
		TEST(a_missing_daemon_is_reported),
		TEST(a_second_daemon_is_refused_and_leaves_the_first_alone),
		TEST(the_socket_of_a_killed_daemon_is_replaced),
		TEST(without_descriptors_a_client_waits_and_the_loop_rests),
	};

	return cmocka_run_group_tests_name("control_socket", tests, scratch_open, scratch_close);
}
