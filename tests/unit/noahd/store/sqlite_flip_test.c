/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "common/memory.h"
#include "noahd/store/engines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One bit of the database is another one: the store is refused, or all that it tells is as it was. */

enum { FILE_BYTES_MAX = 4 << 20, HEAD_BYTES = 100, PAGE_BYTES = 4096, LOG_MAX = 4000 };

static struct fixture fixture;
static char *database, *wal;
static char bytes[FILE_BYTES_MAX]; /* of the database as it was written */
static size_t size;

/* What it tells: all objects and progress, and the log. */
struct told {
	struct shown shown;
	struct change_list log;
};

static void commit_progress(uint64_t position, uint64_t needed)
{
	struct watch_progress rows[40];
	struct dead_delivery dead[40];

	for (size_t i = 0; i < LENGTH(rows); i++) {
		char *path = memory_format("/watches/%zu", i);
		rows[i] = (struct watch_progress){ .path = path, .acknowledged = position - i % 3, .state = i % 2 };
		dead[i] = (struct dead_delivery){ path, position - i % 5, position, (int64_t)i, (char *)"HTTP 422" };
	}
	fixture_commit_progress(&fixture, &(struct delivery_progress){ .position = position,
	                                      .needed = needed,
	                                      .set = rows,
	                                      .set_count = LENGTH(rows),
	                                      .dead = dead,
	                                      .dead_count = LENGTH(dead) });
	for (size_t i = 0; i < LENGTH(rows); i++)
		free(rows[i].path);
}

/* All tables, an index, inner pages, pages that are free since the log was trimmed, values larger than a page. */
static void bulk_load(void)
{
	static char large[3 * PAGE_BYTES];

	memset(large, 'l', sizeof(large) - 1);
	for (int i = 0; i < 3; i++) {
		fixture_commit_many(&fixture, 700, 400);
		fixture_commit(&fixture, CHANGE_CREATE, "/ephemerals/large", large);
		commit_progress(fixture.revision, fixture.revision);
		fixture_tidy(&fixture);
	}
	fixture_commit(&fixture, CHANGE_DELETE, "/ephemerals/7", NULL);
}

