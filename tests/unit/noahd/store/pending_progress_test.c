/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "common/memory.h"
#include "noahd/store/pending_progress.h"

static struct pending_progress *pending;

static int up(void **state)
{
	(void)state;
	pending = pending_progress_create();
	return 0;
}

static int down(void **state)
{
	(void)state;
	pending_progress_destroy(pending);
	return 0;
}

static struct delivery_progress *progress_at(uint64_t position)
{
	struct delivery_progress *progress = memory_zeroed(1, sizeof(*progress));

	progress->position = position;
	progress->needed = position - 1;
	return progress;
}

static void add_set(const char *path, uint64_t acknowledged)
{
	struct delivery_progress *progress = progress_at(acknowledged);

	progress->set = memory_zeroed(1, sizeof(*progress->set));
	progress->set[progress->set_count++] =
	    (struct watch_progress){ .path = memory_text(path), .acknowledged = acknowledged };
	pending_progress_add(pending, progress);
}

static void add_clear(const char *path)
{
	struct delivery_progress *progress = progress_at(1);

	progress->clear = memory_zeroed(1, sizeof(*progress->clear));
	progress->clear[progress->clear_count++] = memory_text(path);
	pending_progress_add(pending, progress);
}

static void add_dead(const char *path, uint64_t from)
{
	struct delivery_progress *progress = progress_at(1);

	progress->dead = memory_zeroed(1, sizeof(*progress->dead));
	progress->dead[progress->dead_count++] =
	    (struct dead_delivery){ .path = memory_text(path), .from = from, .to = from, .reason = memory_text("410") };
	pending_progress_add(pending, progress);
}

static void nothing_given_is_nothing_pending(void **state)
{
	(void)state;
	assert_null(pending_progress_view(pending));
}

static void the_newest_positions_count(void **state)
{
	(void)state;
	pending_progress_add(pending, progress_at(5));
	pending_progress_add(pending, progress_at(9));
	assert_int_equal(pending_progress_view(pending)->position, 9);
	assert_int_equal(pending_progress_view(pending)->needed, 8);
}

static void the_later_row_of_a_watch_replaces_the_earlier(void **state)
{
	(void)state;
	add_set("/watches/a", 1);
	add_set("/watches/b", 2);
	add_set("/watches/a", 3);
	const struct delivery_progress *view = pending_progress_view(pending);
	assert_int_equal(view->set_count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(view->set[i].acknowledged, view->set[i].path[9] == 'a' ? 3 : 2);
}

static void a_row_set_and_then_cleared_is_cleared(void **state)
{
	(void)state;
	add_set("/watches/a", 1);
	add_clear("/watches/a");
	const struct delivery_progress *view = pending_progress_view(pending);
	assert_int_equal(view->set_count, 0);
	assert_int_equal(view->clear_count, 1);
	assert_string_equal(view->clear[0], "/watches/a");
}

static void a_row_cleared_and_then_set_is_set(void **state)
{
	(void)state;
	add_clear("/watches/a");
	add_set("/watches/a", 1);
	const struct delivery_progress *view = pending_progress_view(pending);
	assert_int_equal(view->set_count, 1);
	assert_int_equal(view->clear_count, 0);
}

static void dead_rows_add_up_in_order(void **state)
{
	(void)state;
	add_dead("/watches/a", 4);
	add_dead("/watches/a", 7);
	const struct delivery_progress *view = pending_progress_view(pending);
	assert_int_equal(view->dead_count, 2);
	assert_int_equal(view->dead[0].from, 4);
	assert_int_equal(view->dead[1].from, 7);
}

static void what_was_viewed_stays_pending_until_it_is_cleared(void **state)
{
	(void)state;
	add_set("/watches/a", 1);
	add_dead("/watches/a", 4);
	(void)pending_progress_view(pending);
	assert_int_equal(pending_progress_view(pending)->set_count, 1);
	pending_progress_clear(pending);
	assert_null(pending_progress_view(pending));
	add_clear("/watches/b");
	assert_int_equal(pending_progress_view(pending)->set_count, 0);
	assert_int_equal(pending_progress_view(pending)->dead_count, 0);
	assert_int_equal(pending_progress_view(pending)->clear_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(nothing_given_is_nothing_pending),
		TEST(the_newest_positions_count),
		TEST(the_later_row_of_a_watch_replaces_the_earlier),
		TEST(a_row_set_and_then_cleared_is_cleared),
		TEST(a_row_cleared_and_then_set_is_set),
		TEST(dead_rows_add_up_in_order),
		TEST(what_was_viewed_stays_pending_until_it_is_cleared),
	};

	return cmocka_run_group_tests_name("pending_progress", tests, NULL, NULL);
}
