/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/verify_command.h"

#include "common/file.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/plural.h"
#include "noahd/command_store.h"
#include "noahd/store_copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void print_damage(void *context, const char *line)
{
	(void)context;
	puts(line);
}

static const struct store_inspector printing = { print_damage, NULL };

/* shown: what the file is called for people. */
static int verify_file(const struct store_engine *engine, const char *path, const char *shown, struct error *err)
{
	struct store_findings findings;

	if (!engine->verify(path, &printing, &findings, err))
		return command_line_status_of(err);
	if (findings.damaged) {
		error_set(err, ERROR_INVALID, "%s is damaged: %" PRIu64 " %s", shown, findings.damaged,
		    plural(findings.damaged, "finding", "findings"));
		return EXIT_STATUS_CONFIGURATION;
	}
	err->kind = ERROR_NONE;
	if (findings.has_checksums)
		printf("%s is intact: %" PRIu64 " %s and %" PRIu64 " %s, up to revision %" PRIu64 "\n", shown, findings.records,
		    plural(findings.records, "record", "records"), findings.changes,
		    plural(findings.changes, "change", "changes"), findings.revision);
	else
		printf("%s has an intact structure; its format is of an earlier noahd and has no checksums\n", shown);
	return EXIT_STATUS_FINE;
}

/* A file that no noahd has open. */
static int verify_backup(const struct store_engine *engine, const char *path, struct error *err)
{
	char *log = memory_format("%s-wal", path);
	struct stat status;
	bool has_log = !stat(log, &status) && status.st_size;

	free(log);
	if (!has_log)
		return verify_file(engine, path, path, err);
	error_set(err, ERROR_INVALID,
	    "%s-wal belongs to it, so %s is not a backup: `noahd verify` without a file verifies the store", path, path);
	return command_line_status_of(err);
}

/* What lies behind a store's end is missing without a trace in it: its mark knows, which opening asks. And an earlier
   format has no checksums, but has to be understood. */
static int check_as_a_start_does(const struct noahd_settings *settings, struct error *err)
{
	struct command_store store;

	if (!command_store_open(settings, STORE_MUST_EXIST, NULL, &store, err))
		return command_line_status_of(err);
	command_store_close(&store);
	err->kind = ERROR_NONE;
	return EXIT_STATUS_FINE;
}

/* Where no noahd runs: the lock keeps one from starting meanwhile. In place, so that a full disk does not matter. */
static int verify_here(const struct noahd_settings *settings, const struct store_engine *engine, struct error *err)
{
	char *database = memory_format("%s/%s", settings->state_directory, engine->file);
	char *lock = memory_format("%s.lock", database);
	int lock_fd = -1, status;

	if (access(database, F_OK)) {
		error_set_errno(err, ERROR_NOT_FOUND, "cannot read %s", database);
		status = command_line_status_of(err);
	} else if ((lock_fd = file_lock(lock, err)) < 0) {
		status = command_line_status_of(err);
	} else {
		status = verify_file(engine, database, database, err);
	}
	if (lock_fd >= 0)
		close(lock_fd);
	if (status == EXIT_STATUS_FINE)
		status = check_as_a_start_does(settings, err);
	free(database);
	free(lock);
	return status;
}

/* A copy as noahd reads its own pages. */
static int verify_running(const struct noahd_settings *settings, struct error *err)
{
	struct store_copy copy;

	if (!store_copy_make(settings, &copy, err))
		return command_line_status_of(err);
	char *path = memory_format("%s/%s", copy.folder, copy.engine->file);
	char *shown = memory_format("%s/%s", settings->state_directory, copy.engine->file);
	int status = verify_file(copy.engine, path, shown, err);
	store_copy_finish(&copy);
	free(path);
	free(shown);
	return status;
}

static int verify_store(const struct noahd_settings *settings, const struct store_engine *engine, struct error *err)
{
	int control = command_store_connect(settings, err);

	if (control >= 0)
		close(control);
	if (control >= 0)
		return verify_running(settings, err);
	return err->kind == ERROR_NOT_FOUND ? verify_here(settings, engine, err) : command_line_status_of(err);
}

int command_verify(const struct noahd_settings *settings, const struct command_line *line)
{
	const struct store_engine *engine = store_engine_find(noahd_store_engine_names[settings->store.engine]);
	struct error err = { 0 };
	int status = EXIT_STATUS_CONFIGURATION;

	if (!engine->verify)
		error_set(&err, ERROR_INVALID, "store.engine %s has nothing that could be verified", engine->name);
	else if (line->word_count > 1)
		status = verify_backup(engine, line->words[1], &err);
	else
		status = verify_store(settings, engine, &err);
	if (err.kind != ERROR_NONE)
		log_error("%s", err.text);
	return status;
}

/* ---- for a backup ------------------------------------------------------------------------------------------------ */

static void note_first(void *context, const char *line)
{
	struct error *first = context;

	if (first->kind == ERROR_NONE)
		error_set(first, ERROR_INVALID, "%s", line);
}

bool verify_quietly(const struct store_engine *engine, const char *path, struct error *err)
{
	struct error first = { 0 };
	const struct store_inspector inspector = { note_first, &first };
	struct store_findings findings;

	if (!engine->verify(path, &inspector, &findings, err))
		return false;
	return !findings.damaged ||
	       error_set(err, ERROR_INVALID, "the store is damaged, `noahd verify` lists all damage: %s", first.text);
}
