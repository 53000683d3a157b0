/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"
#include "tests/unit/common/http_fixture.h"

#include "common/clock.h"

#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>

/* Bytes that may hold a NUL. */
struct bytes {
	const char *start;
	size_t size;
};
#define BYTES(literal)               \
	{                                \
		literal, sizeof(literal) - 1 \
	}

static void send_bytes(int fd, const char *bytes, size_t size)
{
	assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
}

/* ---- heads that libmicrohttpd would read as something else than they are ---- */

/* libmicrohttpd 1.0 has a page of its own, and for a first line that does not look like HTTP none. */
static bool is_refusal_of_malformed(const struct answer *answer)
{
	if (!http_library_is_1_0())
		return answer->status == 400 && answer->closes &&
		       strcmp(answer->body, "the head of the request is malformed") == 0;
	return answer->status == 0 || (answer->status == 400 && answer->closes && strstr(answer->body, "<html>"));
}

static void expect_malformed(const struct bytes *heads, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int fd = client_connect();
		send_bytes(fd, heads[i].start, heads[i].size);
		struct answer answer = { 0 };
		if (!http_library_is_1_0() || client_is_answered(fd))
			answer = client_answer(fd);
		if (!is_refusal_of_malformed(&answer))
			fail_msg("%zu, %s: %d %s", i, heads[i].start, answer.status, answer.body);
		client_expect_end(fd);
	}
}

static void a_nul_in_the_first_line_is_refused(void **state)
{
	static const struct bytes heads[] = {
		BYTES("PUT /nul\0xyz HTTP/1.1\r\nHost: h\r\n\r\n"),
		BYTES("PUT /nul\0 HTTP/1.1\r\nHost: h\r\n\r\n"),
		BYTES("PUT /x?a=b\0c HTTP/1.1\r\nHost: h\r\n\r\n"),
		BYTES("PUT\0 /x HTTP/1.1\r\nHost: h\r\n\r\n"),
		BYTES("PUT\0/x /y HTTP/1.1\r\nHost: h\r\n\r\n"),
		BYTES("GET /nul\0xyz HTTP/1.0\r\n\r\n"),
	};

	(void)state;
	expect_malformed(heads, sizeof(heads) / sizeof(*heads));
}

static void a_nul_in_a_field_is_refused(void **state)
{
	static const struct bytes heads[] = {
		BYTES("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 15\0junk\r\n\r\n0123456789abcde"),
		BYTES("PUT /x HTTP/1.1\r\nHost: h\r\nwebhook-id: sm2\0zzz\r\nX: y\r\n\r\n"),
		BYTES("PUT /x HTTP/1.1\r\nHost: h\0\r\n\r\n"),
		BYTES("PUT /x HTTP/1.1\r\nHost: h\r\nX: \0\r\nY: z\r\n\r\n"),
		BYTES("PUT /x HTTP/1.1\r\nHost: h\r\nX:\0 y\r\n\r\n"),
		BYTES("GET /x HTTP/1.1\r\nHost: h\r\n\0Content-Length: 5\r\n\r\n"),
		BYTES("GET /x HTTP/1.0\r\n\0\r\n\r\n"),
	};

	(void)state;
	expect_malformed(heads, sizeof(heads) / sizeof(*heads));
}

static void a_field_without_a_name_does_not_end_the_head(void **state)
{
	static const struct bytes heads[] = {
		BYTES("PUT /x HTTP/1.1\r\nHost: h\r\n: x\r\nContent-Length: 40\r\n\r\n"),
		BYTES("GET /x HTTP/1.1\r\nHost: h\r\n:\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n"),
		BYTES("GET /x HTTP/1.1\r\nHost: h\r\n: x\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n"),
	};

	(void)state;
	expect_malformed(heads, sizeof(heads) / sizeof(*heads));
}

static void a_folded_line_is_refused(void **state)
{
	static const struct bytes heads[] = {
		BYTES("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Le: 130\r\n ngth\r\n\r\n"),
		BYTES("PUT /x HTTP/1.1\r\nHost: h\r\nX: a\r\n\tb\r\nY: c\r\n\r\n"),
		BYTES("PUT /x HTTP/1.1\r\nHost: h\r\nX:\r\n b\r\n\r\n"),
		BYTES("PUT /x HTTP/1.1\r\nHost: h\r\nX:\r\n \r\n\r\n"),
		BYTES("PUT /x HTTP/1.1\r\nHost: h\r\nX: a\n b\r\n c\r\nY: d\r\n\r\n"),
	};

	(void)state;
	expect_malformed(heads, sizeof(heads) / sizeof(*heads));
}

