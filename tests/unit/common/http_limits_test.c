/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/common/http_fixture.h"

#include "common/clock.h"
#include "common/http_server_private.h"

#include <sys/resource.h>

enum { CROWD = 600, LARGE_BYTES = 32 << 20 };

static struct {
	struct http_request *parked[CROWD];
	_Atomic size_t parked_count, hung_up_count, requests;
	_Atomic size_t drop_max; /* answered in one round of the loop */
	struct http_response *large;
} crowd;

static void answer_hung_up(void *request)
{
	size_t i = 0;

	while (crowd.parked[i] != request)
		i++;
	crowd.parked[i] = NULL;
	fixture_respond(request, 200, "hung up");
	crowd.hung_up_count++;
}

static void release_crowd(void)
{
	for (size_t i = 0; i < crowd.parked_count; i++)
		if (crowd.parked[i])
			fixture_respond(crowd.parked[i], 200, "at last");
	crowd.parked_count = 0;
}

static void handle(struct http_request *request, void *context)
{
	const struct http_target *target = http_request_target(request);
	const char *word = target->segment_count ? target->segments[0] : "/";

	if (strcmp(word, "wait") == 0) {
		crowd.parked[crowd.parked_count++] = request;
		http_request_on_hang_up(request, answer_hung_up, request);
	} else if (strcmp(word, "large") == 0) {
		http_request_respond(request, 200, crowd.large);
	} else {
		fixture_handle(request, context);
	}
	if (strcmp(word, "release") == 0)
		release_crowd();
}

static int64_t measure_round(void *context)
{
	size_t requests = http_server_requests(fixture.server);

	(void)context;
	if (crowd.requests > requests && crowd.requests - requests > crowd.drop_max)
		crowd.drop_max = crowd.requests - requests;
	crowd.requests = requests;
	return -1;
}

static void init(void)
{
	crowd.parked_count = crowd.hung_up_count = crowd.requests = crowd.drop_max = 0;
	crowd.large = http_response_create_take(memory_zeroed(LARGE_BYTES, 1), LARGE_BYTES, NULL);
	fixture_init();
	fixture.options.connections_max = 2 * CROWD;
	fixture.options.handle = handle;
	event_loop_before_wait(fixture.loop, measure_round, NULL);
}

static int start(void **state)
{
	(void)state;
	init();
	fixture_start();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fixture_join();
	fixture_finish();
	http_response_release(crowd.large);
	return 0;
}

static void get(int fd, const char *word)
{
	char text[64];

	snprintf(text, sizeof(text), "GET /%s HTTP/1.1\r\nHost: h\r\n\r\n", word);
	client_send(fd, text);
}

static void wait_for(_Atomic size_t *count, size_t wanted)
{
	int fd = client_connect();

	for (int64_t end_ms = clock_monotonic_ms() + 10000; *count < wanted && clock_monotonic_ms() < end_ms;)
		client_expect_alive(fd);
	close(fd);
	assert_int_equal(*count, wanted);
}

static int park(void)
{
	int fd = client_connect();
	size_t before = crowd.parked_count;

	get(fd, "wait");
	wait_for(&crowd.parked_count, before + 1);
	return fd;
}

static void tell(const char *word)
{
	int fd = client_connect();

	get(fd, word);
	assert_int_equal(client_answer(fd).status, 200);
	close(fd);
}

/* ---- clients that leave ---- */

static void a_client_that_disconnects_is_reported_at_once(void **state)
{
	int fd = park(), other = park();

	(void)state;
	close(fd);
	wait_for(&crowd.hung_up_count, 1);
	tell("release");
	assert_string_equal(client_answer(other).body, "at last");
	client_expect_alive(other);
	close(other);
	assert_int_equal(crowd.hung_up_count, 1);
}

static void a_client_that_stops_sending_is_reported_at_once_and_can_be_answered(void **state)
{
	int fd = park();

	(void)state;
	shutdown(fd, SHUT_WR);
	assert_string_equal(client_answer(fd).body, "hung up");
	client_expect_end(fd);
	assert_int_equal(crowd.hung_up_count, 1);
}

