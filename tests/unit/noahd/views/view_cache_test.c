/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "noahd/registry/ephemeral.h"
#include "noahd/registry/plan.h"
#include "noahd/views/view_cache.h"

enum { ROOM = 5000 }; /* for two or three answers, each of which takes some memory of its own */

static struct registry *registry;
static struct view_cache *cache;

static int up(void **state)
{
	(void)state;
	registry = registry_create();
	cache = view_cache_create(registry, ROOM);
	return 0;
}

static int down(void **state)
{
	(void)state;
	view_cache_destroy(cache);
	registry_destroy(registry);
	return 0;
}

/* The entry of an ephemeral that was just written. */
static struct registry_entry *written(const char *name)
{
	struct plan *plan = plan_create(registry, 0);
	enum change_action action;

	plan_write(plan, NULL);
	struct registry_entry *entry = ephemeral_put(plan, name, NULL, 0, &action);
	plan_apply(plan);
	return entry;
}

static struct http_response *keep(struct registry_entry *entry, uint64_t revision)
{
	struct http_response *response = http_response_create("text", 4, NULL);

	http_response_header(response, "Noah-Revision", "1");
	view_cache_put(cache, entry, response, 4, revision);
	return response;
}

static void an_answer_is_kept_and_says_the_revision_of_today(void **state)
{
	struct registry_entry *entry = written("/a");

	(void)state;
	assert_null(view_cache_get(cache, entry, 1));
	struct http_response *response = keep(entry, 1);
	assert_ptr_equal(view_cache_get(cache, entry, 1), response);
	assert_ptr_equal(view_cache_get(cache, entry, 7), response);
	assert_string_equal(http_response_find_header(response, "Noah-Revision"), "7");
}

static void a_change_makes_it_forget(void **state)
{
	struct registry_entry *entry = written("/a"), *other = written("/b");

	(void)state;
	(void)keep(entry, 2);
	(void)keep(other, 2);
	assert_ptr_equal(written("/a"), entry);
	assert_null(view_cache_get(cache, entry, 3));
	assert_non_null(view_cache_get(cache, other, 3));
}

static void it_has_a_bound_and_the_least_lately_read_goes_first(void **state)
{
	enum { MANY = 200 };
	struct registry_entry *read = written("/read"), *entries[MANY];
	size_t kept = 0;

	(void)state;
	(void)keep(read, 1);
	for (int i = 0; i < MANY; i++) {
		const char name[] = { '/', (char)('a' + i % 26), (char)('a' + i / 26), '\0' };
		entries[i] = written(name);
		(void)keep(entries[i], 1);
		assert_non_null(view_cache_get(cache, read, 1));
	}
	for (int i = 0; i < MANY; i++)
		kept += view_cache_get(cache, entries[i], 1) != NULL;
	assert_in_range(kept, 1, ROOM / 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_is_kept_and_says_the_revision_of_today, up, down),
		cmocka_unit_test_setup_teardown(a_change_makes_it_forget, up, down),
		cmocka_unit_test_setup_teardown(it_has_a_bound_and_the_least_lately_read_goes_first, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
