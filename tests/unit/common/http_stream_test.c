/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/common/http_fixture.h"

#include "common/clock.h"

/* The stream under test sends pieces as long as it may, then waits for more, or ends as it is told. */
static struct {
	struct http_response *response; /* of a stream that may be woken */
	const char *piece;
	size_t piece_bytes, left_bytes;
	ssize_t then; /* HTTP_STREAM_WAITS, … */
	_Atomic size_t sent_bytes, ends, waits;
} source;

static ssize_t read_source(void *context, char *out, size_t room)
{
	size_t size = source.left_bytes < source.piece_bytes ? source.left_bytes : source.piece_bytes;

	(void)context;
	if (!size) {
		source.waits += source.then == HTTP_STREAM_WAITS;
		return source.then;
	}
	size = size < room ? size : room;
	memcpy(out, source.piece, size);
	source.left_bytes -= size;
	source.sent_bytes += size;
	return (ssize_t)size;
}

static void end_source(void *context)
{
	(void)context;
	source.response = NULL;
	source.ends++;
}

static void answer_with_source(struct http_request *request, const char *piece, size_t left_bytes, ssize_t then)
{
	const struct http_stream stream = { .read = read_source, .end = end_source };

	source.response = http_response_create_stream(&stream, "text/plain");
	source.piece = piece;
	source.piece_bytes = strlen(piece);
	source.left_bytes = left_bytes;
	source.then = then;
	http_request_respond(request, 200, source.response);
	http_response_release(source.response);
}

static void go_on(const char *piece, ssize_t then)
{
	source.piece = piece;
	source.piece_bytes = source.left_bytes = strlen(piece);
	source.then = then;
	if (source.response)
		http_response_wake(source.response);
}

enum { LARGE_BYTES = 64 << 20 };
static char large_piece[100000];

static void handle(struct http_request *request, void *context)
{
	const struct http_target *target = http_request_target(request);
	const char *word = target->segment_count ? target->segments[0] : "/";

	if (strcmp(word, "ends") == 0)
		answer_with_source(request, "abc", 9, HTTP_STREAM_ENDS);
	else if (strcmp(word, "empty") == 0)
		answer_with_source(request, "", 0, HTTP_STREAM_ENDS);
	else if (strcmp(word, "waits") == 0)
		answer_with_source(request, "first", 5, HTTP_STREAM_WAITS);
	else if (strcmp(word, "breaks") == 0)
		answer_with_source(request, "abc", 3, HTTP_STREAM_BREAKS);
	else if (strcmp(word, "large") == 0)
		answer_with_source(request, large_piece, LARGE_BYTES, HTTP_STREAM_ENDS);
	else
		fixture_handle(request, context);
	if (strcmp(word, "more") == 0)
		go_on("second", HTTP_STREAM_WAITS);
	else if (strcmp(word, "end") == 0)
		go_on("", HTTP_STREAM_ENDS);
}

static int start(void **state)
{
	(void)state;
	memset(large_piece, 'x', sizeof(large_piece) - 1);
	source.sent_bytes = source.ends = source.waits = 0;
	fixture_init();
	fixture.options.handle = handle;
	fixture_start();
	return 0;
}

static void get(int fd, const char *word)
{
	char text[64];

	snprintf(text, sizeof(text), "GET /%s HTTP/1.1\r\nHost: h\r\n\r\n", word);
	client_send(fd, text);
}

static int get_stream(const char *word)
{
	int fd = client_connect();

	get(fd, word);
	assert_non_null(strstr(client_answer_without_body(fd).head, "Transfer-Encoding: chunked\r\n"));
	return fd;
}

static void wait_for(_Atomic size_t *count, size_t wanted)
{
	int fd = client_connect();

	for (int64_t end_ms = clock_monotonic_ms() + 10000; *count < wanted && clock_monotonic_ms() < end_ms;)
		client_expect_alive(fd);
	close(fd);
	assert_int_equal(*count, wanted);
}

static void tell(const char *word)
{
	int fd = client_connect();

	get(fd, word);
	assert_int_equal(client_answer(fd).status, 200);
	close(fd);
}

static void a_body_is_sent_piece_by_piece_until_it_ends(void **state)
{
	int fd = get_stream("ends");

	(void)state;
	client_expect_bytes(fd, "3\r\nabc\r\n3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n");
	client_expect_alive(fd);
	assert_int_equal(source.ends, 1);
	close(fd);
}

static void a_stream_may_be_empty(void **state)
{
	int fd = get_stream("empty");

	(void)state;
	client_expect_bytes(fd, "0\r\n\r\n");
	client_expect_alive(fd);
	close(fd);
}

static void an_http_1_0_client_gets_it_without_chunks_and_then_the_end(void **state)
{
	int fd = client_connect();

	(void)state;
	client_send(fd, "GET /ends HTTP/1.0\r\n\r\n");
	assert_true(client_answer_without_body(fd).closes);
	client_expect_bytes(fd, "abcabcabc");
	client_expect_end(fd);
}