static void a_client_that_stops_sending_with_its_request_is_reported_too(void **state)
{
	int fd = client_connect();

	(void)state;
	get(fd, "wait");
	shutdown(fd, SHUT_WR);
	assert_string_equal(client_answer(fd).body, "hung up");
	client_expect_end(fd);
}

static void a_client_that_disconnects_with_its_answer_is_not_reported(void **state)
{
	int fd = park();

	(void)state;
	tell("release");
	assert_string_equal(client_answer(fd).body, "at last");
	get(fd, "park");
	wait_for(&fixture.parked_count, 1);
	close(fd);
	tell("release");
	assert_int_equal(crowd.hung_up_count, 0);
}

/* ---- thousands at once ---- */

static void allow_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void many_requests_are_answered_a_few_hundred_at_a_time(void **state)
{
	static int fds[CROWD];

	(void)state;
	for (size_t i = 0; i < CROWD; i++)
		get(fds[i] = client_connect(), "wait");
	wait_for(&crowd.parked_count, CROWD);
	fixture_join();
	crowd.drop_max = 0;
	release_crowd();
	fixture_run();
	for (size_t i = 0; i < CROWD; i++) {
		assert_string_equal(client_answer(fds[i]).body, "at last");
		close(fds[i]);
	}
	assert_in_range(crowd.drop_max, 1, 300);
}

/* ---- unread answers ---- */

static void a_client_that_reads_too_slowly_is_closed(void **state)
{
	(void)state;
	init();
	fixture.options.reader_window_ms = 100;
	fixture.options.reader_bytes_min = 1000;
	fixture_start();
	int slow = client_connect(), waiting = park(), fd = client_connect();
	get(slow, "large");
	client_answer_without_body(slow);
	wait_for(&crowd.requests, 2);
	for (int64_t end_ms = clock_monotonic_ms() + 10000; crowd.requests != 1 && clock_monotonic_ms() < end_ms;)
		client_expect_alive(fd);
	assert_int_equal(crowd.requests, 1);
	tell("release");
	assert_string_equal(client_answer(waiting).body, "at last");
	size_t size = 0;
	static char bytes[1 << 16];
	for (ssize_t got; (got = recv(slow, bytes, sizeof(bytes), 0)) > 0;)
		size += (size_t)got;
	assert_true(size < LARGE_BYTES);
	close(slow);
	close(waiting);
	close(fd);
	stop(NULL);
}

static void a_client_that_reads_fast_enough_is_not_closed(void **state)
{
	static char bytes[1 << 16];

	(void)state;
	init();
	fixture.options.reader_window_ms = 40;
	fixture.options.reader_bytes_min = 1000;
	fixture_start();
	int fd = client_connect(), other = client_connect();
	get(fd, "large");
	client_answer_without_body(fd);
	for (size_t left = LARGE_BYTES; left;) {
		ssize_t got = recv(fd, bytes, left < sizeof(bytes) ? left : sizeof(bytes), 0);
		assert_true(got > 0);
		left -= (size_t)got;
		client_expect_alive(other); /* it takes its time */
	}
	client_expect_alive(fd);
	close(fd);
	close(other);
	stop(NULL);
}

static void beyond_the_limit_of_unsent_bytes_requests_are_refused(void **state)
{
	(void)state;
	init();
	fixture.options.unsent_bytes_max = LARGE_BYTES / 2;
	fixture_start();
	int slow = client_connect(), fd = client_connect();
	client_expect_alive(fd);
	get(slow, "large");
	client_answer_without_body(slow);
	get(fd, "x");
	struct answer answer = client_answer(fd);
	assert_int_equal(answer.status, 503);
	assert_string_equal(answer.body, "Too many answers are waiting for their readers");
	close(slow);
	for (int64_t end_ms = clock_monotonic_ms() + 10000; answer.status == 503 && clock_monotonic_ms() < end_ms;) {
		get(fd, "x");
		answer = client_answer(fd);
	}
	assert_int_equal(answer.status, 200);
	close(fd);
	stop(NULL);
}

