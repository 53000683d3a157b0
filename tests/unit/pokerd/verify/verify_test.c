/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pokerd/verify/verify_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BODY(endpoint) \
	"{\"location\":\"/hosts/web1\",\"action\":\"update\",\"event\":\"e-7\",\"endpoint\":" endpoint "}"

static void a_genuine_poke_has_the_change_and_the_signing_key(void **state)
{
	struct verify_fixture *fixture = *state;

	assert_int_equal(verify_fixture_sign_and_verify(fixture, fixture->pair, BODY("\"https://127.0.0.1:5679/\"")),
	    VERIFY_GENUINE);
	assert_string_equal(fixture->verified.key, "fleet");
	assert_string_equal(fixture->verified.location, "/hosts/web1");
	assert_string_equal(fixture->verified.action, "update");
	assert_string_equal(fixture->verified.event, "e-7");
	verified_poke_finish(&fixture->verified);
}

static void a_public_key_needs_an_endpoint_of_ours(void **state)
{
	struct verify_fixture *fixture = *state;

	assert_int_equal(verify_fixture_sign_and_verify(fixture, fixture->pair, BODY("\"https://127.0.0.2:5679/\"")),
	    VERIFY_NOT_ADDRESSED);
	assert_int_equal(verify_fixture_sign_and_verify(fixture, fixture->pair, BODY("null")), VERIFY_NOT_ADDRESSED);
	assert_int_equal(verify_fixture_sign_and_verify(fixture, fixture->pair,
	                     "{\"location\":\"/\",\"action\":\"update\"}"),
	    VERIFY_NOT_ADDRESSED);
}

static void a_secret_of_this_node_needs_no_endpoint(void **state)
{
	struct verify_fixture *fixture = *state;

	assert_int_equal(verify_fixture_sign_and_verify(fixture, fixture->hmac,
	                     "{\"location\":\"/hosts/web1\",\"action\":\"create\"}"),
	    VERIFY_GENUINE);
	assert_string_equal(fixture->verified.key, "own");
	assert_string_equal(fixture->verified.event, "");
	verified_poke_finish(&fixture->verified);
}

static void a_poke_that_was_signed_for_another_path_is_refused(void **state)
{
	struct verify_fixture *fixture = *state;
	const struct signing_key *const keys[] = { fixture->pair, fixture->hmac };

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(verify_fixture_sign_and_verify(fixture, keys[i], BODY("\"https://127.0.0.1:5679/chef\"")),
		    VERIFY_NOT_ADDRESSED);
		assert_non_null(strstr(fixture->err.text, "/chef"));
		message_set_text(&fixture->poke, MESSAGE_PATH, "/chef");
		assert_int_equal(verify_fixture_verify(fixture, VERIFY_FIXTURE_NOW_S), VERIFY_GENUINE);
		verified_poke_finish(&fixture->verified);
	}
}

static void a_changed_byte_an_old_time_or_a_missing_header_is_refused(void **state)
{
	struct verify_fixture *fixture = *state;
	const char *body = BODY("\"https://127.0.0.1:5679/\"");

	assert_int_equal(verify_fixture_sign_and_verify(fixture, fixture->pair, body), VERIFY_GENUINE);
	verified_poke_finish(&fixture->verified);
	assert_int_equal(verify_fixture_verify(fixture, VERIFY_FIXTURE_NOW_S + 301), VERIFY_UNSIGNED);
	assert_int_equal(verify_fixture_verify(fixture, VERIFY_FIXTURE_NOW_S - 301), VERIFY_UNSIGNED);
	for (enum message_part part = MESSAGE_ID; part <= MESSAGE_SIGNATURE; part++) {
		struct message_bytes kept = fixture->poke.parts[part];
		message_set_text(&fixture->poke, part, "");
		assert_int_equal(verify_fixture_verify(fixture, VERIFY_FIXTURE_NOW_S), VERIFY_UNSIGNED);
		fixture->poke.parts[part] = kept;
	}
	fixture->poke.parts[MESSAGE_BODY].size--;
	assert_int_equal(verify_fixture_verify(fixture, VERIFY_FIXTURE_NOW_S), VERIFY_UNSIGNED);
}

static void a_signed_body_that_is_not_from_a_watch_is_malformed(void **state)
{
	static const char *const bodies[] = { "", "[]", "{",
		"{\"location\":\"/a\",\"location\":\"/b\",\"action\":\"update\"}", "{\"action\":\"update\"}",
		"{\"location\":7,\"action\":\"update\"}", "{\"location\":\"/a\",\"action\":\"explode\"}",
		"{\"location\":\"/a\\u0000b\",\"action\":\"update\"}",
		"{\"location\":\"/a\",\"action\":\"update\",\"event\":{}}" };
	struct verify_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		if (verify_fixture_sign_and_verify(fixture, fixture->hmac, bodies[i]) != VERIFY_MALFORMED)
			fail_msg("%s should be malformed", bodies[i]);
}

static void a_write_is_a_change_unless_its_body_says_otherwise(void **state)
{
	static const struct {
		const char *body;
		bool is_change;
	} rows[] = {
		{ "{\"location\":\"/a\",\"action\":\"update\",\"changed\":true}", true },
		{ "{\"location\":\"/a\",\"action\":\"update\",\"changed\":false}", false },
		{ "{\"location\":\"/a\",\"action\":\"update\"}", true },
		{ "{\"location\":\"/a\",\"action\":\"update\",\"changed\":0}", true },
	};
	struct verify_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(verify_fixture_sign_and_verify(fixture, fixture->hmac, rows[i].body), VERIFY_GENUINE);
		if (fixture->verified.is_change != rows[i].is_change)
			fail_msg("%s: should be %d", rows[i].body, rows[i].is_change);
		verified_poke_finish(&fixture->verified);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_genuine_poke_has_the_change_and_the_signing_key),
		cmocka_unit_test(a_public_key_needs_an_endpoint_of_ours),
		cmocka_unit_test(a_secret_of_this_node_needs_no_endpoint),
		cmocka_unit_test(a_poke_that_was_signed_for_another_path_is_refused),
		cmocka_unit_test(a_changed_byte_an_old_time_or_a_missing_header_is_refused),
		cmocka_unit_test(a_signed_body_that_is_not_from_a_watch_is_malformed),
		cmocka_unit_test(a_write_is_a_change_unless_its_body_says_otherwise),
	};

	return cmocka_run_group_tests(tests, verify_fixture_set_up, verify_fixture_tear_down);
}