static void head_does_not_read_the_stream(void **state)
{
	int fd = client_connect();

	(void)state;
	client_send(fd, "HEAD /ends HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_answer_without_body(fd).closes);
	client_expect_end(fd);
	assert_int_equal(source.sent_bytes, 0);
	wait_for(&source.ends, 1);
}

static void a_waiting_stream_continues_when_it_is_woken(void **state)
{
	int fd = get_stream("waits");

	(void)state;
	client_expect_bytes(fd, "5\r\nfirst\r\n");
	wait_for(&source.waits, 1);
	tell("more");
	client_expect_bytes(fd, "6\r\nsecond\r\n");
	wait_for(&source.waits, 2);
	tell("end");
	client_expect_bytes(fd, "0\r\n\r\n");
	client_expect_alive(fd);
	close(fd);
}

static void a_waiting_stream_ends_at_once_when_its_client_disconnects(void **state)
{
	int fd = get_stream("waits");

	(void)state;
	client_expect_bytes(fd, "5\r\nfirst\r\n");
	wait_for(&source.waits, 1);
	close(fd);
	wait_for(&source.ends, 1);
}

static void a_broken_stream_is_distinguished_from_one_that_ends(void **state)
{
	int fd = get_stream("breaks");

	(void)state;
	client_expect_bytes(fd, "3\r\nabc\r\n");
	client_expect_end(fd);
}

static size_t read_chunked(int fd)
{
	size_t body_bytes = 0;

	for (;;) {
		char line[16] = "";
		size_t size = 0;
		while (size < 2 || strcmp(line + size - 2, "\r\n") != 0) {
			assert_true(size < sizeof(line) - 1);
			assert_int_equal(recv(fd, line + size, 1, 0), 1);
			line[++size] = '\0';
		}
		size_t chunk = strtoul(line, NULL, 16);
		char *bytes = memory_allocate(chunk + 2);
		assert_int_equal(recv(fd, bytes, chunk + 2, MSG_WAITALL), chunk + 2);
		free(bytes);
		if (!chunk)
			return body_bytes;
		body_bytes += chunk;
	}
}

static void no_more_is_produced_than_the_client_reads_and_others_are_served(void **state)
{
	int fd = get_stream("large"), other = client_connect();
	size_t before, after = 0;

	(void)state;
	do {
		before = source.sent_bytes;
		for (int i = 0; i < 100; i++)
			client_expect_alive(other);
		after = source.sent_bytes;
	} while (before != after);
	assert_true(after < LARGE_BYTES / 2);
	assert_int_equal(read_chunked(fd), LARGE_BYTES);
	client_expect_alive(fd);
	close(fd);
	close(other);
}

static void a_client_may_disconnect_while_much_is_sent(void **state)
{
	int fd = get_stream("large");

	(void)state;
	close(fd);
	wait_for(&source.ends, 1);
}

static void stopping_ends_a_waiting_stream(void **state)
{
	int fd = get_stream("waits");

	(void)state;
	client_expect_bytes(fd, "5\r\nfirst\r\n");
	wait_for(&source.waits, 1);
	fixture_join();
	http_server_stop(fixture.server);
	client_expect_end(fd);
	assert_int_equal(source.ends, 1);
	event_loop_destroy(fixture.loop);
}

static void a_stream_that_was_never_sent_ends_with_its_release(void **state)
{
	const struct http_stream stream = { .read = read_source, .end = end_source };

	(void)state;
	source.ends = 0;
	struct http_response *response = http_response_create_stream(&stream, NULL);
	http_response_wake(response);
	http_response_release(response);
	assert_int_equal(source.ends, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_body_is_sent_piece_by_piece_until_it_ends, start, fixture_down),
		cmocka_unit_test_setup_teardown(a_stream_may_be_empty, start, fixture_down),
		cmocka_unit_test_setup_teardown(an_http_1_0_client_gets_it_without_chunks_and_then_the_end, start,
		    fixture_down),
		cmocka_unit_test_setup_teardown(head_does_not_read_the_stream, start, fixture_down),
		cmocka_unit_test_setup_teardown(a_waiting_stream_continues_when_it_is_woken, start, fixture_down),
		cmocka_unit_test_setup_teardown(a_waiting_stream_ends_at_once_when_its_client_disconnects, start, fixture_down),
		cmocka_unit_test_setup_teardown(a_broken_stream_is_distinguished_from_one_that_ends, start, fixture_down),
		cmocka_unit_test_setup_teardown(no_more_is_produced_than_the_client_reads_and_others_are_served, start,
		    fixture_down),
		cmocka_unit_test_setup_teardown(a_client_may_disconnect_while_much_is_sent, start, fixture_down),
		cmocka_unit_test_setup(stopping_ends_a_waiting_stream, start),
		cmocka_unit_test(a_stream_that_was_never_sent_ends_with_its_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