static void read_database(void)
{
	FILE *file = fopen(database, "re");

	assert_non_null(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	assert_in_range(size, 50 * PAGE_BYTES, sizeof(bytes) - 1);
	fclose(file);
}

static void write_database(void)
{
	FILE *file = fopen(database, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	(void)unlink(wal);
}

static int up(void **state)
{
	(void)state;
	fixture_up(&fixture, &sqlite_engine);
	database = fixture_path(&fixture, "noah.db");
	wal = fixture_path(&fixture, "noah.db-wal");
	fixture_close(&fixture);
	fixture.options.events_kept = 300;
	fixture_open(&fixture);
	bulk_load();
	fixture_close(&fixture);
	read_database();
	return 0;
}

static int down(void **state)
{
	(void)state;
	fixture_down(&fixture);
	free(database);
	free(wal);
	return 0;
}

static void told_finish(struct told *told)
{
	shown_finish(&told->shown);
	change_list_finish(&told->log);
}

/* False: it is refused. */
static bool tell(struct told *out, struct error *err)
{
	*out = (struct told){ 0 };
	const struct store_reader reader = shown_reader(&out->shown);
	bool is_told = sqlite_engine.open(&fixture.options, &fixture.state, err) &&
	               sqlite_engine.load(fixture.state, &reader, &out->shown.head, err);

	if (is_told && !sqlite_engine.read_log(fixture.state, 0, LOG_MAX, SIZE_MAX, &out->log, err))
		fail_msg("loaded, but its log cannot be read: %s", err->text);
	fixture_close(&fixture);
	return is_told;
}

static void assert_same_told(const struct told *told, const struct told *expected)
{
	const struct store_head *head = &told->shown.head, *as_it_was = &expected->shown.head;

	assert_string_equal(head->epoch, as_it_was->epoch);
	assert_int_equal(head->revision, as_it_was->revision);
	assert_int_equal(head->oldest, as_it_was->oldest);
	assert_int_equal(head->delivery_position, as_it_was->delivery_position);
	assert_int_equal(told->shown.record_count, expected->shown.record_count);
	for (size_t i = 0; i < told->shown.record_count; i++)
		assert_same_record(&told->shown.records[i], &expected->shown.records[i]);
	assert_int_equal(told->shown.progress_count, expected->shown.progress_count);
	for (size_t i = 0; i < told->shown.progress_count; i++) {
		assert_string_equal(told->shown.progress[i].path, expected->shown.progress[i].path);
		assert_int_equal(told->shown.progress[i].acknowledged, expected->shown.progress[i].acknowledged);
		assert_int_equal(told->shown.progress[i].state, expected->shown.progress[i].state);
	}
	assert_int_equal(told->log.count, expected->log.count);
	for (size_t i = 0; i < told->log.count; i++)
		assert_same_change(told->log.changes[i], expected->log.changes[i]);
}

static void count_line(void *context, const char *line)
{
	assert_in_range(strlen(line), 1, 1000);
	++*(size_t *)context;
}

static bool verify_tells(void)
{
	size_t lines = 0;
	const struct store_inspector inspector = { count_line, &lines };
	struct store_findings findings;
	struct error err;

	(void)unlink(wal);
	if (!sqlite_engine.verify(database, &inspector, &findings, &err))
		return err.kind == ERROR_INVALID;
	assert_int_equal(lines, findings.damaged);
	return lines > 0;
}

/* Returns whether it was refused. What is refused is named by verify, too. */
static bool try_flip(const struct told *expected, size_t at, unsigned bit)
{
	struct told told;
	struct error err;

	bytes[at] = (char)(bytes[at] ^ 1 << bit);
	write_database();
	bool is_told = tell(&told, &err);
	if (is_told)
		assert_same_told(&told, expected);
	told_finish(&told);
	write_database();
	if (!is_told && !verify_tells())
		fail_msg("bit %u of byte %zu: refused (%s), but not found by verify", bit, at, err.text);
	bytes[at] = (char)(bytes[at] ^ 1 << bit);
	return !is_told;
}

static uint32_t big_endian(size_t at)
{
	const unsigned char *number = (const unsigned char *)bytes + at;
	return (uint32_t)number[0] << 24 | (uint32_t)number[1] << 16 | (uint32_t)number[2] << 8 | number[3];
}

static void a_flipped_bit_is_refused_or_changes_nothing_visible(void **state)
{
	const size_t free_page = big_endian(32), free_pages = big_endian(36);
	struct told expected;
	struct error err;
	size_t refused = 0, tried = 0;

	(void)state;
	srandom(7);
	assert_in_range(free_pages, 5, 1000);
	assert_true(tell(&expected, &err));
	assert_int_equal(expected.shown.record_count, 400);
	assert_in_range(expected.log.count, 300, 1500);
	assert_false(verify_tells());
	for (size_t i = 0; i < 40; i++, tried++) /* the head and the tables' descriptions */
		refused += try_flip(&expected, i < 20 ? i * HEAD_BYTES / 20 : HEAD_BYTES + (size_t)random() % 3900, i % 8);
	for (size_t i = 0; i < 10; i++, tried++) /* the list of free pages */
		refused += try_flip(&expected, (free_page - 1) * PAGE_BYTES + i, i % 8);
	for (size_t i = 0; i < 200; i++, tried++) /* all pages */
		refused += try_flip(&expected, i * (size / 200) + (size_t)random() % (size / 200), (unsigned)random() % 8);
	told_finish(&expected);
	assert_int_equal(tried, 250);
	print_message("# %zu of %zu flips are refused, the others change nothing that is told\n", refused, tried);
	assert_true(refused > 100);
}

/* What is left out of the file is as bad as what is changed in it. */
static void a_lost_or_wrong_page_is_refused_or_changes_nothing_visible(void **state)
{
	static char page[PAGE_BYTES];
	struct told expected, told;
	struct error err;
	size_t refused = 0;

	(void)state;
	assert_true(tell(&expected, &err));
	for (size_t i = 1; i < size / PAGE_BYTES; i++) {
		char *place = bytes + i * PAGE_BYTES;
		memcpy(page, place, PAGE_BYTES);
		if (i % 2)
			memset(place, 0, PAGE_BYTES);
		else
			memcpy(place, place - PAGE_BYTES, PAGE_BYTES);
		write_database();
		bool is_told = tell(&told, &err);
		if (is_told)
			assert_same_told(&told, &expected);
		told_finish(&told);
		write_database();
		assert_true(is_told || verify_tells());
		refused += !is_told;
		memcpy(place, page, PAGE_BYTES);
	}
	told_finish(&expected);
	assert_true(refused > 30);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_flipped_bit_is_refused_or_changes_nothing_visible, up, down),
		cmocka_unit_test_setup_teardown(a_lost_or_wrong_page_is_refused_or_changes_nothing_visible, up, down),
	};

	return cmocka_run_group_tests_name("sqlite_flip", tests, NULL, NULL);
}
