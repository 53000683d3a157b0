/* store_fixture.h - an engine in a folder of its own, changes to give it, and what it then shows. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NOAHD_STORE_STORE_FIXTURE_H
#define TESTS_UNIT_NOAHD_STORE_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "noahd/store/store.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* What a load showed; paths and values are copies. */
struct shown {
	struct store_head head;
	struct record *records;
	size_t record_count;
	struct watch_progress *progress;
	size_t progress_count;
};

struct fixture {
	const struct store_engine *engine;
	struct store_options options;
	char directory[64];
	void *state;
	uint64_t revision; /* of the last change committed */
};

/* A folder and an opened store in it; keeps 1,000,000 changes. */
void fixture_up(struct fixture *fixture, const struct store_engine *engine);
void fixture_down(struct fixture *fixture);
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
/* "<directory>/noah.db" and the like; free() it. */
char *fixture_path(const struct fixture *fixture, const char *name);

/* An ephemeral's change, every field filled with something that depends on revision; value NULL: none. */
struct change *fixture_change(uint64_t revision, enum change_action action, const char *path, const char *value);
void assert_same_record(const struct record *record, const struct record *expected);
void assert_same_change(const struct change *change, const struct change *expected);

/* Must succeed. The change is released. */
void fixture_commit(struct fixture *fixture, enum change_action action, const char *path, const char *value);
/* So many changes in one batch, spread over so many paths, "/ephemerals/0" and so on. */
void fixture_commit_many(struct fixture *fixture, size_t count, size_t paths);
void fixture_commit_progress(struct fixture *fixture, const struct delivery_progress *progress);
/* Until there is nothing more to tidy. */
void fixture_tidy(struct fixture *fixture);

void fixture_load(struct fixture *fixture, struct shown *out);
/* Puts what it is told there, which begins zeroed. */
struct store_reader shown_reader(struct shown *shown);
void shown_finish(struct shown *shown);
/* NULL when it is not there. */
const struct record *shown_record(const struct shown *shown, const char *path);
const struct watch_progress *shown_progress(const struct shown *shown, const char *path);

#endif
