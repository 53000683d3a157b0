/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_record.h"
#include "common/json.h"
#include "common/memory.h"
#include "pokerd/run/run_folder.h"
#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define RUN_ID "20120510T022253.007Z-7f3a91"

static int close_runs(void **state)
{
	run_folder_remove(scratch_folder, RUN_ID);
	return scratch_close(state);
}

static struct run_record example(void)
{
	struct run_record record = {
		.id = memory_text(RUN_ID),
		.rule = memory_text("/"),
		.dropped = 3,
		.result = RUN_TIME_LIMIT,
		.queued_ms = 1336616573000,
		.started_ms = 1336616575000,
		.ended_ms = 1336616579000,
		.duration_ms = 4000,
		.exit_status = -1,
		.signal = 2,
		.reason = memory_text("because"),
		.output_bytes = 1LL << 40,
		.truncated = true,
		.tail = memory_text("\xc3\xa9\n"),
		.report = { true, 3, 17, memory_text("it failed") },
		.report_error = memory_text("too large"),
	};

	run_pokes_append(&record.pokes, "msg_1", "e-1");
	run_pokes_describe_last(&record.pokes, "update of /hosts/web1 (status up)");
	run_pokes_append(&record.pokes, "msg_2", "");
	return record;
}

static void a_written_record_is_read(void **state)
{
	struct run_record record = example(), found;
	struct error err;

	(void)state;
	assert_true(run_folder_create(scratch_folder, RUN_ID, &err));
	assert_true(run_record_write(scratch_folder, &record, &err));
	assert_true(run_record_read(scratch_folder, RUN_ID, &found, &err));
	assert_string_equal(found.id, RUN_ID);
	assert_string_equal(found.rule, "/");
	assert_int_equal(found.pokes.count, 2);
	assert_string_equal(found.pokes.list[1].id, "msg_2");
	assert_string_equal(found.pokes.list[0].event, "e-1");
	assert_string_equal(found.pokes.list[0].about, "update of /hosts/web1 (status up)");
	assert_null(found.pokes.list[1].about);
	assert_int_equal(found.dropped, 3);
	assert_int_equal(found.result, RUN_TIME_LIMIT);
	assert_int_equal(found.queued_ms, record.queued_ms);
	assert_int_equal(found.started_ms, record.started_ms);
	assert_int_equal(found.ended_ms, record.ended_ms);
	assert_int_equal(found.duration_ms, 4000);
	assert_int_equal(found.exit_status, -1);
	assert_int_equal(found.signal, 2);
	assert_string_equal(found.reason, "because");
	assert_true(found.output_bytes == record.output_bytes);
	assert_true(found.truncated);
	assert_string_equal(found.tail, "\xc3\xa9\n");
	assert_true(found.report.is_given);
	assert_int_equal(found.report.updated, 3);
	assert_int_equal(found.report.total, 17);
	assert_string_equal(found.report.exception, "it failed");
	assert_string_equal(found.report_error, "too large");
	run_record_finish(&found);
	run_record_finish(&record);
}

static void unknown_values_stay_unknown(void **state)
{
	struct run_record record = { .id = memory_text(RUN_ID), .exit_status = -1 }, found;
	json_t *json = run_record_json(&record);

	(void)state;
	assert_true(run_record_from_json(json, &found, NULL));
	assert_null(found.rule);
	assert_null(found.reason);
	assert_null(found.tail);
	assert_false(found.report.is_given);
	assert_int_equal(found.result, RUN_RUNNING);
	json_decref(json);
	run_record_finish(&found);
	run_record_finish(&record);
}

static void a_record_that_does_not_say_what_its_pokes_were_about_is_read(void **state)
{
	struct run_record record = example(), found;
	json_t *json = run_record_json(&record), *poke;
	size_t i;

	(void)state;
	json_array_foreach (json_object_get(json, "pokes"), i, poke) {
		json_object_del(poke, "about");
	}
	assert_true(run_record_from_json(json, &found, NULL));
	assert_int_equal(found.pokes.count, 2);
	assert_null(found.pokes.list[0].about);
	json_decref(json);
	run_record_finish(&found);
	run_record_finish(&record);
}

