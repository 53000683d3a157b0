/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/link/messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct message a_poke(void)
{
	struct message message = { .kind = MESSAGE_POKE, .request = 7 };

	message_set_text(&message, MESSAGE_PEER, "127.0.0.1:4711");
	message_set_text(&message, MESSAGE_PATH, "/");
	message_set_text(&message, MESSAGE_ID, "msg_1");
	message_set_text(&message, MESSAGE_TIMESTAMP, "1614265330");
	message.parts[MESSAGE_BODY] = (struct message_bytes){ "{\0}", 3 };
	return message;
}

static void a_message_arrives_as_it_was_sent(void **state)
{
	char buffer[MESSAGE_BYTES_MAX];
	struct message sent = a_poke(), received;
	int sockets[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets), 0);
	assert_int_equal(message_receive(sockets[1], MESSAGE_TO_RUNNER, buffer, &received, NULL), MESSAGE_NONE);
	assert_true(message_send(sockets[0], MESSAGE_TO_RUNNER, &sent, NULL));
	assert_int_equal(message_receive(sockets[1], MESSAGE_TO_RUNNER, buffer, &received, NULL), MESSAGE_RECEIVED);
	assert_int_equal(received.kind, MESSAGE_POKE);
	assert_int_equal(received.request, 7);
	assert_string_equal(received.parts[MESSAGE_ID].bytes, "msg_1");
	assert_string_equal(received.parts[MESSAGE_SIGNATURE].bytes, "");
	assert_int_equal(received.parts[MESSAGE_BODY].size, 3);
	assert_memory_equal(received.parts[MESSAGE_BODY].bytes, "{\0}", 4);
	close(sockets[0]);
	assert_int_equal(message_receive(sockets[1], MESSAGE_TO_RUNNER, buffer, &received, NULL), MESSAGE_END);
	close(sockets[1]);
}

static void the_largest_poke_fits_and_a_larger_one_does_not(void **state)
{
	char buffer[MESSAGE_BYTES_MAX], *body = calloc(1, POKE_BODY_BYTES_MAX + 2);
	struct message message = a_poke(), received;
	struct error err;
	char signature[POKE_HEAD_BYTES_MAX];
	size_t size;

	(void)state;
	memset(signature, 'a', sizeof(signature));
	message.parts[MESSAGE_SIGNATURE] = (struct message_bytes){ signature, sizeof(signature) - 1 };
	message.parts[MESSAGE_BODY] = (struct message_bytes){ body, POKE_BODY_BYTES_MAX };
	size = message_encode(MESSAGE_TO_RUNNER, &message, buffer);
	assert_true(size > 0);
	assert_true(message_decode(MESSAGE_TO_RUNNER, buffer, size, &received, &err));
	message.parts[MESSAGE_BODY].size++;
	assert_int_equal(message_encode(MESSAGE_TO_RUNNER, &message, buffer), 0);
	free(body);
}

static void a_kind_is_accepted_from_one_direction_only(void **state)
{
	static const struct {
		enum message_kind kind;
		enum message_direction direction;
	} rows[] = {
		{ MESSAGE_READY, MESSAGE_TO_RUNNER },
		{ MESSAGE_SERVE, MESSAGE_TO_LISTENER },
		{ MESSAGE_POKE, MESSAGE_TO_RUNNER },
		{ MESSAGE_HEALTH, MESSAGE_TO_RUNNER },
		{ MESSAGE_VERDICT, MESSAGE_TO_LISTENER },
		{ MESSAGE_DRAIN, MESSAGE_TO_LISTENER },
		{ MESSAGE_STATUS, MESSAGE_TO_RUNNER },
		{ MESSAGE_RECORD, MESSAGE_TO_RUNNER },
		{ MESSAGE_OUTPUT, MESSAGE_TO_RUNNER },
		{ MESSAGE_METRICS, MESSAGE_TO_RUNNER },
		{ MESSAGE_PIECE, MESSAGE_TO_LISTENER },
	};
	char buffer[MESSAGE_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct message message = { .kind = rows[i].kind }, received;
		size_t size = message_encode(rows[i].direction, &message, buffer);
		assert_true(size > 0);
		assert_true(message_decode(rows[i].direction, buffer, size, &received, NULL));
		assert_false(message_decode(!rows[i].direction, buffer, size, &received, NULL));
		assert_int_equal(message_encode(!rows[i].direction, &message, buffer), 0);
	}
}

