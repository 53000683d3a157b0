/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/message.h"

#include "changes.h"
#include "common/json.h"
#include "common/memory.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOW_S = 1614265330 };

static const char *field(const struct message *message, const char *name)
{
	for (size_t i = 0; i < message->field_count; i++) {
		if (!strcmp(message->fields[i].name, name))
			return message->fields[i].value;
	}
	return NULL;
}

static struct message *make(const struct change *change, struct signing_key *const *keys, size_t key_count)
{
	const struct message_source source = { .change = change,
		.epoch = "epoch",
		.watch = "bmFtZQ==",
		.endpoint = "http://host/x",
		.told = 3,
		.keys = keys,
		.key_count = key_count,
		.now_s = NOW_S };
	struct error err = { .text = "" };
	struct message *message = message_create(&source, &err);

	if (!message)
		fail_msg("%s", err.text);
	return message;
}

static json_t *body_of(const struct message *message)
{
	json_t *body;
	assert_true(json_decode_object(message->body, message->body_size, &body, NULL));
	return body;
}

static void assert_text(const json_t *body, const char *key, const char *expected)
{
	assert_string_equal(json_string_value(json_object_get(body, key)), expected);
}

static void the_body_is_that_of_the_change_with_keys_that_a_receiver_can_trust(void **state)
{
	struct change *change = make_change(42, 42, "/ephemerals/a", "");
	struct message *message = make(change, NULL, 0);
	json_t *body = body_of(message);

	(void)state;
	assert_text(body, "path", "/ephemerals/a");
	assert_text(body, "endpoint", "http://host/x");
	assert_text(body, "watch", "bmFtZQ==");
	assert_text(body, "event", "epoch-42");
	assert_int_equal(json_integer_value(json_object_get(body, "told")), 3);
	assert_int_equal(json_array_size(json_object_get(body, "cause")), 0);
	assert_null(json_object_get(body, "truncated"));
	json_decref(body);
	message_destroy(message);
	change_release(change);
}

static void causes_are_in_the_body_and_in_a_header(void **state)
{
	struct change *uncaused = make_change(42, 42, "/ephemerals/a", ""), shape = *uncaused;

	(void)state;
	shape.causes = "epoch-40\nepoch-41\n";
	struct change *change = change_create(&shape);
	change_release(uncaused);
	struct message *message = make(change, NULL, 0);
	json_t *body = body_of(message);
	const json_t *cause = json_object_get(body, "cause");
	assert_int_equal(json_array_size(cause), 2);
	assert_string_equal(json_string_value(json_array_get(cause, 1)), "epoch-41");
	assert_string_equal(field(message, "Noah-Cause"), "epoch-40, epoch-41");
	json_decref(body);
	message_destroy(message);
	change_release(change);
}

static void headers_repeat_values_of_the_body(void **state)
{
	struct change *change = make_change(42, 42, "/ephemerals/a", "");
	struct message *message = make(change, NULL, 0);

	(void)state;
	assert_string_equal(field(message, "Content-Type"), "application/json");
	assert_string_equal(field(message, "User-Agent"), "noahd/" VERSION);
	assert_string_equal(field(message, "Noah-Event"), "epoch-42");
	assert_string_equal(field(message, "Noah-Watch"), "bmFtZQ==");
	assert_null(field(message, "Noah-Cause"));
	message_destroy(message);
	change_release(change);
}

static void every_server_key_signs(void **state)
{
	struct error err;
	struct signing_key *keys[2];
	struct change *change = make_change(42, 42, "/ephemerals/a", "");

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_non_null(keys[i] = signing_key_generate(SIGNING_KEY_PRIVATE, &err));
	struct message *message = make(change, keys, 2);
	const struct signed_message content = { field(message, "webhook-id"), field(message, "webhook-timestamp"),
		message->body, message->body_size };
	assert_string_equal(content.timestamp, "1614265330");
	for (size_t i = 0; i < 2; i++) {
		size_t found;
		enum signature_version version;
		assert_true(signature_verify(&content, field(message, "webhook-signature"), NOW_S, &keys[i], 1, &found,
		    &version, &err));
		assert_int_equal(version, SIGNATURE_V1A);
		signing_key_destroy(keys[i]);
	}
	message_destroy(message);
	change_release(change);
}