static void a_rule_that_is_not_utf8_is_shown_as_well_as_can_be(void **state)
{
	struct run_record record = { .id = memory_text(RUN_ID), .rule = memory_text("/caf\xe9") };
	json_t *json = run_record_json(&record);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(json, "rule")), "/caf\xef\xbf\xbd");
	json_decref(json);
	run_record_finish(&record);
}

static void every_member_is_needed_that_the_first_version_wrote(void **state)
{
	struct run_record record = example(), found;
	json_t *whole = run_record_json(&record), *value;
	const char *name;
	struct error err;

	(void)state;
	json_object_foreach (whole, name, value) {
		json_t *part = json_copy(whole);
		json_object_del(part, name);
		bool is_read = run_record_from_json(part, &found, &err);
		json_decref(part);
		assert_int_equal(is_read,
		    !strcmp(name, "attempt_of") || !strcmp(name, "report") || !strcmp(name, "report_error"));
		if (is_read)
			run_record_finish(&found);
		else
			assert_int_equal(err.kind, ERROR_INVALID);
	}
	json_decref(whole);
	run_record_finish(&record);
}

static void members_with_invalid_values_are_refused(void **state)
{
	static const char *const wrong[] = { "{\"result\":\"asleep\"}", "{\"pokes\":[7]}", "{\"run\":null}",
		"{\"exit\":\"0\"}" };
	struct run_record record = example(), found;
	json_t *whole = run_record_json(&record);

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		json_t *part = json_copy(whole), *change;
		assert_true(json_decode(wrong[i], strlen(wrong[i]), &change, NULL));
		json_object_update(part, change);
		assert_false(run_record_from_json(part, &found, NULL));
		json_decref(change);
		json_decref(part);
	}
	json_decref(whole);
	run_record_finish(&record);
}

static void a_run_without_a_record_is_not_found(void **state)
{
	struct run_record found;
	struct error err;

	(void)state;
	assert_false(run_record_read(scratch_folder, "20990510T022253.007Z-7f3a91", &found, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

/* One poke of that event, in a run that may repeat another. */
static void write_run(const char *id, const char *event, const char *attempt_of)
{
	struct run_record record = { .id = (char *)id, .attempt_of = (char *)attempt_of };
	struct error err;

	if (event)
		run_pokes_append(&record.pokes, "id", event);
	assert_true(run_folder_create(scratch_folder, id, &err) && run_record_write(scratch_folder, &record, &err));
	run_pokes_finish(&record.pokes);
}

static void a_run_has_the_causes_of_all_runs_that_it_repeats(void **state)
{
	static const char first[] = "20120510T022253.007Z-000001", second[] = "20120510T022253.007Z-000002";
	struct run_pokes pokes = { 0 };

	(void)state;
	write_run(first, "e-1", "20120510T022253.007Z-7f3a91"); /* which is not remembered any more */
	write_run(second, NULL, first);
	run_pokes_append(&pokes, "id", "e-2");
	char *causes = run_record_causes(scratch_folder, &pokes, second);
	assert_string_equal(causes, "e-1, e-2");
	free(causes);
	write_run(first, "e-1", second); /* a circle ends too */
	causes = run_record_causes(scratch_folder, &pokes, second);
	assert_string_equal(causes, "e-1, e-2");
	free(causes);
	run_pokes_finish(&pokes);
	run_folder_remove(scratch_folder, first);
	run_folder_remove(scratch_folder, second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_written_record_is_read),
		cmocka_unit_test(unknown_values_stay_unknown),
		cmocka_unit_test(a_record_that_does_not_say_what_its_pokes_were_about_is_read),
		cmocka_unit_test(a_rule_that_is_not_utf8_is_shown_as_well_as_can_be),
		cmocka_unit_test(every_member_is_needed_that_the_first_version_wrote),
		cmocka_unit_test(members_with_invalid_values_are_refused),
		cmocka_unit_test(a_run_without_a_record_is_not_found),
		cmocka_unit_test(a_run_has_the_causes_of_all_runs_that_it_repeats),
	};

	return cmocka_run_group_tests(tests, scratch_open, close_runs);
}
