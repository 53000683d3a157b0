/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/common/http_fixture.h"

#include <errno.h>

static void a_304_has_the_headers_and_the_length_of_the_answer_it_replaces(void **state)
{
	int fd = client_connect();

	(void)state;
	for (int i = 0; i < 2; i++) {
		client_send(fd,
		    i ? "HEAD /unchanged HTTP/1.1\r\nHost: h\r\n\r\n" : "GET /unchanged HTTP/1.1\r\nHost: h\r\n\r\n");
		struct answer answer = client_answer_without_body(fd);
		assert_int_equal(answer.status, 304);
		assert_non_null(strstr(answer.head, i ? "Content-Length: 21\r\n" : "Content-Length: 20\r\n"));
		assert_non_null(strstr(answer.head, "X-Number: 2\r\n"));
		assert_non_null(strstr(answer.head, "X-Own: this one's\r\n"));
		assert_null(strstr(answer.head, "Content-Type"));
		client_expect_alive(fd);
	}
	close(fd);
}

/* libmicrohttpd 0.9.75 takes a bare LF in the framing; one before us that does not sees the request behind it as a part
   of the body. */
static void nothing_after_a_chunked_body_is_read(void **state)
{
	static const char behind[] = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
	static const char *const chunks[] = { "3\nabc\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabc\r\n0\n\n",
		"3;x=\"\n\"\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++) {
		char *text =
		    memory_format("PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n%s%s", chunks[i], behind);
		struct answer answer = ask_and_be_closed(text);
		assert_true(answer.status == 400 || strcmp(answer.body, "PUT x - - [abc]") == 0);
		free(text);
	}
}

static void a_target_may_be_a_url(void **state)
{
	(void)state;
	assert_string_equal(ask_and_go_on("PUT http://other:80/wor%64?a=b HTTP/1.1\r\nHost: h\r\nX: one\r\nContent-Length: "
	                                  "4\r\n\r\nbody")
	                        .body,
	    "PUT word b one [body]");
	assert_string_equal(ask_and_go_on("GET HTTP://[::1] HTTP/1.1\r\nHost: h\r\n\r\n").body, "GET / - - []");
}

static void white_space_around_a_header_value_is_ignored(void **state)
{
	(void)state;
	assert_string_equal(ask_and_go_on("GET / HTTP/1.1\r\nHost:\t h \t\r\nX: \tone two\t \r\n\r\n").body,
	    "GET / - one two []");
	assert_string_equal(ask_and_go_on("GET / HTTP/1.1\r\nHost:h\r\nX:one \r\nx:two\t\r\n\r\n").body,
	    "GET / - one, two []");
	assert_string_equal(ask_and_go_on("GET / HTTP/1.1\r\nHost: h\r\nX: \t \r\n\r\n").body, "GET / -  []");
	int fd = client_connect();
	client_send(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue \r\n\r\n");
	assert_int_equal(client_answer(fd).status, 100);
	assert_string_equal(client_ask(fd, "ok").body, "PUT x - - [ok]");
	close(fd);
}

static void a_body_with_a_content_encoding_is_refused_and_the_connection_stays_open(void **state)
{
	static const char *const good[] = { "identity", "", " Identity " };

	(void)state;
	struct answer answer =
	    ask_and_go_on("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbody");
	assert_int_equal(answer.status, 415);
	assert_non_null(strstr(answer.head, "Accept-Encoding: identity\r\n"));
	assert_int_equal(ask_and_be_closed("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Encoding: br\r\nTransfer-Encoding: "
	                                   "chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
	                     .status,
	    415);
	assert_int_equal(ask_and_go_on("GET /x HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\n\r\n").status, 200);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		char *text =
		    memory_format("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Encoding: %s\r\nContent-Length: 1\r\n\r\nx", good[i]);
		assert_int_equal(ask_and_go_on(text).status, 200);
		free(text);
	}
}

static void http_1_0_has_no_chunks(void **state)
{
	(void)state;
	assert_int_equal(ask_and_be_closed("PUT /x HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\nTransfer-Encoding: "
	                                   "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
	                     .status,
	    400);
}

/* ---- clients that send no more ---- */

static void a_complete_request_is_answered_and_the_connection_closed(void **state)
{
	static const char *const heads[] = { "GET /x HTTP/1.1\r\nHost: h\r\n\r\n",
		"PUT /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok",
		"PUT /%zz HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok",
		"PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" };
	static const int statuses[] = { 200, 200, 400, 200 };

	(void)state;
	for (size_t i = 0; i < 4 * 25; i++) {
		int fd = client_connect();
		client_send(fd, heads[i % 4]);
		shutdown(fd, SHUT_WR);
		assert_int_equal(client_answer(fd).status, statuses[i % 4]);
		client_expect_end(fd);
	}
}

static void a_parked_request_is_answered_when_its_answer_is_ready(void **state)
{
	int fd = client_connect(), other = client_connect();

	(void)state;
	client_send(fd, "PUT /park HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok");
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 20; i++)
		client_expect_alive(other);
	assert_string_equal(client_ask(other, "GET /release HTTP/1.1\r\nHost: h\r\n\r\n").body, "GET release - - []");
	assert_string_equal(client_answer(fd).body, "at last");
	client_expect_end(fd);
	close(other);
}

static void each_of_several_requests_is_answered_before_the_end(void **state)
{
	int fd = client_connect();

	(void)state;
	client_send(fd, "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nxGET /b HTTP/1.1\r\nHost: h\r\n\r\n"
	                "GET /c HTTP/1.1\r\nHost: h\r\n\r\nGET /d HTT");
	shutdown(fd, SHUT_WR);
	assert_string_equal(client_answer(fd).body, "PUT a - - [x]");
	assert_string_equal(client_answer(fd).body, "GET b - - []");
	assert_string_equal(client_answer(fd).body, "GET c - - []");
	client_expect_end(fd);
}

/* Long before any deadline of the fixture, which is later than the patience of its client. */
static void a_request_that_can_never_be_complete_ends_the_connection(void **state)
{
	static const char *const parts[] = { "", "GE", "GET /x HTTP/1.1\r\n", "GET /x HTTP/1.1\r\nHost: h\r\nX: y",
		"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n",
		"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab",
		"PUT /%zz HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab",
		"PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
		"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		int fd = client_connect();
		char bytes[64];
		client_send(fd, parts[i]);
		shutdown(fd, SHUT_WR);
		ssize_t size;
		while ((size = recv(fd, bytes, sizeof(bytes), 0)) > 0) /* "100 Continue", if anything */
			assert_int_equal(memcmp(bytes, "HTTP/1.1 100", 12), 0);
		if (size != 0 && errno != ECONNRESET)
			fail_msg("%s: the connection stays open", parts[i]);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_304_has_the_headers_and_the_length_of_the_answer_it_replaces, fixture_up,
		    fixture_down),
		cmocka_unit_test_setup_teardown(nothing_after_a_chunked_body_is_read, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_target_may_be_a_url, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(white_space_around_a_header_value_is_ignored, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_body_with_a_content_encoding_is_refused_and_the_connection_stays_open,
		    fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(http_1_0_has_no_chunks, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_complete_request_is_answered_and_the_connection_closed, fixture_up,
		    fixture_down),
		cmocka_unit_test_setup_teardown(a_parked_request_is_answered_when_its_answer_is_ready, fixture_up,
		    fixture_down),
		cmocka_unit_test_setup_teardown(each_of_several_requests_is_answered_before_the_end, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_request_that_can_never_be_complete_ends_the_connection, fixture_up,
		    fixture_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
