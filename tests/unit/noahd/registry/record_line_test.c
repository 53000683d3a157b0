/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json.h"
#include "noahd/registry/record_line.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define ID "8e7a1b3c-0000-4000-8000-000000000000"
#define BYTES(text) .value = (void *)(text), .value_size = sizeof(text) - 1, .has_value = true

/* Each with its line: this table is the format. */
static const struct {
	struct record record;
	const char *line;
} rows[] = {
	{ { OBJECT_HOST, (char *)"/hosts/web1", ID, 1, 2, 3, 4, BYTES("up"), .tags = (char *)"a\nb\n",
	      .links = (char *)"/l\n" },
	    "{\"kind\":\"host\",\"path\":\"/hosts/web1\",\"id\":\"" ID "\",\"created_ms\":1,\"updated_ms\":2,"
	    "\"created_revision\":3,\"revision\":4,\"tags\":[\"a\",\"b\"],\"links\":[\"/"
	    "l\"],\"lifetime_ms\":0,\"value\":\"up\"}" },
	{ { OBJECT_EPHEMERAL, (char *)"/ephemerals/caf\xc3\xa9/", ID, 1, 2, 3, 4, .lifetime_ms = 30000 },
	    "{\"kind\":\"ephemeral\",\"path\":\"/ephemerals/caf\xc3\xa9/\",\"id\":\"" ID
	    "\",\"created_ms\":1,\"updated_ms\":2,"
	    "\"created_revision\":3,\"revision\":4,\"tags\":[],\"links\":[],\"lifetime_ms\":30000,\"value\":null}" },
	{ { OBJECT_EPHEMERAL, (char *)"/ephemerals/a", ID, 1, 2, 3, 4, BYTES("") },
	    "{\"kind\":\"ephemeral\",\"path\":\"/ephemerals/a\",\"id\":\"" ID "\",\"created_ms\":1,\"updated_ms\":2,"
	    "\"created_revision\":3,\"revision\":4,\"tags\":[],\"links\":[],\"lifetime_ms\":0,\"value\":\"\"}" },
	{ { OBJECT_EPHEMERAL, (char *)"/ephemerals/a", ID, 1, 2, 3, 4, BYTES("a\0\"\\\n\x7f") },
	    "{\"kind\":\"ephemeral\",\"path\":\"/ephemerals/a\",\"id\":\"" ID "\",\"created_ms\":1,\"updated_ms\":2,"
	    "\"created_revision\":3,\"revision\":4,\"tags\":[],\"links\":[],\"lifetime_ms\":0,"
	    "\"value\":\"a\\u0000\\\"\\\\\\n\x7f\"}" },
	{ { OBJECT_EPHEMERAL, (char *)"/ephemerals/a", ID, 1, 2, 3, 4, BYTES("\xff\0") },
	    "{\"kind\":\"ephemeral\",\"path\":\"/ephemerals/a\",\"id\":\"" ID "\",\"created_ms\":1,\"updated_ms\":2,"
	    "\"created_revision\":3,\"revision\":4,\"tags\":[],\"links\":[],\"lifetime_ms\":0,\"value_base64\":\"/wA=\"}" },
};

static void a_record_is_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char *line = record_line(&rows[i].record);
		assert_string_equal(line, rows[i].line);
		free(line);
	}
}

static bool parse(const char *line, struct record *out, struct error *err)
{
	json_t *value;

	assert_true(json_decode(line, strlen(line), &value, NULL));
	bool is_parsed = record_line_parse(value, out, err);
	json_decref(value);
	return is_parsed;
}

static void a_line_becomes_the_record_that_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct record record;
		struct error err;
		if (!parse(rows[i].line, &record, &err))
			fail_msg("%s", err.text);
		assert_int_equal(record.has_value, rows[i].record.has_value);
		assert_int_equal(record.value_size, rows[i].record.value_size);
		char *line = record_line(&record);
		assert_string_equal(line, rows[i].line);
		free(line);
		record_finish(&record);
	}
}

/* The rest of what is wrong in a line is told by `noahd import`: tests/integration/noahd_commands_test.py. */
static void a_record_that_noahd_cannot_have_made_is_refused(void **state)
{
	char line[1024];
	struct record record;
	struct error err;

	(void)state;
	snprintf(line, sizeof(line), "%s", rows[0].line);
	memcpy(strstr(line, "/hosts/"), "/posts/", 7);
	assert_false(parse(line, &record, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.text, "host \"/posts/web1\": noahd cannot have made this object"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_its_line),
		cmocka_unit_test(a_line_becomes_the_record_that_it_was),
		cmocka_unit_test(a_record_that_noahd_cannot_have_made_is_refused),
	};

	return cmocka_run_group_tests_name("record_line", tests, NULL, NULL);
}