static size_t more_for_park(struct http_request *request, void *context)
{
	const struct http_target *target = http_request_target(request);

	(void)context;
	return target->segment_count && !strcmp(target->segments[0], "wait") ? 4 * FIXTURE_BODY_BYTES_MAX : 0;
}

static int post_of_size(const char *path, size_t size)
{
	char *text = memory_zeroed(size + 256, 1);
	int fd = client_connect();

	snprintf(text, 256, "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", path, size);
	memset(text + strlen(text), 'x', size);
	client_send(fd, text);
	free(text);
	return fd;
}

static void assert_status(int fd, int status)
{
	assert_int_equal(client_answer(fd).status, status);
	close(fd);
}

static void large_bodies_are_limited_to_some_requests_and_few_at_once(void **state)
{
	enum { LARGE = FIXTURE_BODY_BYTES_MAX + 1, MOST = 64 };
	int waiting[MOST];

	(void)state;
	init();
	fixture.options.body_bytes_max_of = more_for_park;
	fixture_start();
	assert_status(post_of_size("/echo", LARGE), 413);
	assert_status(post_of_size("/wait", 4 * FIXTURE_BODY_BYTES_MAX + 1), 413);
	for (int i = 0; i < MOST; i++)
		waiting[i] = post_of_size("/wait", LARGE);
	wait_for(&crowd.parked_count, MOST);
	assert_status(post_of_size("/wait", LARGE), 503);
	int small = post_of_size("/wait", FIXTURE_BODY_BYTES_MAX);
	wait_for(&crowd.parked_count, MOST + 1);
	assert_status(post_of_size("/release", 1), 200);
	for (int i = 0; i < MOST; i++)
		assert_status(waiting[i], 200);
	assert_status(small, 200);
	waiting[0] = post_of_size("/wait", LARGE);
	wait_for(&crowd.parked_count, 1);
	assert_status(post_of_size("/release", 1), 200);
	assert_status(waiting[0], 200);
	stop(NULL);
}

static void one_answer_to_many_counts_once(void **state)
{
	int fds[8], fd = client_connect();

	(void)state;
	fixture_join();
	fixture.server->options.unsent_bytes_max = LARGE_BYTES;
	fixture_run();
	for (size_t i = 0; i < 8; i++) {
		get(fds[i] = client_connect(), "large");
		client_answer_without_body(fds[i]);
	}
	client_expect_alive(fd);
	for (size_t i = 0; i < 8; i++)
		close(fds[i]);
	close(fd);
}

static void sockets_that_linger_are_bounded(void **state)
{
	static int fds[CROWD];

	(void)state;
	for (size_t i = 0; i < CROWD; i++) {
		client_send(fds[i] = client_connect(), "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n");
		assert_int_equal(client_answer(fds[i]).status, 413);
	}
	fixture_join();
	assert_true(fixture.server->lingering_count <= 256);
	fixture_run();
	for (size_t i = 0; i < CROWD; i++)
		close(fds[i]);
}

static int prepare(void **state)
{
	(void)state;
	allow_descriptors();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_client_that_disconnects_is_reported_at_once, start, stop),
		cmocka_unit_test_setup_teardown(a_client_that_stops_sending_is_reported_at_once_and_can_be_answered, start,
		    stop),
		cmocka_unit_test_setup_teardown(a_client_that_stops_sending_with_its_request_is_reported_too, start, stop),
		cmocka_unit_test_setup_teardown(a_client_that_disconnects_with_its_answer_is_not_reported, start, stop),
		cmocka_unit_test_setup_teardown(many_requests_are_answered_a_few_hundred_at_a_time, start, stop),
		cmocka_unit_test(a_client_that_reads_too_slowly_is_closed),
		cmocka_unit_test(a_client_that_reads_fast_enough_is_not_closed),
		cmocka_unit_test(beyond_the_limit_of_unsent_bytes_requests_are_refused),
		cmocka_unit_test_setup_teardown(one_answer_to_many_counts_once, start, stop),
		cmocka_unit_test(large_bodies_are_limited_to_some_requests_and_few_at_once),
		cmocka_unit_test_setup_teardown(sockets_that_linger_are_bounded, start, stop),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