static void a_line_that_ends_with_a_bare_line_feed_is_refused(void **state)
{
	static const struct bytes heads[] = {
		BYTES("GET /x HTTP/1.1\nHost: h\r\n\r\n"),
		BYTES("GET /x HTTP/1.1\r\nHost: h\n\r\n"),
		BYTES("GET /x HTTP/1.1\r\nHost: h\r\n\n"),
		BYTES("GET /x HTTP/1.1\r\nX: y\nHost: h\r\n\r\n"),
		BYTES("GET /x HTTP/1.0\n\n"),
	};

	(void)state;
	expect_malformed(heads, sizeof(heads) / sizeof(*heads));
}

static void a_second_space_in_the_first_line_is_refused(void **state)
{
	static const struct bytes heads[] = { BYTES("GET  /x HTTP/1.1\r\nHost: h\r\n\r\n") };

	(void)state;
	expect_malformed(heads, sizeof(heads) / sizeof(*heads));
}

/* A refusal of the target alone would let the connection live on, and what is left of the head be a request. */
static void a_malformed_head_with_a_bad_target_is_closed(void **state)
{
	int fd = client_connect();

	(void)state;
	client_send(fd, "GET /.. HTTP/1.1\r\nHost: h\r\n: x\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n");
	struct answer answer = client_answer(fd);
	assert_int_equal(answer.status, 400);
	client_expect_end(fd);
}

/* ---- heads that are good, however they come ---- */

/* The same numbers each time (Knuth's MMIX generator). */
static uint64_t chance_state;

static unsigned chance(unsigned limit)
{
	chance_state = chance_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(chance_state >> 33) % limit;
}

/* A connection whose other end the server has: unlike TCP it tells when all that was sent has been read. */
static int adopted_client(void)
{
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_sec = FIXTURE_PATIENCE_S };
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(ioctl(pair[0], FIONBIO, &(int){ 1 }), 0);
	setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	fixture_join();
	http_server_adopt(fixture.server, pair[0], (const struct sockaddr *)&address, sizeof(address));
	fixture_run();
	return pair[1];
}

static void wait_until_read(int fd)
{
	int64_t end_ms = clock_monotonic_ms() + FIXTURE_PATIENCE_S * 1000;

	for (int unread = 1; unread > 0; sched_yield()) {
		assert_int_equal(ioctl(fd, SIOCOUTQ, &unread), 0);
		assert_true(clock_monotonic_ms() < end_ms);
	}
}

/* Each piece is read by itself. */
static void send_in_pieces(int fd, const char *text, unsigned piece_bytes_max)
{
	for (size_t left = strlen(text); left > 0;) {
		size_t piece = 1 + chance(piece_bytes_max);
		piece = piece < left ? piece : left;
		send_bytes(fd, text, piece);
		wait_until_read(fd);
		text += piece;
		left -= piece;
	}
}

static void append(char **text, const char *more)
{
	char *joined = memory_format("%s%s", *text, more);

	free(*text);
	*text = joined;
}

static void append_field(char **text, unsigned number)
{
	static const char *const blanks[] = { "", " ", "\t", "  \t " };
	char *field = memory_format("X-%0*u:%s%.*s%s\r\n", 1 + (int)chance(30), number, blanks[chance(4)], (int)chance(60),
	    "a value: with, all; that = may \"stand\" in it\t(and more) \xc3\xa9", blanks[chance(4)]);

	append(text, field);
	free(field);
}

static char *make_request(unsigned field_count)
{
	static const char *const first_lines[] = { "GET /echo HTTP/1.1", "BREW /echo?a=b HTTP/1.1", "PUT /echo/ HTTP/1.1",
		"GET /echo?a=1&b=2&c=&d&e=%20+&f=6&g=7&h=8&i=9&j=10&k=11&l=12&m=13&n=14&o=15&p=16 HTTP/1.1",
		"GET /echo? HTTP/1.1", "POST /echo/%C3%A9 HTTP/1.1" };
	static const char *const ends[] = { "\r\n", "Content-Length: 4\r\n\r\nbody",
		"Transfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1\r\ny\r\n0\r\nTrailer: t\r\n\r\n", "Cookie: a=b; c\r\n\r\n" };
	char *text = memory_format("%s%s\r\nHost: h\r\n", chance(8) ? "" : "\r\n", first_lines[chance(6)]);

	for (unsigned i = 0; i < field_count; i++)
		append_field(&text, i);
	append(&text, ends[chance(4)]);
	return text;
}

