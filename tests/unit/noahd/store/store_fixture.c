/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "common/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const files[] = { "noah.db", "noah.db-wal", "noah.db-journal", "noah.db.lock", "noah.db.new",
	"noah.mark", "noah.mark.new", "fault" };

void fixture_up(struct fixture *fixture, const struct store_engine *engine)
{
	*fixture = (struct fixture){ .engine = engine };
	strcpy(fixture->directory, "/tmp/noah_store_XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	fixture->options = (struct store_options){ .state_directory = fixture->directory,
		.events_kept = 1000000,
		.events_kept_max = 1000000,
		.events_bytes_max = UINT64_MAX };
	fixture_open(fixture);
}

void fixture_down(struct fixture *fixture)
{
	fixture_close(fixture);
	for (size_t i = 0; i < LENGTH(files); i++) {
		char *path = fixture_path(fixture, files[i]);
		(void)unlink(path);
		free(path);
	}
	assert_int_equal(rmdir(fixture->directory), 0);
}

void fixture_open(struct fixture *fixture)
{
	struct error err;

	if (!fixture->engine->open(&fixture->options, &fixture->state, &err) ||
	    !fixture->engine->start(fixture->state, &err))
		fail_msg("%s", err.text);
}

void fixture_close(struct fixture *fixture)
{
	fixture->engine->close(fixture->state);
	fixture->state = NULL;
}

char *fixture_path(const struct fixture *fixture, const char *name)
{
	return memory_format("%s/%s", fixture->directory, name);
}

struct change *fixture_change(uint64_t revision, enum change_action action, const char *path, const char *value)
{
	const int64_t at_ms = INT64_C(1336617773000) + (int64_t)revision;
	char aliases[32], causes[32], by[64], body[64], tags[32], links[32];
	char *pubcategory = memory_format("//noah%s", path);

	snprintf(aliases, sizeof(aliases), "/alias/%" PRIu64 "\n", revision);
	snprintf(causes, sizeof(causes), "epoch-%" PRIu64 "\n", revision);
	by[0] = '\0';
	if (revision % 3)
		snprintf(by, sizeof(by), "{\"token\":\"caf\xc3\xa9 %" PRIu64 "\"}", revision);
	snprintf(body, sizeof(body), "{\"revision\":%" PRIu64 "}", revision);
	snprintf(tags, sizeof(tags), "t%" PRIu64 "\ncaf\xc3\xa9\n", revision);
	snprintf(links, sizeof(links), "/l%" PRIu64 "\n", revision);
	struct change shape = {
		.revision = revision,
		.write = revision > 1 ? revision - 1 : revision,
		.action = action,
		.at_ms = at_ms,
		.pubcategory = pubcategory,
		.aliases = aliases,
		.causes = causes,
		.by = by,
		.changed = revision % 2,
		.body = body,
		.body_size = strlen(body),
		.record = {
			.kind = OBJECT_EPHEMERAL,
			.path = (char *)path,
			.created_ms = INT64_C(1336617773000),
			.updated_ms = at_ms + 1,
			.created_revision = 1,
			.revision = action == CHANGE_DELETE ? revision - 1 : revision,
			.value = (char *)value,
			.value_size = value ? strlen(value) : 0,
			.has_value = value != NULL,
			.tags = revision % 3 ? tags : NULL,
			.links = revision % 2 ? links : NULL,
			.lifetime_ms = revision % 4 ? (int64_t)(revision % 7 + 1) << 32 : 0,
		},
	};
	snprintf(shape.record.id, sizeof(shape.record.id), "00000000-0000-4000-8000-%012" PRIu64, revision);
	struct change *change = change_create(&shape);
	free(pubcategory);
	return change;
}

static void assert_same_names(const char *names, const char *expected)
{
	if (expected)
		assert_string_equal(names, expected);
	else
		assert_null(names);
}

void assert_same_record(const struct record *record, const struct record *expected)
{
	assert_int_equal(record->kind, expected->kind);
	assert_string_equal(record->path, expected->path);
	assert_string_equal(record->id, expected->id);
	assert_int_equal(record->created_ms, expected->created_ms);
	assert_int_equal(record->updated_ms, expected->updated_ms);
	assert_int_equal(record->created_revision, expected->created_revision);
	assert_int_equal(record->revision, expected->revision);
	assert_int_equal(record->has_value, expected->has_value);
	assert_int_equal(record->value_size, expected->value_size);
	if (expected->value_size)
		assert_memory_equal(record->value, expected->value, expected->value_size);
	assert_same_names(record->tags, expected->tags);
	assert_same_names(record->links, expected->links);
	assert_int_equal(record->lifetime_ms, expected->lifetime_ms);
}