static void a_piece_and_its_question_keep_their_numbers(void **state)
{
	struct message question = { .kind = MESSAGE_OUTPUT, .request = 9, .offset = UINT64_MAX, .version = 3 }, received;
	struct message piece = { .kind = MESSAGE_PIECE, .request = 9, .status = 200, .version = 5, .after = PIECE_LATER };
	char buffer[MESSAGE_BYTES_MAX], content[PIECE_BYTES_MAX + 1] = { 0 };
	size_t size;

	(void)state;
	message_set_text(&question, MESSAGE_TOKEN, "a-token");
	message_set_text(&question, MESSAGE_RUN_ID, "20120510T022253.123Z-00007f");
	size = message_encode(MESSAGE_TO_RUNNER, &question, buffer);
	assert_true(message_decode(MESSAGE_TO_RUNNER, buffer, size, &received, NULL));
	assert_true(received.offset == UINT64_MAX && received.version == 3);
	assert_string_equal(received.parts[MESSAGE_TOKEN].bytes, "a-token");
	assert_string_equal(received.parts[MESSAGE_RUN_ID].bytes, "20120510T022253.123Z-00007f");
	piece.parts[MESSAGE_BODY] = (struct message_bytes){ content, PIECE_BYTES_MAX };
	size = message_encode(MESSAGE_TO_LISTENER, &piece, buffer);
	assert_true(message_decode(MESSAGE_TO_LISTENER, buffer, size, &received, NULL));
	assert_int_equal(received.after, PIECE_LATER);
	assert_true(received.version == 5 && received.parts[MESSAGE_BODY].size == PIECE_BYTES_MAX);
	piece.parts[MESSAGE_BODY].size++;
	assert_int_equal(message_encode(MESSAGE_TO_LISTENER, &piece, buffer), 0);
}

static void a_message_that_is_not_in_the_table_is_refused(void **state)
{
	struct message message = a_poke(), received;
	char buffer[MESSAGE_BYTES_MAX], copy[MESSAGE_BYTES_MAX];
	size_t size = message_encode(MESSAGE_TO_RUNNER, &message, buffer);

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		assert_false(message_decode(MESSAGE_TO_RUNNER, buffer, cut, &received, NULL));
	memcpy(copy, buffer, size);
	copy[size] = '\0';
	assert_false(message_decode(MESSAGE_TO_RUNNER, copy, size + 1, &received, NULL));
	for (unsigned kind = 0; kind < 256; kind++) {
		copy[0] = (char)kind;
		if (kind < MESSAGE_READY || kind > MESSAGE_METRICS)
			assert_false(message_decode(MESSAGE_TO_RUNNER, copy, size, &received, NULL));
	}
}

static void a_text_contains_no_nul_and_only_its_own_kind_has_it(void **state)
{
	struct message with_nul = a_poke(), with_text = a_poke();
	char buffer[MESSAGE_BYTES_MAX];

	(void)state;
	with_nul.parts[MESSAGE_ID] = (struct message_bytes){ "a\0b", 3 };
	assert_int_equal(message_encode(MESSAGE_TO_RUNNER, &with_nul, buffer), 0);
	message_set_text(&with_text, MESSAGE_TEXT, "queued");
	assert_int_equal(message_encode(MESSAGE_TO_RUNNER, &with_text, buffer), 0);
}

/* Whatever bytes a listener in foreign hands may send: each verdict is one of two, and nothing is read beyond the
   packet. */
static void bytes_changed_at_random_are_refused_or_read_within_their_bounds(void **state)
{
	struct message message = a_poke(), received;
	char buffer[MESSAGE_BYTES_MAX];
	size_t size = message_encode(MESSAGE_TO_RUNNER, &message, buffer);
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char *copy = malloc(size);
		memcpy(copy, buffer, size);
		for (int i = 0; i < 3; i++) {
			seed = seed * 1103515245 + 12345;
			copy[seed / 65536 % size] = (char)(seed >> 8);
		}
		if (message_decode(MESSAGE_TO_RUNNER, copy, size, &received, NULL))
			for (size_t i = 0; i < MESSAGE_PARTS; i++)
				assert_true(received.parts[i].bytes >= copy &&
				            received.parts[i].bytes + received.parts[i].size < copy + size);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_arrives_as_it_was_sent),
		cmocka_unit_test(the_largest_poke_fits_and_a_larger_one_does_not),
		cmocka_unit_test(a_kind_is_accepted_from_one_direction_only),
		cmocka_unit_test(a_piece_and_its_question_keep_their_numbers),
		cmocka_unit_test(a_message_that_is_not_in_the_table_is_refused),
		cmocka_unit_test(a_text_contains_no_nul_and_only_its_own_kind_has_it),
		cmocka_unit_test(bytes_changed_at_random_are_refused_or_read_within_their_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
