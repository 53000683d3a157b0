/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "noahd/import_check.h"

#include <stdio.h>
#include <string.h>

/* The last digits of its id, and its revision, are the number. */
static struct record record_of(enum object_kind kind, const char *path, unsigned number)
{
	struct record record = { .kind = kind, .path = (char *)path, .created_revision = 1, .revision = number };

	snprintf(record.id, sizeof(record.id), "8e7a1b3c-0000-4000-8000-%012x", number);
	return record;
}

static struct record service_of(const char *path, unsigned number)
{
	struct record record = record_of(OBJECT_SERVICE, path, number);

	record.value = (void *)"up";
	record.value_size = 2;
	record.has_value = true;
	return record;
}

/* In lines 2 and following. NULL: they fit together; else "line: reason". */
static const char *check_all(const struct record *records, size_t count)
{
	static char answer[600];
	struct import_check *check = import_check_create();
	struct error err;
	size_t line = 0;

	for (size_t i = 0; i < count; i++)
		import_check_add(check, &records[i], i + 2);
	bool is_good = import_check_all(check, &line, &err);
	import_check_destroy(check);
	if (is_good)
		return NULL;
	assert_int_equal(err.kind, ERROR_INVALID);
	snprintf(answer, sizeof(answer), "%zu: %s", line, err.text);
	return answer;
}

static void objects_fit_together_in_any_order(void **state)
{
	struct record records[] = { service_of("/services/http/web1", 5), record_of(OBJECT_HOST, "/hosts/web1", 4),
		record_of(OBJECT_LINK, "/l", 3), record_of(OBJECT_TAG, "/tags/t", 2),
		record_of(OBJECT_EPHEMERAL, "/ephemerals/a", 6) };

	(void)state;
	records[4].tags = (char *)"t\n";
	records[4].links = (char *)"/l\n";
	assert_null(check_all(records, 5));
	assert_null(check_all(records, 0));
}

static void an_id_and_a_revision_are_one_object_s(void **state)
{
	struct record records[] = { record_of(OBJECT_HOST, "/hosts/a", 7), record_of(OBJECT_HOST, "/hosts/b", 9),
		record_of(OBJECT_HOST, "/hosts/c", 8) };

	(void)state;
	records[2].revision = 7;
	assert_string_equal(check_all(records, 3), "4: the object has the revision of line 2, but it must be unique");
	memcpy(records[1].id, records[2].id, sizeof(records[1].id));
	assert_string_equal(check_all(records, 3), "4: the object has the id of line 3, but it must be unique");
}

static void what_is_missing_is_named_with_the_first_line_that_needs_it(void **state)
{
	struct record records[] = { record_of(OBJECT_EPHEMERAL, "/ephemerals/a", 2), service_of("/services/http/web1", 3),
		service_of("/services/smtp/web1", 4) };

	(void)state;
	assert_string_equal(check_all(records, 3), "3: the object needs /hosts/web1, which is not in this file");
	records[0].links = (char *)"/l\n";
	assert_string_equal(check_all(records, 3), "2: the object needs /l, which is not in this file");
}

static void an_application_needs_its_configurations(void **state)
{
	struct record records[] = { record_of(OBJECT_APPLICATION, "/applications/shop", 2),
		record_of(OBJECT_CONFIGURATION, "/configurations/db", 3) };

	(void)state;
	records[0].value = (void *)"db\nweb\n";
	records[0].value_size = 7;
	records[0].has_value = true;
	assert_string_equal(check_all(records, 2), "2: the object needs /configurations/web, which is not in this file");
	records[0].value = (void *)"db\n";
	records[0].value_size = 3;
	assert_null(check_all(records, 2));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_fit_together_in_any_order),
		cmocka_unit_test(an_id_and_a_revision_are_one_object_s),
		cmocka_unit_test(what_is_missing_is_named_with_the_first_line_that_needs_it),
		cmocka_unit_test(an_application_needs_its_configurations),
	};

	return cmocka_run_group_tests_name("import_check", tests, NULL, NULL);
}
