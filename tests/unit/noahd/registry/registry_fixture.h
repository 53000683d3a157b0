/* registry_fixture.h - a registry, a plan in it, and words to ask what the plan announces. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NOAHD_REGISTRY_REGISTRY_FIXTURE_H
#define TESTS_UNIT_NOAHD_REGISTRY_REGISTRY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

enum { PLANNED_AT_MS = 1336617773 };

static struct registry *registry;
static struct plan *plan;

static int registry_up(void **state)
{
	(void)state;
	registry = registry_create();
	plan = plan_create(registry, PLANNED_AT_MS * INT64_C(1000));
	plan_write(plan, NULL);
	return 0;
}

static inline void apply_plan(void)
{
	plan_apply(plan);
	plan = NULL;
}

static inline void discard_plan(void)
{
	plan_discard(plan);
	plan = NULL;
}

static int registry_down(void **state)
{
	(void)state;
	discard_plan();
	registry_destroy(registry);
	return 0;
}

/* The batch reaches the disk, and the next one begins. */
static inline void commit(void)
{
	apply_plan();
	plan = plan_create(registry, (PLANNED_AT_MS + 60) * INT64_C(1000));
	plan_write(plan, NULL);
}

static inline const struct change *planned(size_t i)
{
	assert_true(i < plan_changes(plan)->count);
	return plan_changes(plan)->changes[i];
}

/* "+ //noah/hosts/web1" for each change of the plan, in order, NULL at the end. */
static inline void assert_announced(const char *const *expected)
{
	size_t count = 0;

	for (; expected[count]; count++) {
		const struct change *change = planned(count);
		assert_int_equal(expected[count][0], " +~-"[change->action]);
		assert_string_equal(expected[count] + 2, change->pubcategory);
	}
	assert_int_equal(plan_changes(plan)->count, count);
}

/* One member of a planned change's body, as compact JSON; free() it. */
static inline char *body_member(size_t i, const char *key)
{
	json_t *body = json_loads(planned(i)->body, JSON_ALLOW_NUL, NULL);
	char *text = json_dumps(json_object_get(body, key), JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
	json_decref(body);
	return text;
}

static inline void assert_body_member(size_t i, const char *key, const char *expected)
{
	char *text = body_member(i, key);
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

#define REGISTRY_TEST(function) cmocka_unit_test_setup_teardown(function, registry_up, registry_down)

#endif