void assert_same_change(const struct change *change, const struct change *expected)
{
	assert_int_equal(change->revision, expected->revision);
	assert_int_equal(change->write, expected->write);
	assert_int_equal(change->action, expected->action);
	assert_int_equal(change->at_ms, expected->at_ms);
	assert_string_equal(change->pubcategory, expected->pubcategory);
	assert_string_equal(change->aliases, expected->aliases);
	assert_string_equal(change->causes, expected->causes);
	assert_string_equal(change->by, expected->by);
	assert_int_equal(change->changed, expected->changed);
	assert_int_equal(change->body_size, expected->body_size);
	assert_string_equal(change->body, expected->body);
	assert_same_record(&change->record, &expected->record);
}

static void commit_list(struct fixture *fixture, struct change_list *take)
{
	struct error err;

	if (!fixture->engine->commit(fixture->state, fixture->revision, take->changes, take->count, NULL, &err))
		fail_msg("%s", err.text);
	fixture->revision += take->count;
	change_list_finish(take);
}

void fixture_commit(struct fixture *fixture, enum change_action action, const char *path, const char *value)
{
	struct change_list list = { 0 };

	change_list_append(&list, fixture_change(fixture->revision + 1, action, path, value));
	commit_list(fixture, &list);
}

void fixture_commit_many(struct fixture *fixture, size_t count, size_t paths)
{
	struct change_list list = { 0 };

	for (size_t i = 0; i < count; i++) {
		char path[64];
		snprintf(path, sizeof(path), "/ephemerals/%zu", (fixture->revision + i) % paths);
		change_list_append(&list, fixture_change(fixture->revision + 1 + i, CHANGE_UPDATE, path, path));
	}
	commit_list(fixture, &list);
}

void fixture_commit_progress(struct fixture *fixture, const struct delivery_progress *progress)
{
	struct error err;

	if (!fixture->engine->commit(fixture->state, fixture->revision, NULL, 0, progress, &err))
		fail_msg("%s", err.text);
}

void fixture_tidy(struct fixture *fixture)
{
	struct error err;
	bool more;

	do {
		if (!fixture->engine->tidy(fixture->state, &more, &err))
			fail_msg("%s", err.text);
	} while (more);
}

static void show_record(void *context, const struct record *record)
{
	struct shown *shown = context;

	shown->records = memory_grow(shown->records, shown->record_count + 1, sizeof(*record));
	record_copy(&shown->records[shown->record_count++], record);
}

static void show_progress(void *context, const struct watch_progress *row)
{
	struct shown *shown = context;

	shown->progress = memory_grow(shown->progress, shown->progress_count + 1, sizeof(*row));
	shown->progress[shown->progress_count] = *row;
	shown->progress[shown->progress_count++].path = memory_text(row->path);
}

struct store_reader shown_reader(struct shown *shown)
{
	return (struct store_reader){ show_record, show_progress, shown };
}

void fixture_load(struct fixture *fixture, struct shown *out)
{
	struct error err;

	*out = (struct shown){ 0 };
	const struct store_reader reader = shown_reader(out);
	if (!fixture->engine->load(fixture->state, &reader, &out->head, &err))
		fail_msg("%s", err.text);
	fixture->revision = out->head.revision;
}

void shown_finish(struct shown *shown)
{
	for (size_t i = 0; i < shown->record_count; i++)
		record_finish(&shown->records[i]);
	for (size_t i = 0; i < shown->progress_count; i++)
		free(shown->progress[i].path);
	free(shown->records);
	free(shown->progress);
}

const struct record *shown_record(const struct shown *shown, const char *path)
{
	for (size_t i = 0; i < shown->record_count; i++)
		if (!strcmp(shown->records[i].path, path))
			return &shown->records[i];
	return NULL;
}

const struct watch_progress *shown_progress(const struct shown *shown, const char *path)
{
	for (size_t i = 0; i < shown->progress_count; i++)
		if (!strcmp(shown->progress[i].path, path))
			return &shown->progress[i];
	return NULL;
}
