/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/key_ring.h"

#include "common/memory.h"
#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PUBLIC "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
#define PRIVATE "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static bool add(struct key_ring *ring, const char *text, mode_t mode, struct error *err)
{
	const struct key_settings settings = { "fleet", (char *)scratch_write("keys", text, mode) };

	return key_ring_add_file(ring, &settings, err);
}

static void refuse(const char *text, const char *says)
{
	struct key_ring ring = { 0 };
	struct error err;

	assert_false(add(&ring, text, 0600, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.text, says));
	assert_int_equal(ring.count, 0);
	key_ring_finish(&ring);
}

static void each_line_is_a_key(void **state)
{
	struct key_ring ring = { 0 };
	struct error err;

	(void)state;
	assert_true(add(&ring, "# since spring\n" PUBLIC "\r\n\n  " SECRET "  \n", 0600, &err));
	assert_int_equal(ring.count, 2);
	assert_int_equal(signing_key_kind(ring.keys[0]), SIGNING_KEY_PUBLIC);
	assert_int_equal(signing_key_kind(ring.keys[1]), SIGNING_KEY_HMAC);
	assert_string_equal(ring.names[1], "fleet");
	key_ring_finish(&ring);
	assert_int_equal(ring.count, 0);
}

static void a_public_key_may_be_readable_by_all_and_a_secret_only_by_its_owner(void **state)
{
	struct key_ring ring = { 0 };
	struct error err;

	(void)state;
	assert_true(add(&ring, PUBLIC, 0644, &err));
	assert_false(add(&ring, SECRET, 0640, &err));
	assert_int_equal(err.kind, ERROR_DENIED);
	assert_non_null(strstr(err.text, "0640"));
	assert_false(add(&ring, PUBLIC "\n" SECRET, 0644, &err));
	assert_int_equal(ring.count, 1);
	key_ring_finish(&ring);
}

static void a_file_that_others_can_write_is_refused(void **state)
{
	struct key_ring ring = { 0 };
	struct error err;

	(void)state;
	assert_false(add(&ring, PUBLIC, 0664, &err));
	assert_int_equal(err.kind, ERROR_DENIED);
	assert_int_equal(ring.count, 0);
	key_ring_finish(&ring);
}

static void a_line_that_is_not_a_key_is_reported_without_repeating_it(void **state)
{
	static const char *const bad[] = { PUBLIC "\nwhsec_%%%%\n", PUBLIC "\n" PRIVATE "\n", PUBLIC "\nwhpk_AAAA\n" };
	struct key_ring ring = { 0 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(add(&ring, bad[i], 0600, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.text, "keys:2: "));
		assert_null(strstr(err.text, "%%%%"));
		assert_int_equal(ring.count, 0);
	}
	assert_false(add(&ring, "# nothing\n", 0600, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	key_ring_finish(&ring);
}

static void a_line_has_one_key_and_nothing_else(void **state)
{
	(void)state;
	refuse(PUBLIC "\n" PUBLIC " " SECRET "\n", "keys:2: allowed is one key per line");
	refuse(SECRET "\tformer", "keys:1: allowed is one key per line");
}

static void a_private_key_is_taken_where_pokes_are_signed_and_must_be_secret(void **state)
{
	struct key_ring ring = { .takes_private_keys = true };
	struct error err;

	(void)state;
	assert_true(add(&ring, PRIVATE "\n", 0600, &err));
	assert_int_equal(signing_key_kind(ring.keys[0]), SIGNING_KEY_PRIVATE);
	assert_false(add(&ring, PRIVATE "\n", 0644, &err));
	assert_int_equal(err.kind, ERROR_DENIED);
	assert_int_equal(ring.count, 1);
	key_ring_finish(&ring);
}

static void a_zero_byte_does_not_hide_what_follows(void **state)
{
	static const char *const parts[] = { PUBLIC, PUBLIC "\n", "# why\n" PUBLIC "\n" };
	const struct key_settings settings = { "fleet", (char *)scratch_path("keys") };
	struct key_ring ring = { 0 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		int fd = open(settings.file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		assert_true(write(fd, parts[i], strlen(parts[i]) + 1) > 0);
		assert_true(write(fd, PRIVATE, strlen(PRIVATE)) > 0);
		close(fd);
		assert_false(key_ring_add_file(&ring, &settings, &err));
		char *place = memory_format("keys:%zu: ", i + 1);
		assert_non_null(strstr(err.text, place));
		free(place);
	}
	assert_int_equal(ring.count, 0);
	key_ring_finish(&ring);
}

static void a_weak_public_key_is_refused(void **state)
{
	(void)state;
	refuse("whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "keys:1: this whpk_ key is weak");
	refuse("whpk_AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA=", "keys:1: this whpk_ key is weak");
	refuse(PUBLIC "\nwhpk_7P///////////////////////////////////////38=", "keys:2: this whpk_ key is weak");
	refuse("whpk_JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/AU=", "keys:1: this whpk_ key is weak");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_a_key),
		cmocka_unit_test(a_public_key_may_be_readable_by_all_and_a_secret_only_by_its_owner),
		cmocka_unit_test(a_file_that_others_can_write_is_refused),
		cmocka_unit_test(a_line_that_is_not_a_key_is_reported_without_repeating_it),
		cmocka_unit_test(a_line_has_one_key_and_nothing_else),
		cmocka_unit_test(a_zero_byte_does_not_hide_what_follows),
		cmocka_unit_test(a_weak_public_key_is_refused),
		cmocka_unit_test(a_private_key_is_taken_where_pokes_are_signed_and_must_be_secret),
	};

	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
