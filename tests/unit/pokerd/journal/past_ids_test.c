/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/journal/past_ids.h"

#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

static size_t damaged;

static struct past_ids *open_ids(void)
{
	struct error err;
	struct past_ids *past = past_ids_open(scratch_path("ids"), &damaged, &err);

	if (!past)
		fail_msg("%s", err.text);
	return past;
}

static void reopen_ids(struct past_ids **past)
{
	past_ids_close(*past);
	*past = open_ids();
}

/* Those from "m_<from>" on, whose states take turns. */
static bool add(struct past_ids *past, int from, int count, int64_t newest_ms, struct error *err)
{
	struct past_id *list = calloc((size_t)count + 1, sizeof(*list));
	char id[16];

	for (int i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "m_%d", from + i);
		past_id_of(id, list[i].digest);
		list[i].state = (from + i) % 2 ? POKE_DONE : POKE_FAILED;
	}
	bool added = past_ids_add(past, list, (size_t)count, newest_ms, err);
	free(list);
	return added;
}

static void check_known(const struct past_ids *past, int from, int count, bool is_known)
{
	enum poke_state state;
	char id[16];

	for (int i = from; i < from + count; i++) {
		snprintf(id, sizeof(id), "m_%d", i);
		if (past_ids_find(past, id, &state) != is_known)
			fail_msg("%s is %sknown", id, is_known ? "un" : "");
		if (is_known)
			assert_int_equal(state, i % 2 ? POKE_DONE : POKE_FAILED);
	}
}

static void none_is_known_at_first(void **state)
{
	struct past_ids *past = open_ids();

	(void)state;
	check_known(past, 0, 10, false);
	assert_int_equal(past_ids_newest_ms(past), 0);
	past_ids_close(past);
}

static void all_that_were_added_are_known_with_their_states_after_a_restart_too(void **state)
{
	struct past_ids *past = open_ids();

	(void)state;
	assert_true(add(past, 0, 1, 10, NULL));
	assert_true(add(past, 1, 2, 20, NULL));
	assert_true(add(past, 3, 20000, 30, NULL));
	for (int i = 0; i < 2; i++) {
		check_known(past, 0, 20003, true);
		check_known(past, 20003, 1000, false);
		assert_int_equal(past_ids_newest_ms(past), 30);
		reopen_ids(&past);
	}
	past_ids_forget(past, 31, 0);
	past_ids_close(past);
}

static void a_file_is_forgotten_when_all_of_its_ids_are_old(void **state)
{
	struct past_ids *past = open_ids();

	(void)state;
	assert_true(add(past, 0, 5, 10, NULL));
	assert_true(add(past, 5, 5, 20, NULL));
	past_ids_forget(past, 10, 0);
	check_known(past, 0, 10, true);
	past_ids_forget(past, 11, 0);
	for (int i = 0; i < 2; i++) {
		check_known(past, 0, 5, false);
		check_known(past, 5, 5, true);
		reopen_ids(&past);
	}
	past_ids_forget(past, 21, 0);
	assert_int_equal(past_ids_files(past), 0);
	past_ids_close(past);
}

static void beyond_the_greatest_number_of_files_the_oldest_goes_but_none_that_is_young(void **state)
{
	struct past_ids *past = open_ids();

	(void)state;
	for (int i = 0; i < PAST_IDS_FILES_MAX + 3; i++)
		assert_true(add(past, i, 1, i, NULL));
	past_ids_forget(past, 0, 2);
	assert_int_equal(past_ids_files(past), PAST_IDS_FILES_MAX + 1);
	check_known(past, 0, 2, false);
	check_known(past, 2, PAST_IDS_FILES_MAX + 1, true);
	past_ids_forget(past, 0, 1000);
	assert_int_equal(past_ids_files(past), PAST_IDS_FILES_MAX);
	past_ids_forget(past, 1000, 0);
	past_ids_close(past);
}

static char *first_file(void)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/0000000001", scratch_path("ids"));
	return path;
}

static void a_file_that_is_damaged_or_cut_at_any_byte_is_put_aside_and_costs_no_other(void **state)
{
	struct stat status;
	char aside[600];

	(void)state;
	snprintf(aside, sizeof(aside), "%s.damaged", first_file());
	for (off_t at = 0, size = 1; at < size; at++) {
		for (int cut = 0; cut < 2; cut++) {
			struct past_ids *past = open_ids();
			assert_true(add(past, 0, 3, 10, NULL));
			assert_true(add(past, 3, 3, 20, NULL));
			assert_int_equal(stat(first_file(), &status), 0);
			size = status.st_size;
			int fd = open(first_file(), O_RDWR | O_CLOEXEC);
			char byte;
			assert_int_equal(pread(fd, &byte, 1, at), 1);
			byte ^= 1;
			if (cut)
				assert_int_equal(ftruncate(fd, at), 0);
			else
				assert_int_equal(pwrite(fd, &byte, 1, at), 1);
			close(fd);
			reopen_ids(&past);
			assert_int_equal(damaged, 1);
			assert_int_equal(unlink(aside), 0);
			check_known(past, 0, 3, false);
			check_known(past, 3, 3, true);
			past_ids_forget(past, 100, 0);
			past_ids_close(past);
		}
	}
}

static void without_space_nothing_is_added(void **state)
{
	struct rlimit none = { .rlim_cur = 1, .rlim_max = RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	struct past_ids *past = open_ids();
	struct error err;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	bool added = add(past, 0, 5, 10, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_false(added);
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	reopen_ids(&past);
	assert_int_equal(damaged + past_ids_files(past), 0);
	past_ids_close(past);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_known_at_first),
		cmocka_unit_test(all_that_were_added_are_known_with_their_states_after_a_restart_too),
		cmocka_unit_test(a_file_is_forgotten_when_all_of_its_ids_are_old),
		cmocka_unit_test(beyond_the_greatest_number_of_files_the_oldest_goes_but_none_that_is_young),
		cmocka_unit_test(a_file_that_is_damaged_or_cut_at_any_byte_is_put_aside_and_costs_no_other),
		cmocka_unit_test(without_space_nothing_is_added),
	};

	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
