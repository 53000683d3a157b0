/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/outbound/report_body.h"

#include "common/json.h"
#include "common/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct run_record example(void)
{
	struct run_record record = {
		.id = memory_text("20120510T022253.007Z-7f3a91"),
		.result = RUN_FAILED,
		.duration_ms = 4210,
		.exit_status = 1,
		.report = { true, 3, 17, NULL },
	};

	run_pokes_append(&record.pokes, "a", "e-1");
	run_pokes_append(&record.pokes, "b", "e-2");
	return record;
}

/* The body, which must fit and be JSON; the caller calls json_decref. */
static json_t *body_of(const struct run_record *record)
{
	char *text = report_body_text(record);
	struct error err;
	json_t *json;

	assert_true(strlen(text) <= REPORT_BODY_BYTES_MAX);
	if (!json_decode_object(text, strlen(text), &json, &err))
		fail_msg("%s: %s", text, err.text);
	free(text);
	return json;
}

static void a_body_says_how_the_run_ended_and_why_it_was(void **state)
{
	struct run_record record = example();

	(void)state;
	record.report.exception = memory_text("no \"space\"");
	char *text = report_body_text(&record);
	assert_string_equal(text, "{\"run\":\"20120510T022253.007Z-7f3a91\",\"result\":\"failed\",\"exit\":1,"
	                          "\"duration_ms\":4210,\"updated\":3,\"total\":17,\"causes_count\":2,"
	                          "\"causes\":[\"e-2\",\"e-1\"],\"exception\":\"no \\\"space\\\"\"}");
	free(text);
	run_record_finish(&record);
}

static void what_is_not_known_is_null(void **state)
{
	struct run_record record = { .id = memory_text("r"), .result = RUN_KILLED, .exit_status = -1, .signal = 9 };

	(void)state;
	char *text = report_body_text(&record);
	assert_string_equal(text, "{\"run\":\"r\",\"result\":\"killed\",\"exit\":null,\"duration_ms\":0,\"updated\":null,"
	                          "\"total\":null,\"causes_count\":0,\"causes\":[],\"exception\":null}");
	free(text);
	run_record_finish(&record);
}

static void of_many_causes_the_newest_four_are_named_each_once(void **state)
{
	struct run_record record = example();
	char event[16];

	(void)state;
	record.dropped = 5;
	for (int i = 3; i <= 9; i++) {
		snprintf(event, sizeof(event), "e-%d", i - i % 2);
		run_pokes_append(&record.pokes, "x", event);
	}
	run_pokes_append(&record.pokes, "y", "");
	json_t *body = body_of(&record);
	char *causes = json_render(json_object_get(body, "causes"), NULL);
	assert_string_equal(causes, "[\"e-8\",\"e-6\",\"e-4\",\"e-2\"]");
	assert_int_equal(json_integer_value(json_object_get(body, "causes_count")), 2 + 7 + 1 + 5);
	free(causes);
	json_decref(body);
	run_record_finish(&record);
}

/* Exceptions of each length up to two bodies, of characters of each width, beside causes of each length. */
static void a_body_always_fits_and_cuts_between_characters(void **state)
{
	static const char *const characters[] = { "x", "\"", "\n", "\x01", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };

	(void)state;
	for (size_t kind = 0; kind < sizeof(characters) / sizeof(*characters); kind++) {
		for (size_t count = 0; count < 600; count += 1 + count / 40) {
			struct run_record record = example();
			char event[RUN_POKES_EVENT_BYTES_MAX + 1] = "";
			record.duration_ms = INT64_MAX;
			record.report.updated = record.report.total = record.dropped = INT64_MAX / 2;
			record.result = RUN_NOT_STARTED;
			record.report.exception = memory_zeroed(1, count * strlen(characters[kind]) + 1);
			for (size_t i = 0; i < count; i++)
				memcpy(record.report.exception + i * strlen(characters[kind]), characters[kind],
				    strlen(characters[kind]));
			for (int i = 0; i < 5; i++) {
				memset(event, 'a' + i, count % RUN_POKES_EVENT_BYTES_MAX + 1);
				run_pokes_append(&record.pokes, "x", event);
			}
			json_t *body = body_of(&record);
			const char *shown = json_string_value(json_object_get(body, "exception"));
			size_t size = strlen(shown);
			if (strcmp(shown, record.report.exception) != 0) {
				assert_string_equal(shown + size - 3, "\xe2\x80\xa6");
				assert_memory_equal(shown, record.report.exception, size - 3);
				assert_int_equal((size - 3) % strlen(characters[kind]), 0);
				assert_true(size > 3);
			}
			json_decref(body);
			run_record_finish(&record);
		}
	}
}

static void an_exception_is_cut_no_shorter_than_needed(void **state)
{
	struct run_record record = example();

	(void)state;
	record.report.exception = memory_zeroed(1, 1001);
	memset(record.report.exception, 'x', 1000);
	char *text = report_body_text(&record);
	assert_int_equal(strlen(text), REPORT_BODY_BYTES_MAX);
	free(text);
	run_record_finish(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_says_how_the_run_ended_and_why_it_was),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(of_many_causes_the_newest_four_are_named_each_once),
		cmocka_unit_test(a_body_always_fits_and_cuts_between_characters),
		cmocka_unit_test(an_exception_is_cut_no_shorter_than_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
