/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/path_index.h"

#include "common/memory.h"
#include "noahd/registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct registry_entry *make_entry(unsigned number)
{
	char path[32];
	int size = snprintf(path, sizeof(path), "/ephemerals/%u", number) + 1;
	struct registry_entry *entry = memory_zeroed(1, sizeof(*entry) + (size_t)size);

	memcpy(entry->path, path, (size_t)size);
	return entry;
}

/* Each of the entries, and nothing at the paths of those that are NULL. */
static void assert_holds(const struct path_index *index, struct registry_entry *const *entries, unsigned count)
{
	char path[32];
	size_t held = 0;

	for (unsigned i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/ephemerals/%u", i);
		assert_ptr_equal(path_index_find(index, path), entries[i]);
		held += entries[i] != NULL;
	}
	assert_int_equal(index->count, held);
}

static void change(struct path_index *index, struct registry_entry **entry, unsigned number)
{
	if (*entry) {
		path_index_remove(index, *entry);
		free(*entry);
		*entry = NULL;
	} else {
		*entry = make_entry(number);
		path_index_add(index, *entry);
	}
}

static void an_empty_one_finds_nothing(void **state)
{
	struct path_index index = { .slots = NULL };

	(void)state;
	assert_null(path_index_find(&index, "/hosts/web1"));
	path_index_finish(&index);
}

/* Near the load at which a table of 64 grows, runs of taken slots are long, and some go around its end. */
static void what_comes_and_goes_is_found_while_it_is_there(void **state)
{
	enum { PATHS = 60, STEPS = 3000 };
	struct registry_entry *entries[PATHS] = { NULL };
	struct path_index index = { .slots = NULL };
	unsigned number = 1;

	(void)state;
	for (unsigned step = 0; step < STEPS; step++) {
		number = (number * 1103515245 + 12345) & 0x7fffffff;
		unsigned i = (number >> 8) % PATHS;
		if (entries[i] || index.count < 47)
			change(&index, &entries[i], i);
		assert_holds(&index, entries, PATHS);
	}
	assert_int_equal(index.size, 64);
	for (unsigned i = 0; i < PATHS; i++)
		if (entries[i])
			change(&index, &entries[i], i);
	assert_holds(&index, entries, PATHS);
	path_index_finish(&index);
}

static void it_grows_and_keeps_all(void **state)
{
	enum { PATHS = 5000 };
	static struct registry_entry *entries[PATHS];
	struct path_index index = { .slots = NULL };

	(void)state;
	for (unsigned i = 0; i < PATHS; i++) {
		change(&index, &entries[i], i);
		assert_true(index.count * 4 <= index.size * 3);
	}
	assert_holds(&index, entries, PATHS);
	assert_true(index.count * 4 >= index.size);
	for (unsigned i = 0; i < PATHS; i += 2)
		change(&index, &entries[i], i);
	assert_holds(&index, entries, PATHS);
	for (unsigned i = 1; i < PATHS; i += 2)
		change(&index, &entries[i], i);
	path_index_finish(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_one_finds_nothing),
		cmocka_unit_test(what_comes_and_goes_is_found_while_it_is_there),
		cmocka_unit_test(it_grows_and_keeps_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