static void valid_requests_are_answered_in_any_pieces(void **state)
{
	static const unsigned piece_bytes_max[] = { 1, 3, 40, 700, 5000, 20000 };
	int fd = adopted_client();

	(void)state;
	chance_state = 20120510;
	for (unsigned i = 0; i < 90; i++) {
		char *first = make_request(chance(2) ? chance(10) : chance(60)), *second = make_request(chance(60));
		append(&first, second);
		send_in_pieces(fd, first, piece_bytes_max[i % 6]);
		for (int answers = 0; answers < 2; answers++) {
			struct answer answer = client_answer(fd);
			if (answer.status != 200)
				fail_msg("%u: %d %s to:\n%s", i, answer.status, answer.body, first);
			if (!answer.closes) /* as behind a body in chunks */
				continue;
			client_expect_end(fd);
			fd = adopted_client();
			if (answers == 0)
				send_in_pieces(fd, second, piece_bytes_max[i % 6]);
		}
		free(first);
		free(second);
	}
	close(fd);
}

static void a_head_of_any_size_within_the_limit_is_accepted(void **state)
{
	static const unsigned piece_bytes_max[] = { 37, 1460, 20000 };

	(void)state;
	chance_state = 1;
	for (int size = 0; size < 15900; size += 331) {
		char *text = memory_format("GET /echo HTTP/1.1\r\nHost: h\r\nY: %0*d\r\nZ:\r\n\r\n", size, 0);
		int fd = adopted_client();
		send_in_pieces(fd, text, piece_bytes_max[chance(3)]);
		int status = client_answer(fd).status;
		if (status != 200)
			fail_msg("%d bytes: %d", size, status);
		close(fd);
		free(text);
	}
}

static void other_valid_heads_are_accepted(void **state)
{
	int fd = client_connect();

	(void)state;
	client_send(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(client_answer(fd).status, 100);
	assert_string_equal(client_ask(fd, "ok").body, "PUT x - - [ok]");
	client_send(fd, "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer_without_body(fd).status, 200);
	assert_string_equal(client_ask(fd, "GET /x HTTP/1.0\r\n\r\n").body, "GET x - - []");
	client_expect_end(fd);
}

/* libmicrohttpd 1.0.1 takes the end of the extension's line for the chunk's first byte, and refuses the chunk at its
   end. */
static void the_extension_of_a_chunk_is_never_read_as_data(void **state)
{
	static const char *const bodies[] = { "4;x=y\r\nbody\r\n0\r\n\r\n", "4;x\r\nbody\r\n0;y\r\n\r\n",
		"3\r\nbod\r\n1;x=\"y z\"\r\ny\r\n0\r\n\r\n", "4;\r\nbody\r\n0\r\n\r\n",
		"4\r\nbody\r\n0;x=y\r\nTrailer: t\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		int fd = client_connect();
		client_send(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
		struct answer answer = client_ask(fd, bodies[i]);
		if (http_library_is_1_0() && answer.status == 400)
			client_expect_end(fd);
		else if (answer.status != 200 || strcmp(answer.body, "PUT x - - [body]") != 0)
			fail_msg("%zu: %d %s", i, answer.status, answer.body);
		else
			close(fd);
	}
}

/* libmicrohttpd 0.9.75 takes it for a part of the value. */
static void a_framing_with_white_space_behind_it_is_read_without_it_or_refused(void **state)
{
	static const char *const fields[] = { "Content-Length: 4 \r\n\r\nbody", "Content-Length:4\t \r\n\r\nbody",
		"Transfer-Encoding: chunked \r\n\r\n4\r\nbody\r\n0\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		int fd = client_connect();
		client_send(fd, "PUT /x HTTP/1.1\r\nHost: h\r\n");
		struct answer answer = client_ask(fd, fields[i]);
		if (answer.status != (http_library_is_1_0() ? 200 : 400) || answer.closes != (answer.status == 400 || i == 2))
			fail_msg("%zu: %d %s", i, answer.status, answer.head);
		if (answer.status == 200)
			assert_string_equal(answer.body, "PUT x - - [body]");
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_nul_in_the_first_line_is_refused, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_nul_in_a_field_is_refused, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_field_without_a_name_does_not_end_the_head, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_folded_line_is_refused, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_line_that_ends_with_a_bare_line_feed_is_refused, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_second_space_in_the_first_line_is_refused, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_malformed_head_with_a_bad_target_is_closed, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(valid_requests_are_answered_in_any_pieces, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_head_of_any_size_within_the_limit_is_accepted, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(other_valid_heads_are_accepted, fixture_up, fixture_down),
		cmocka_unit_test_setup_teardown(a_framing_with_white_space_behind_it_is_read_without_it_or_refused, fixture_up,
		    fixture_down),
		cmocka_unit_test_setup_teardown(the_extension_of_a_chunk_is_never_read_as_data, fixture_up, fixture_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
