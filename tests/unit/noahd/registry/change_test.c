/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/change.h"

#include "common/memory.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 4, ROUNDS = 20000 };

static void actions_have_the_names_of_the_protocol(void **state)
{
	(void)state;
	assert_string_equal(change_action_name(CHANGE_CREATE), "create");
	assert_string_equal(change_action_name(CHANGE_UPDATE), "update");
	assert_string_equal(change_action_name(CHANGE_DELETE), "delete");
}

static struct change *filled_change(void)
{
	struct change *change = change_create();

	change->pubcategory = memory_text("//noah/hosts/h");
	change->aliases = memory_text("");
	change->causes = memory_text("");
	change->body = memory_text("{}");
	change->body_size = 2;
	change->record.path = memory_text("/hosts/h");
	return change;
}

static void *hold_and_release(void *context)
{
	for (int i = 0; i < ROUNDS; i++)
		change_release(change_reference(context));
	change_release(context);
	return NULL;
}

/* Under the sanitizers this fails when a count is lost. */
static void a_change_lives_until_its_last_holder_lets_go(void **state)
{
	struct change *change = filled_change();
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hold_and_release, change_reference(change)), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(change->references, 1);
	assert_string_equal(change->body, "{}");
	change_release(change);
	change_release(NULL);
}

static void a_list_holds_its_changes_and_lets_them_go(void **state)
{
	struct change_list list = { 0 };
	struct change *change = filled_change();

	(void)state;
	for (int i = 0; i < 100; i++)
		change_list_append(&list, change_reference(change));
	assert_int_equal(list.count, 100);
	assert_int_equal(change->references, 101);
	change_list_finish(&list);
	assert_int_equal(change->references, 1);
	assert_null(list.changes);
	assert_int_equal(list.count, 0);
	change_release(change);
}

static void a_changes_bytes_grow_with_what_it_holds(void **state)
{
	struct change *change = filled_change();
	size_t bytes = change_bytes(change);

	(void)state;
	assert_true(bytes > sizeof(*change));
	change->record.value = memory_copy("12345", 5);
	change->record.value_size = 5;
	assert_int_equal(change_bytes(change), bytes + 5);
	change_release(change);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions_have_the_names_of_the_protocol),
		cmocka_unit_test(a_change_lives_until_its_last_holder_lets_go),
		cmocka_unit_test(a_list_holds_its_changes_and_lets_them_go),
		cmocka_unit_test(a_changes_bytes_grow_with_what_it_holds),
	};

	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
