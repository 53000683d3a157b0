/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/common/http_fixture.h"

#include "common/clock.h"

#include <errno.h>

static void a_complete_request_reaches_the_handler_and_its_answer_the_client(void **state)
{
	(void)state;
	struct answer answer =
	    ask_and_go_on("PUT /wor%64?a=b%20c HTTP/1.1\r\nHost: h\r\nX: one\r\nContent-Length: 4\r\n\r\nbody");
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "PUT word b c one [body]");
	assert_non_null(strstr(answer.head, "Content-Type: text/plain\r\n"));
	assert_null(strstr(answer.head, "X-Number: 1\r\n"));
	assert_non_null(strstr(answer.head, "X-Number: 2\r\n"));
}

static void any_method_reaches_the_handler(void **state)
{
	(void)state;
	assert_string_equal(ask_and_go_on("BREW / HTTP/1.1\r\nHost: h\r\n\r\n").body, "BREW / - - []");
	assert_string_equal(ask_and_go_on("DELETE /x HTTP/1.1\r\nHost: h\r\n\r\n").body, "DELETE x - - []");
}

static void head_is_answered_without_the_body(void **state)
{
	int fd = client_connect();

	(void)state;
	client_send(fd, "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
	struct answer answer = client_answer_without_body(fd);
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.head, "Content-Length: 13\r\n"));
	client_expect_alive(fd);
	close(fd);
}

static void repeated_headers_are_joined(void **state)
{
	(void)state;
	assert_string_equal(ask_and_go_on("GET / HTTP/1.1\r\nX: a\r\nHost: h\r\nx: b\r\nX: c\r\n\r\n").body,
	    "GET / - a, b, c []");
}

