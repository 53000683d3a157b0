/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "noahd/http/conditions.h"

#define EPOCH "0123456789abcdef"
#define NOTHING NULL

static const char *etag(uint64_t revision, const char *representation)
{
	static char text[ETAG_BYTES];
	etag_write(EPOCH, revision, representation, text);
	return text;
}

static void an_entity_tag_contains_epoch_revision_and_representation(void **state)
{
	char other[ETAG_BYTES];

	(void)state;
	assert_string_equal(etag(7, ""), "\"01234567-7\"");
	assert_string_equal(etag(7, "body"), "\"01234567-7-body\"");
	etag_write("fedcba9876543210", 7, "", other);
	assert_string_not_equal(etag(7, ""), other);
	etag_write(EPOCH, UINT64_MAX, "of sixteen bytes", other);
	assert_string_equal(other, "\"01234567-18446744073709551615-of sixteen bytes\"");
}

static void if_match_holds_for_its_tags(void **state)
{
	static const struct {
		const char *if_match;
		bool for_seven, for_nothing;
	} rows[] = {
		{ NULL, true, true },
		{ "*", true, false },
		{ "\"01234567-7\"", true, false },
		{ "\"01234567-7-body\"", true, false }, /* who writes need not ask for the form that he has read */
		{ "\"01234567-77\"", false, false },
		{ "\"01234567-6\"", false, false },
		{ "W/\"01234567-7\"", false, false }, /* strong comparison: RFC 9110, 13.1.1 */
		{ "\"x\", \"01234567-7\"", true, false },
		{ " ,\"x\"\t,, \"01234567-7\" ,", true, false },
		{ "\"\"", false, false },
		{ "\"other-7\"", false, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct conditions conditions = { .if_match = rows[i].if_match };
		assert_true(conditions_check(&conditions, NULL));
		assert_int_equal(conditions_match(&conditions, etag(7, "")), rows[i].for_seven);
		assert_int_equal(conditions_match(&conditions, NOTHING), rows[i].for_nothing);
	}
}

static void if_none_match_holds_for_all_other_tags(void **state)
{
	static const struct {
		const char *if_none_match;
		bool for_seven;
	} rows[] = {
		{ NULL, true },
		{ "*", false },
		{ "\"01234567-7\"", false },
		{ "W/\"01234567-7\"", false }, /* weak comparison: RFC 9110, 13.1.2 */
		{ "\"a\",W/\"01234567-7\"", false },
		{ "\"01234567-7-body\"", true }, /* another form is another answer */
		{ "\"01234567-8\"", true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct conditions conditions = { .if_none_match = rows[i].if_none_match };
		assert_true(conditions_check(&conditions, NULL));
		assert_int_equal(conditions_none_match(&conditions, etag(7, "")), rows[i].for_seven);
		assert_true(conditions_none_match(&conditions, NOTHING));
	}
}

static void a_failed_precondition_has_a_reason(void **state)
{
	const struct conditions changed = { .if_match = "\"01234567-6\"" }, create = { .if_none_match = "*" };
	struct error err;

	(void)state;
	assert_false(conditions_hold(&changed, etag(7, ""), &err));
	assert_int_equal(err.kind, ERROR_CONDITION);
	assert_string_equal(err.text, "Precondition failed (If-Match): the object has changed");
	assert_false(conditions_hold(&changed, NOTHING, &err));
	assert_string_equal(err.text, "Precondition failed (If-Match): the object does not exist");
	assert_false(conditions_hold(&create, etag(7, ""), &err));
	assert_string_equal(err.text, "Precondition failed (If-None-Match): the object exists");
	assert_true(conditions_hold(&create, NOTHING, &err));
}

static void an_invalid_list_of_tags_is_refused(void **state)
{
	static const char *const wrong[] = { "", " ", ",", "abc", "\"abc", "abc\"", "\"a\" \"b\"", "\"a\"b", "w/\"a\"",
		"W/a", "*, \"a\"", "\"a\", *", "**", "\"a b\"", "\"a\"x, \"b\"", "\"\x7f\"", "'a'" };
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const struct conditions match = { .if_match = wrong[i] }, none_match = { .if_none_match = wrong[i] };
		struct error err;
		assert_false(conditions_check(&match, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_false(conditions_check(&none_match, &err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entity_tag_contains_epoch_revision_and_representation),
		cmocka_unit_test(if_match_holds_for_its_tags),
		cmocka_unit_test(if_none_match_holds_for_all_other_tags),
		cmocka_unit_test(a_failed_precondition_has_a_reason),
		cmocka_unit_test(an_invalid_list_of_tags_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