static void the_id_depends_only_on_epoch_revision_and_watch(void **state)
{
	char first[MESSAGE_ID_BYTES], again[MESSAGE_ID_BYTES], other[MESSAGE_ID_BYTES];

	(void)state;
	message_id("epoch", 42, "watch", first);
	message_id("epoch", 42, "watch", again);
	assert_string_equal(first, again);
	assert_int_equal(strlen(first), 31);
	assert_memory_equal(first, "msg_", 4);
	assert_int_equal(strspn(first + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 27);
	message_id("other", 42, "watch", other);
	assert_string_not_equal(first, other);
	message_id("epoch", 43, "watch", other);
	assert_string_not_equal(first, other);
	message_id("epoch", 42, "watch2", other);
	assert_string_not_equal(first, other);
	/* A value that receivers have remembered must not change with the program. */
	message_id("0d389807-a570-4e4f-bbec-c4d2e1ef5856", 2,
	    "Ly9ub2FoL2VwaGVtZXJhbHMvY2hlZnxodHRwOi8vMTI3LjAuMC4xOjQxNTcxL3g=", first);
	assert_string_equal(first, "msg_LOf8TRIR5QdlGo1CEFNUIoeahgI");
}

/* A change whose message has a body of about so many bytes. */
static struct change *make_large_change(size_t data_bytes)
{
	struct change *small = make_change(42, 42, "/ephemerals/a", ""), shape = *small;
	char *data = memory_zeroed(data_bytes + 1, 1);

	memset(data, 'x', data_bytes);
	char *body = memory_format("{\"id\":\"one\",\"name\":\"a\",\"data\":\"%s\",\"path\":\"/ephemerals//"
	                           "a\",\"action\":\"update\","
	                           "\"pubcategory\":\"//noah/ephemerals/a\",\"revision\":42,\"location\":\"/ephemerals/a\","
	                           "\"by\":{\"node\":\"web1\"},\"changed\":true}",
	    data);
	shape.body = body;
	shape.body_size = strlen(body);
	struct change *change = change_create(&shape);
	change_release(small);
	free(body);
	free(data);
	return change;
}

static void a_body_beyond_48_kib_is_sent_without_the_objects_contents(void **state)
{
	static const char *const kept[] = { "id", "name", "path", "action", "pubcategory", "revision", "location",
		"endpoint", "watch", "event", "cause", "told", "by", "changed" };
	struct change *change = make_large_change(MESSAGE_BODY_BYTES_MAX);
	struct message *message = make(change, NULL, 0);
	json_t *body = body_of(message);

	(void)state;
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		assert_non_null(json_object_get(body, kept[i]));
	assert_null(json_object_get(body, "data"));
	assert_true(json_is_true(json_object_get(body, "truncated")));
	json_decref(body);
	message_destroy(message);
	change_release(change);
}

static void a_body_of_48_kib_is_sent_completely(void **state)
{
	struct change *change = make_large_change(1000);
	struct message *message = make(change, NULL, 0);
	size_t rest = message->body_size - 1000;

	(void)state;
	message_destroy(message);
	change_release(change);
	for (size_t over = 0; over <= 1; over++) {
		change = make_large_change(MESSAGE_BODY_BYTES_MAX - rest + over);
		message = make(change, NULL, 0);
		assert_int_equal(message->body_size == MESSAGE_BODY_BYTES_MAX, !over);
		message_destroy(message);
		change_release(change);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_body_is_that_of_the_change_with_keys_that_a_receiver_can_trust),
		cmocka_unit_test(causes_are_in_the_body_and_in_a_header),
		cmocka_unit_test(headers_repeat_values_of_the_body),
		cmocka_unit_test(every_server_key_signs),
		cmocka_unit_test(the_id_depends_only_on_epoch_revision_and_watch),
		cmocka_unit_test(a_body_beyond_48_kib_is_sent_without_the_objects_contents),
		cmocka_unit_test(a_body_of_48_kib_is_sent_completely),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
