/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/memory.h"
#include "noahd/http/response.h"

static char epoch[] = "0123456789";
static struct registry *registry;
static struct history history;
static struct http_response *response;

static int up(void **state)
{
	(void)state;
	registry = registry_create();
	registry_set_revision(registry, 7);
	history = (struct history){ epoch, registry };
	return 0;
}

static int down(void **state)
{
	(void)state;
	if (response)
		http_response_release(response);
	response = NULL;
	registry_destroy(registry);
	return 0;
}

static void assert_header(const char *name, const char *value)
{
	const char *found = http_response_find_header(response, name);

	if (!value) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_string_equal(found, value);
}

static void an_answer_says_of_which_epoch_and_revision_it_is(void **state)
{
	(void)state;
	response = response_of_json(&history, json_object());
	assert_header("Noah-Epoch", "0123456789");
	assert_header("Noah-Revision", "7");
	assert_header("Content-Type", "application/json;charset=utf-8");
}

static void the_answer_to_a_write_is_of_the_revision_that_the_write_made(void **state)
{
	(void)state;
	response = response_of_text_at(&history, memory_text("{}"), 2, 5);
	assert_header("Noah-Revision", "5");
	response_set_revision(response, 18446744073709551615U);
	assert_header("Noah-Revision", "18446744073709551615");
}

static void a_browser_neither_guesses_nor_runs_what_a_client_has_stored(void **state)
{
	(void)state;
	response = response_of_foreign_bytes(&history, "<script>", 8, RESPONSE_BYTES);
	assert_header("Content-Type", "application/octet-stream");
	assert_header("X-Content-Type-Options", "nosniff");
	assert_header("Content-Security-Policy", "sandbox");
}

static void assert_refusal(enum error_kind kind, unsigned status, const char *retry_after, const char *authenticate)
{
	struct error err;

	error_set(&err, kind, "no");
	assert_int_equal(response_status(kind), status);
	response = response_of_refusal(&history, status, response_refusal_body(&err));
	assert_header("Retry-After", retry_after);
	assert_header("WWW-Authenticate", authenticate);
	http_response_release(response);
	response = NULL;
}

static void a_refusal_says_what_a_client_can_do_about_it(void **state)
{
	(void)state;
	assert_refusal(ERROR_UNAVAILABLE, 503, "1", NULL);
	assert_refusal(ERROR_UNAUTHENTICATED, 401, NULL, "Bearer");
	assert_refusal(ERROR_DENIED, 403, NULL, NULL);
	assert_refusal(ERROR_CONDITION, 412, NULL, NULL);
}

static void a_refusal_quotes_its_reason_as_json(void **state)
{
	struct error err;

	(void)state;
	error_set(&err, ERROR_INVALID, "\"a\" is no name");
	json_t *body = response_refusal_body(&err);
	assert_string_equal(json_string_value(json_object_get(body, "result")), "failure");
	assert_string_equal(json_string_value(json_object_get(body, "error_message")), "\"a\" is no name");
	json_decref(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_says_of_which_epoch_and_revision_it_is, up, down),
		cmocka_unit_test_setup_teardown(the_answer_to_a_write_is_of_the_revision_that_the_write_made, up, down),
		cmocka_unit_test_setup_teardown(a_browser_neither_guesses_nor_runs_what_a_client_has_stored, up, down),
		cmocka_unit_test_setup_teardown(a_refusal_says_what_a_client_can_do_about_it, up, down),
		cmocka_unit_test_setup_teardown(a_refusal_quotes_its_reason_as_json, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