static void requests_may_be_sent_before_the_answers_are_read(void **state)
{
	int fd = client_connect();

	(void)state;
	client_send(fd, "GET /a HTTP/1.1\r\nHost: h\r\n\r\nPUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"
	                "GET /c HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_string_equal(client_answer(fd).body, "GET a - - []");
	assert_string_equal(client_answer(fd).body, "PUT b - - [x]");
	assert_string_equal(client_answer(fd).body, "GET c - - []");
	close(fd);
}

static void a_body_may_come_in_chunks_and_pieces(void **state)
{
	static const char *const pieces[] = { "PUT /x HT", "TP/1.1\r\nHost: h\r\nTransfer-Enc",
		"oding: chunked\r\n\r\n3\r\nab", "c\r\n2", "\r\nde\r\n0\r\n\r\n" };
	int fd = client_connect();

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		client_send(fd, pieces[i]);
	struct answer answer = client_answer(fd);
	assert_string_equal(answer.body, "PUT x - - [abcde]");
	assert_true(answer.closes);
	client_expect_end(fd);
}

static void a_client_that_expects_100_gets_it(void **state)
{
	int fd = client_connect();

	(void)state;
	client_send(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(client_answer(fd).status, 100);
	assert_string_equal(client_ask(fd, "ok").body, "PUT x - - [ok]");
	close(fd);
}

static void a_client_that_expects_100_is_refused_before_its_body(void **state)
{
	(void)state;
	assert_int_equal(ask_and_be_closed("PUT /%zz HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: "
	                                   "100-continue\r\n\r\n")
	                     .status,
	    400);
}

static void the_peer_is_written_in_the_usual_form(void **state)
{
	struct sockaddr_in own;
	socklen_t size = sizeof(own);
	char expected[64];
	int fd = client_connect();

	(void)state;
	getsockname(fd, (struct sockaddr *)&own, &size);
	snprintf(expected, sizeof(expected), "127.0.0.1:%d", ntohs(own.sin_port));
	assert_string_equal(client_ask(fd, "GET /peer HTTP/1.1\r\nHost: h\r\n\r\n").body, expected);
	close(fd);
}

/* ---- refusals ---- */

static void an_invalid_target_is_refused_and_the_connection_stays_open(void **state)
{
	char text[2048];

	(void)state;
	assert_int_equal(ask_and_go_on("GET /a///b HTTP/1.1\r\nHost: h\r\n\r\n").status, 400);
	assert_int_equal(ask_and_go_on("GET /a%00 HTTP/1.1\r\nHost: h\r\n\r\n").status, 400);
	assert_int_equal(ask_and_go_on("GET http://me@h/a HTTP/1.1\r\nHost: h\r\n\r\n").status, 400);
	assert_int_equal(ask_and_go_on("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").status, 400);
	assert_int_equal(ask_and_go_on("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n").status, 400);
	assert_int_equal(ask_and_go_on("PUT /.. HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody").status, 400);
	assert_int_equal(ask_and_be_closed("PUT /.. HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
	                                   "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
	                     .status,
	    400);
	snprintf(text, sizeof(text), "GET /%01030d HTTP/1.1\r\nHost: h\r\n\r\n", 0);
	assert_int_equal(ask_and_go_on(text).status, 414);
}

static void an_ambiguous_request_is_refused_and_the_connection_closed(void **state)
{
	static const char *const heads[] = {
		"Host: h\r\nHost: i\r\n\r\n",
		"\r\n",
		"Host: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
		"Host: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"Host: h\r\nContent-Length : 5\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n",
		"Host: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"Host: h\r\nContent-Length: 007\r\n\r\n1234567",
		"Host: h\r\nX: a\001b\r\n\r\n",
		"Host: a/b\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		char text[256];
		snprintf(text, sizeof(text), "PUT /x HTTP/1.1\r\n%s", heads[i]);
		struct answer answer = ask_and_be_closed(text);
		if (answer.status != 400)
			fail_msg("%s: %d %s", heads[i], answer.status, answer.body);
	}
}

static void a_body_with_too_large_a_length_is_refused_before_it_is_read(void **state)
{
	(void)state;
	struct answer answer = ask_and_be_closed("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
	assert_int_equal(answer.status, 413);
	assert_string_equal(answer.body, "a body of more than 1000 bytes");
}

static void a_client_that_is_still_sending_can_read_its_refusal(void **state)
{
	enum { CHUNK = 65536 };
	static char bytes[CHUNK];
	int fd = client_connect();

	(void)state;
	client_send(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 33554432\r\n\r\n");
	for (int sent = 0; sent < 33554432; sent += CHUNK)
		assert_int_equal(send(fd, bytes, CHUNK, MSG_NOSIGNAL), CHUNK);
	assert_int_equal(client_answer(fd).status, 413);
	client_expect_end(fd);
}

static void a_body_of_exactly_the_limit_is_accepted(void **state)
{
	char text[FIXTURE_BODY_BYTES_MAX + 100];

	(void)state;
	snprintf(text, sizeof(text), "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n%01000d", 0);
	assert_int_equal(ask_and_go_on(text).status, 200);
}

static void chunks_that_are_too_many_are_refused_once_they_are_read(void **state)
{
	char text[FIXTURE_BODY_BYTES_MAX + 200];

	(void)state;
	snprintf(text, sizeof(text),
	    "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n%01000d\r\n1\r\nx\r\n0\r\n\r\n", 0);
	assert_int_equal(ask_and_be_closed(text).status, 413);
}

static void chunks_without_end_are_refused_before_they_are_read(void **state)
{
	char *chunk = memory_format("800\r\n%02048d\r\n", 0);
	int fd = client_connect();

	(void)state;
	client_send(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 200; i++)
		client_send(fd, chunk);
	struct answer answer = client_answer(fd);
	assert_int_equal(answer.status, 413);
	assert_true(answer.closes);
	assert_string_equal(answer.body, "a body of more than 1000 bytes");
	client_expect_end(fd);
	free(chunk);
}

static void a_query_of_a_thousand_parameters_is_refused_and_the_connection_stays_open(void **state)
{
	char text[1100] = "GET /x?";

	(void)state;
	memset(text + 7, '&', 1000);
	strcpy(text + 1007, "1&2&3&4&5&6&7&8&9&a&b&c&d&e&f&g&h HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(ask_and_go_on(text).status, 400);
}

static void headers_beyond_the_pool_are_refused(void **state)
{
	char *text = memory_format("GET /x HTTP/1.1\r\nHost: h\r\nX: %020000d\r\n\r\n", 0);
	int fd = client_connect();

	(void)state;
	client_send(fd, text);
	assert_int_equal(client_answer_without_body(fd).status, 431);
	close(fd);
	free(text);
}

/* ---- later answers ---- */

static void a_parked_request_is_answered_later(void **state)
{
	int parked[3], fd = client_connect();

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		parked[i] = client_connect();
		client_send(parked[i], "PUT /park HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
	}
	for (int released = 0; released < 3;) {
		client_ask(fd, "GET /release HTTP/1.1\r\nHost: h\r\n\r\n");
		char byte;
		while (released < 3 && recv(parked[released], &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1)
			released++;
	}
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(client_answer(parked[i]).body, "at last");
		client_expect_alive(parked[i]);
		close(parked[i]);
	}
	close(fd);
}

static void a_parked_request_may_be_answered_right_before_the_loop_waits(void **state)
{
	(void)state;
	assert_string_equal(ask_and_go_on("GET /hook HTTP/1.1\r\nHost: h\r\n\r\n").body, "from the hook");
}

static void a_parked_request_outlives_its_client(void **state)
{
	int fd = client_connect(), gone = client_connect();

	(void)state;
	client_send(gone, "GET /park HTTP/1.1\r\nHost: h\r\n\r\n");
	close(gone);
	while (!fixture.parked_count)
		client_expect_alive(fd);
	client_ask(fd, "GET /release HTTP/1.1\r\nHost: h\r\n\r\n");
	client_expect_alive(fd);
	close(fd);
}

static void an_abandoned_request_is_closed_without_an_answer(void **state)
{
	int fd = client_connect();

	(void)state;
	client_send(fd, "GET /abandon HTTP/1.1\r\nHost: h\r\n\r\n");
	client_expect_end(fd);
}

static void stopping_closes_parked_requests(void **state)
{
	int fd = client_connect(), other = client_connect();

	(void)state;
	client_send(fd, "GET /park HTTP/1.1\r\nHost: h\r\n\r\n");
	while (!fixture.parked_count)
		client_expect_alive(other);
	fixture_join();
	assert_int_equal(http_server_requests(fixture.server), 1);
	http_server_stop(fixture.server);
	client_expect_end(fd);
	client_expect_end(other);
	event_loop_destroy(fixture.loop);
}

/* ---- reports of answers ---- */

static struct {
	char texts[2][64];
	size_t count;
} told;

static void note_answer(const struct http_answered *answered, void *context)
{
	(void)context;
	snprintf(told.texts[told.count++ % 2], sizeof(*told.texts), "%s %u %s %s", answered->method, answered->status,
	    answered->label ? "label" : "none", answered->took_us >= 0 ? "whole" : "early");
}

static void label_and_handle(struct http_request *request, void *context)
{
	http_request_label(request, "label");
	fixture_handle(request, context);
}

static void each_answer_is_reported_when_it_is_given(void **state)
{
	(void)state;
	told.count = 0;
	fixture_init();
	fixture.options.answered = note_answer;
	fixture.options.handle = label_and_handle;
	fixture_start();
	int fd = client_connect();
	assert_int_equal(client_ask(fd, "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx").status, 200);
	assert_int_equal(client_ask(fd, "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n").status, 400);
	client_expect_end(fd);
	fixture_down(NULL);
	assert_int_equal(told.count, 2);
	assert_string_equal(told.texts[0], "PUT 200 label whole");
	assert_string_equal(told.texts[1], "GET 400 none early");
}

/* ---- what is kept with a request ---- */

static _Atomic size_t kept_count, released_count;

static void count_release(void *kept)
{
	free(kept);
	released_count++;
}

/* Everything that asks for it gets the same. */
static void keep_and_handle(struct http_request *request, void *context)
{
	assert_null(http_request_kept(request, count_release));
	void *kept = memory_text("read once");
	http_request_keep(request, kept, count_release);
	kept_count++;
	assert_ptr_equal(http_request_kept(request, count_release), kept);
	assert_null(http_request_kept(request, free));
	fixture_handle(request, context);
}

static void data_kept_with_a_request_is_released_when_it_ends(void **state)
{
	(void)state;
	kept_count = released_count = 0;
	fixture_init();
	fixture.options.handle = keep_and_handle;
	fixture_start();
	int fd = client_connect(), gone = client_connect();
	assert_int_equal(client_ask(fd, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
	assert_int_equal(client_ask(fd, "GET /b HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
	assert_true(released_count >= 1);
	client_send(gone, "GET /park HTTP/1.1\r\nHost: h\r\n\r\n");
	while (!fixture.parked_count)
		client_expect_alive(fd);
	close(gone);
	close(fd);
	fixture_down(NULL);
	assert_true(kept_count >= 3);
	assert_int_equal(released_count, kept_count);
}

/* ---- limits of time and number ---- */

static void a_slow_request_is_cut_off_at_its_deadline(void **state)
{
	(void)state;
	fixture_init();
	fixture.options.request_deadline_ms = 100;
	fixture_start();
	int head = client_connect(), body = client_connect(), whole = client_connect();
	client_send(head, "GET /x HTTP/1.1\r\nHost:");
	client_send(body, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nx");
	client_expect_alive(whole);
	client_expect_end(head);
	client_expect_end(body);
	client_expect_alive(whole);
	close(whole);
	fixture_down(NULL);
}

/* Sends a byte of a request line now and then until the server closes the connection. */
static void drip_until_end(int fd)
{
	struct timeval pause = { .tv_usec = 5000 };
	char byte;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause));
	for (int64_t end_ms = clock_monotonic_ms() + 10000; clock_monotonic_ms() < end_ms;) {
		(void)send(fd, "x", 1, MSG_NOSIGNAL);
		ssize_t size = recv(fd, &byte, 1, 0);
		if (size == 0 || (size < 0 && errno == ECONNRESET)) {
			close(fd);
			return;
		}
	}
	fail_msg("the slow request never ends");
}

static void a_slow_request_line_is_cut_off_too(void **state)
{
	(void)state;
	fixture_init();
	fixture.options.request_deadline_ms = 200;
	fixture_start();
	int fresh = client_connect(), used = client_connect(), held = client_connect();
	client_send(held, "GET /x HT");
	client_expect_alive(used);
	drip_until_end(fresh);
	drip_until_end(used);
	client_expect_end(held);
	fixture_down(NULL);
}

static void an_idle_connection_outlives_the_deadline_of_requests(void **state)
{
	(void)state;
	fixture_init();
	fixture.options.request_deadline_ms = 40;
	fixture_start();
	int fresh = client_connect(), used = client_connect();
	client_expect_alive(used);
	for (int64_t end_ms = clock_monotonic_ms() + 200; clock_monotonic_ms() < end_ms;) {
		int other = client_connect();
		client_expect_alive(other);
		close(other);
	}
	client_expect_alive(used);
	client_expect_alive(fresh);
	close(fresh);
	close(used);
	fixture_down(NULL);
}

static void an_idle_connection_is_closed_at_its_deadline(void **state)
{
	(void)state;
	fixture_init();
	fixture.options.idle_timeout_ms = 100;
	fixture_start();
	int silent = client_connect(), used = client_connect(), parked = client_connect();
	client_send(parked, "GET /park HTTP/1.1\r\nHost: h\r\n\r\n");
	client_expect_alive(used);
	client_expect_end(silent);
	client_expect_end(used);
	int fd = client_connect();
	client_ask(fd, "GET /release HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_string_equal(client_answer(parked).body, "at last");
	close(parked);
	close(fd);
	fixture_down(NULL);
}

static void connections_beyond_the_limit_wait_for_their_turn(void **state)
{
	(void)state;
	fixture_init();
	fixture.options.connections_max = 2;
	fixture_start();
	int one = client_connect(), two = client_connect(), three = client_connect();
	client_expect_alive(one);
	client_expect_alive(two);
	client_send(three, "GET /waited HTTP/1.1\r\nHost: h\r\n\r\n");
	client_expect_alive(one);
	close(one);
	assert_string_equal(client_answer(three).body, "GET waited - - []");
	close(two);
	close(three);
	fixture_down(NULL);
}

/* It is reset if the server had not read everything. */
static void expect_cut(int fd)
{
	char byte;

	assert_true(recv(fd, &byte, 1, 0) <= 0);
	close(fd);
}

static void the_connection_that_has_waited_longest_makes_room_for_a_newcomer(void **state)
{
	(void)state;
	fixture_init();
	fixture.options.connections_max = 2;
	fixture.options.makes_room = true;
	fixture_start();
	int one = client_connect(), two = client_connect();
	client_send(one, "GET /half HTTP/1.1\r\nHost: h\r\n");
	client_expect_alive(two);
	int three = client_connect();
	client_expect_alive(three);
	expect_cut(one);
	client_expect_alive(two);
	int four = client_connect();
	client_expect_alive(four);
	client_expect_end(three);
	close(two);
	close(four);
	fixture_down(NULL);
}

static void a_newcomer_beyond_its_own_limit_takes_the_place_of_none(void **state)
{
	(void)state;
	fixture_init();
	fixture.options.connections_max = fixture.options.connections_per_address_max = 2;
	fixture.options.makes_room = true;
	fixture_start();
	int one = client_connect(), two = client_connect();
	client_expect_alive(one);
	client_expect_alive(two);
	client_expect_end(client_connect());
	client_expect_alive(one);
	client_expect_alive(two);
	close(one);
	close(two);
	fixture_down(NULL);
}

static void connections_beyond_the_limit_of_an_address_are_closed(void **state)
{
	(void)state;
	fixture_init();
	fixture.options.connections_per_address_max = 1;
	fixture_start();
	int one = client_connect();
	client_expect_alive(one);
	client_expect_end(client_connect());
	client_expect_alive(one);
	close(one);
	fixture_down(NULL);
}

static void a_quiesced_server_accepts_no_more_connections_and_serves_the_existing_ones(void **state)
{
	(void)state;
	fixture_init();
	fixture_start();
	int fd = client_connect();
	client_expect_alive(fd);
	fixture_join();
	http_server_quiesce(fixture.server);
	assert_int_equal(http_server_requests(fixture.server), 0);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	address.sin_port = htons((uint16_t)atoi(strrchr(fixture.address, ':') + 1));
	int refused = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(refused, (struct sockaddr *)&address, sizeof(address)), -1);
	close(refused);
	fixture_run();
	client_expect_alive(fd);
	close(fd);
	fixture_down(NULL);
}

/* ---- addresses ---- */

static void an_address_is_numeric_with_a_port(void **state)
{
	static const char *const addresses[] = { "", ":", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:65536",
		"127.0.0.1:-1", "127.0.0.1:08", "localhost:0", "::1:0", "[::1]", "[::1:0", "::1]:0", "[]:0", "[127.0.0.1]:0",
		"127.1 :0" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		if (http_listen(addresses[i], &err) >= 0)
			fail_msg("%s was taken", addresses[i]);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static void a_port_in_use_is_reported(void **state)
{
	char address[64];
	struct error err;
	int fd = http_listen("127.0.0.1:0", NULL);

	(void)state;
	assert_true(http_listen_address(fd, address, sizeof(address)));
	assert_memory_equal(address, "127.0.0.1:", 10);
	assert_int_equal(http_listen(address, &err), -1);
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_non_null(strstr(err.text, address));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_complete_request_reaches_the_handler_and_its_answer_the_client, fixture_up,
		    fixture_down),
		cmocka_unit_test_setup_teardown(any_method_reaches_the_handler, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(head_is_answered_without_the_body, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(repeated_headers_are_joined, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(requests_may_be_sent_before_the_answers_are_read, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_body_may_come_in_chunks_and_pieces, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_client_that_expects_100_gets_it, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_client_that_expects_100_is_refused_before_its_body, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(the_peer_is_written_in_the_usual_form, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(an_invalid_target_is_refused_and_the_connection_stays_open, fixture_up,
		    fixture_down),
		cmocka_unit_test_setup_teardown(an_ambiguous_request_is_refused_and_the_connection_closed, fixture_up,
		    fixture_down),
		cmocka_unit_test_setup_teardown(a_body_with_too_large_a_length_is_refused_before_it_is_read, fixture_up,
		    fixture_down),
		cmocka_unit_test_setup_teardown(a_client_that_is_still_sending_can_read_its_refusal, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_body_of_exactly_the_limit_is_accepted, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(chunks_that_are_too_many_are_refused_once_they_are_read, fixture_up,
		    fixture_down),
		cmocka_unit_test_setup_teardown(chunks_without_end_are_refused_before_they_are_read, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_query_of_a_thousand_parameters_is_refused_and_the_connection_stays_open,
		    fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(headers_beyond_the_pool_are_refused, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_parked_request_is_answered_later, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_parked_request_may_be_answered_right_before_the_loop_waits, fixture_up,
		    fixture_down),
		cmocka_unit_test_setup_teardown(a_parked_request_outlives_its_client, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(an_abandoned_request_is_closed_without_an_answer, fixture_up, fixture_down),
		cmocka_unit_test_setup(stopping_closes_parked_requests, fixture_up),
		cmocka_unit_test(each_answer_is_reported_when_it_is_given),
		cmocka_unit_test(data_kept_with_a_request_is_released_when_it_ends),
		cmocka_unit_test(a_slow_request_is_cut_off_at_its_deadline),
		cmocka_unit_test(a_slow_request_line_is_cut_off_too),
		cmocka_unit_test(an_idle_connection_outlives_the_deadline_of_requests),
		cmocka_unit_test(an_idle_connection_is_closed_at_its_deadline),
		cmocka_unit_test(connections_beyond_the_limit_wait_for_their_turn),
		cmocka_unit_test(the_connection_that_has_waited_longest_makes_room_for_a_newcomer),
		cmocka_unit_test(a_newcomer_beyond_its_own_limit_takes_the_place_of_none),
		cmocka_unit_test(connections_beyond_the_limit_of_an_address_are_closed),
		cmocka_unit_test(a_quiesced_server_accepts_no_more_connections_and_serves_the_existing_ones),
		cmocka_unit_test(an_address_is_numeric_with_a_port),
		cmocka_unit_test(a_port_in_use_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
