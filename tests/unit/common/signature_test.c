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

#include "common/signature.h"
#include "common/base64.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define KEY_A "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define KEY_B "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
#define KEY_C "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
#define PUBLIC_C "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
#define SIGNED_A "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define SIGNED_C "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="

enum { TIME_A = 1614265330 };

static const struct signed_message message_a = { "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "{\"test\": 2432232314}",
	20 };

static struct signing_key *parse(const char *text)
{
	struct signing_key *key = NULL;
	struct error err;
	if (!signing_key_parse(text, &key, &err))
		fail_msg("%s", err.text);
	return key;
}

/* ---- keys ---- */

static void a_key_reads_as_it_is_written(void **state)
{
	(void)state;
	const char *const texts[] = { KEY_A, KEY_C, PUBLIC_C };
	const enum signing_key_kind kinds[] = { SIGNING_KEY_HMAC, SIGNING_KEY_PRIVATE, SIGNING_KEY_PUBLIC };
	for (size_t i = 0; i < COUNT(texts); i++) {
		char text[SIGNING_KEY_TEXT_BYTES];
		struct signing_key *key = parse(texts[i]);
		assert_int_equal(signing_key_kind(key), kinds[i]);
		signing_key_text(key, text);
		assert_string_equal(text, texts[i]);
		if (kinds[i] != SIGNING_KEY_HMAC) {
			signing_key_public_text(key, text);
			assert_string_equal(text, PUBLIC_C);
		}
		signing_key_destroy(key);
	}
}

static void an_invalid_key_is_refused_without_repeating_it(void **state)
{
	(void)state;
	const char *const wrong[] = {
		"",
		"w",
		"whsec_",
		"whsec_%",
		"whsec_wronglength",
		"hwsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		(KEY_A "\n"),
		(" " KEY_A),
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
		/* 23 and 65 bytes */
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=",
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=",
		/* a public half that does not follow from the seed; the seed alone; a public key where both are due */
		"whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlaaaaaaaaaaAJ6p9lMicMFs6Kvg==",
		"whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=",
		"whsk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
		"whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whpk_",
		"WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct signing_key *key = NULL;
		struct error err;
		if (signing_key_parse(wrong[i], &key, &err))
			fail_msg("%s was taken for a key", wrong[i]);
		assert_null(key);
		assert_int_equal(err.kind, ERROR_INVALID);
		if (strlen(wrong[i]) > 12)
			assert_null(strstr(err.text, wrong[i] + 7));
	}
}

static void a_generated_key_is_new_and_complete(void **state)
{
	(void)state;
	const enum signing_key_kind kinds[] = { SIGNING_KEY_HMAC, SIGNING_KEY_PRIVATE };
	for (size_t i = 0; i < COUNT(kinds); i++) {
		char texts[3][SIGNING_KEY_TEXT_BYTES];
		struct signing_key *one = signing_key_generate(kinds[i], NULL), *other = signing_key_generate(kinds[i], NULL);
		signing_key_text(one, texts[0]);
		signing_key_text(other, texts[1]);
		assert_string_not_equal(texts[0], texts[1]);
		struct signing_key *again = parse(texts[0]);
		signing_key_text(again, texts[2]);
		assert_string_equal(texts[0], texts[2]);
		signing_key_destroy(one);
		signing_key_destroy(other);
		signing_key_destroy(again);
	}
	assert_null(signing_key_generate(SIGNING_KEY_PUBLIC, NULL));
	signing_key_destroy(NULL);
}

/* ---- signing ---- */

static void assert_signs(const char *key_text, const struct signed_message *message, const char *expected)
{
	char signature[SIGNATURE_TEXT_BYTES];
	struct signing_key *key = parse(key_text);
	for (int i = 0; i < 2; i++) { /* the second time from the same cached state */
		assert_true(signature_make(key, message, signature, NULL));
		assert_string_equal(signature, expected);
	}
	signing_key_destroy(key);
}

static struct signed_message with_body(const void *body, size_t size)
{
	struct signed_message message = message_a;
	message.body = body;
	message.body_size = size;
	return message;
}

static void the_published_vectors_hold(void **state)
{
	(void)state;
	const char *body_b = "{\"email\":\"test@example.com\",\"username\":\"test_user\"}";
	const struct signed_message message_b = { "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", "1649367553", body_b, strlen(body_b) };
	assert_signs(KEY_A, &message_a, SIGNED_A);
	assert_signs(KEY_B, &message_b, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
	assert_signs(KEY_C, &message_a, SIGNED_C);
}

static void bodies_of_any_bytes_are_signed(void **state)
{
	(void)state;
	unsigned char all[256];
	for (int i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	const char *utf8 = "{\"test\":\"h\xc3\xa9llo \xe2\x98\x83\"}";
	const struct signed_message empty = with_body(NULL, 0), text = with_body(utf8, strlen(utf8)),
	                            bytes = with_body(all, sizeof(all));
	assert_signs(KEY_A, &empty, "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A=");
	assert_signs(KEY_A, &text, "v1,zdDEAyACvmiCWyI/dKSyeo9qC9aXYipXn2xkFjEUWho=");
	assert_signs(KEY_A, &bytes, "v1,sEcZ042G8Crqgxbybb3y0eDxQR3TcfYsk11I1XULhSI=");
}

static void the_longest_hmac_key_is_used_whole(void **state)
{
	(void)state;
	unsigned char bytes[64];
	char text[SIGNING_KEY_TEXT_BYTES] = "whsec_";
	for (int i = 0; i < 64; i++)
		bytes[i] = (unsigned char)i;
	base64_encode(bytes, sizeof(bytes), text + strlen(text));
	assert_signs(text, &message_a, "v1,LZ5zuwHTqQH3VM8ERUusjzVQq1FXzemvpR8Mk7Ivp5c=");
}

static void a_message_that_cannot_be_sent_is_not_signed(void **state)
{
	(void)state;
	char signature[SIGNATURE_TEXT_BYTES] = "kept";
	struct signing_key *public_half = parse(PUBLIC_C), *key = parse(KEY_A);
	struct signed_message dotted = message_a;
	struct error err;
	dotted.id = "msg.1";
	assert_false(signature_make(public_half, &message_a, signature, &err));
	assert_false(signature_make(key, &dotted, signature, &err));
	assert_string_equal(signature, "kept");
	signing_key_destroy(public_half);
	signing_key_destroy(key);
}

/* ---- verifying ---- */

/* Which of the keys A and C's public half fits: 0, 1; -1: denied. */
static int verify(const struct signed_message *message, const char *header, int64_t now_s, struct error *err)
{
	struct signing_key *const keys[] = { parse(KEY_A), parse(PUBLIC_C) };
	enum signature_version version = 0;
	size_t which = 99;
	bool fits = signature_verify(message, header, now_s, keys, COUNT(keys), &which, &version, err);
	assert_int_equal(which, fits ? (version == SIGNATURE_V1 ? 0 : 1) : 99);
	assert_int_equal(version == 0, !fits);
	if (!fits)
		assert_int_equal(err->kind, ERROR_DENIED);
	signing_key_destroy(keys[0]);
	signing_key_destroy(keys[1]);
	return fits ? (int)which : -1;
}

static int verify_header(const char *header)
{
	struct error err;
	return verify(&message_a, header, TIME_A, &err);
}

static void a_valid_signature_matches_its_key(void **state)
{
	(void)state;
	assert_int_equal(verify_header(SIGNED_A), 0);
	assert_int_equal(verify_header(SIGNED_C), 1);
}

static void one_valid_signature_among_several_is_enough(void **state)
{
	(void)state;
	const char *bad = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
	           *unknown = "v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
	char header[512];
	snprintf(header, sizeof(header), "%s %s %s %s", bad, unknown, SIGNED_A, bad);
	assert_int_equal(verify_header(header), 0);
	snprintf(header, sizeof(header), "%s  %s ", bad, SIGNED_C);
	assert_int_equal(verify_header(header), 1);
	assert_int_equal(verify_header(SIGNED_C " " SIGNED_A), 0); /* the keys' order decides, not the header's */
}

static void a_signature_of_another_message_is_denied(void **state)
{
	(void)state;
	const char *const wrong[] = {
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=",
		"v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
		"v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		"v1,",
		"v1,g0hM9SsE",
		"v1,invalid_signature",
		"invalid_signature",
		"v1",
		",",
		" ",
		"v1a,",
		"v1a,invalid",
		"V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		"v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		"v1, g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		/* other spellings of the right bytes */
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=",
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
		"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAh==",
		"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAgA=",
		"v1a,inO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
		SIGNED_A "," SIGNED_A,
	};
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (verify_header(wrong[i]) != -1)
			fail_msg("\"%s\" was believed", wrong[i]);
}

static void any_changed_byte_is_noticed(void **state)
{
	(void)state;
	const char *const headers[] = { SIGNED_A, SIGNED_C };
	struct error err;
	for (size_t i = 0; i < COUNT(headers); i++) {
		struct signed_message id = message_a, time = message_a, body = with_body("{\"test\": 2432232315}", 20),
		                      shorter = with_body(message_a.body, 19), empty = with_body(NULL, 0);
		id.id = "msg_p5jXN8AQM9LWM0D4loKWxJel";
		time.timestamp = "1614265331";
		assert_int_equal(verify(&id, headers[i], TIME_A, &err), -1);
		assert_int_equal(verify(&time, headers[i], TIME_A, &err), -1);
		assert_int_equal(verify(&body, headers[i], TIME_A, &err), -1);
		assert_int_equal(verify(&shorter, headers[i], TIME_A, &err), -1);
		assert_int_equal(verify(&empty, headers[i], TIME_A, &err), -1);
	}
}

static void five_minutes_are_tolerated_both_ways(void **state)
{
	(void)state;
	struct error err;
	assert_int_equal(verify(&message_a, SIGNED_A, TIME_A + 300, &err), 0);
	assert_int_equal(verify(&message_a, SIGNED_A, TIME_A - 300, &err), 0);
	assert_int_equal(verify(&message_a, SIGNED_A, TIME_A + 301, &err), -1);
	assert_non_null(strstr(err.text, "more than 300 seconds"));
	assert_int_equal(verify(&message_a, SIGNED_A, TIME_A - 301, &err), -1);
}

static void a_head_that_is_missing_or_malformed_is_named(void **state)
{
	(void)state;
	static char long_id[130];
	memset(long_id, 'a', 129);
	const char *const ids[] = { NULL, "", "a.b", "a b", "a\n", "é", long_id };
	const char *const timestamps[] = { NULL, "", "hello", "161426533.0", "-161426533", "+1614265330", "0",
		"01614265330", " 1614265330", "1614265330 ", "1614265330000", "0x60379d32" };
	struct error err;
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct signed_message message = message_a;
		message.id = ids[i];
		assert_int_equal(verify(&message, SIGNED_A, TIME_A, &err), -1);
		assert_non_null(strstr(err.text, "webhook-id"));
	}
	for (size_t i = 0; i < COUNT(timestamps); i++) {
		struct signed_message message = message_a;
		message.timestamp = timestamps[i];
		assert_int_equal(verify(&message, SIGNED_A, TIME_A, &err), -1);
		assert_non_null(strstr(err.text, "webhook-timestamp is missing or malformed"));
	}
	assert_int_equal(verify(&message_a, NULL, TIME_A, &err), -1);
	assert_non_null(strstr(err.text, "webhook-signature is missing"));
	assert_int_equal(verify(&message_a, "", TIME_A, &err), -1);
}

static void at_most_sixteen_signatures_are_checked(void **state)
{
	(void)state;
	char header[4096] = "";
	for (int i = 0; i < 15; i++)
		strcat(header, i % 2 ? "junk " : "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= ");
	size_t fifteen = strlen(header);
	strcpy(header + fifteen, SIGNED_A);
	assert_int_equal(verify_header(header), 0);
	strcpy(header + fifteen, "junk " SIGNED_A);
	assert_int_equal(verify_header(header), -1);
}

static void without_keys_nothing_matches(void **state)
{
	(void)state;
	size_t which = 99;
	enum signature_version version;
	assert_false(signature_verify(&message_a, SIGNED_A, TIME_A, NULL, 0, &which, &version, NULL));
	assert_int_equal(which, 99);
}

static void a_private_key_verifies_what_it_signed(void **state)
{
	(void)state;
	struct signing_key *key = signing_key_generate(SIGNING_KEY_PRIVATE, NULL);
	struct signing_key *keys[] = { parse(KEY_B), key };
	char signature[SIGNATURE_TEXT_BYTES];
	size_t which = 99;
	enum signature_version version;
	assert_true(signature_make(key, &message_a, signature, NULL));
	assert_true(signature_verify(&message_a, signature, TIME_A, keys, 2, &which, &version, NULL));
	assert_int_equal(which, 1);
	assert_int_equal(version, SIGNATURE_V1A);
	signing_key_destroy(keys[0]);
	signing_key_destroy(key);
}

static void the_number_of_verifications_is_bounded(void **state)
{
	static const char token[] =
	    "v1a,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA== ";
	char header[20 * sizeof(token)] = "";

	(void)state;
	for (int i = 0; i < 20; i++)
		strcat(header, token);
	assert_int_equal(signature_cost("", 1), 1);
	assert_int_equal(signature_cost("nonsense v2,x", 7), 1);
	assert_int_equal(signature_cost(header, 0), 1);
	assert_int_equal(signature_cost(header, 1), SIGNATURE_TOKENS_MAX);
	assert_int_equal(signature_cost(header, 4), SIGNATURE_VERIFICATIONS_MAX);
	assert_int_equal(signature_cost(header, 20), 60);
	assert_int_equal(signature_cost(header, 1000), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_reads_as_it_is_written),
		cmocka_unit_test(an_invalid_key_is_refused_without_repeating_it),
		cmocka_unit_test(a_generated_key_is_new_and_complete),
		cmocka_unit_test(the_published_vectors_hold),
		cmocka_unit_test(bodies_of_any_bytes_are_signed),
		cmocka_unit_test(the_longest_hmac_key_is_used_whole),
		cmocka_unit_test(a_message_that_cannot_be_sent_is_not_signed),
		cmocka_unit_test(a_valid_signature_matches_its_key),
		cmocka_unit_test(one_valid_signature_among_several_is_enough),
		cmocka_unit_test(a_signature_of_another_message_is_denied),
		cmocka_unit_test(any_changed_byte_is_noticed),
		cmocka_unit_test(five_minutes_are_tolerated_both_ways),
		cmocka_unit_test(a_head_that_is_missing_or_malformed_is_named),
		cmocka_unit_test(at_most_sixteen_signatures_are_checked),
		cmocka_unit_test(without_keys_nothing_matches),
		cmocka_unit_test(a_private_key_verifies_what_it_signed),
		cmocka_unit_test(the_number_of_verifications_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
