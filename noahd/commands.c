/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/commands.h"

#include "common/control_client.h"
#include "common/file.h"
#include "common/file_draft.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/plural.h"
#include "noahd/command_store.h"
#include "noahd/dump.h"
#include "noahd/store_copy.h"
#include "noahd/verify_command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int commands_fail(const struct error *err)
{
	log_error("%s", err->text);
	return command_line_status_of(err);
}

/* ---- backup ------------------------------------------------------------------------------------------------------ */

static bool copy_out(const struct noahd_settings *settings, struct file_draft *draft, struct error *err)
{
	struct store_copy copy;

	if (!store_copy_make(settings, &copy, err))
		return false;
	char *from = memory_format("%s/%s", copy.folder, copy.engine->file);
	bool is_copied = verify_quietly(copy.engine, from, err) && file_draft_copy(draft, from, err);
	free(from);
	store_copy_finish(&copy);
	return is_copied;
}

static bool back_up(const struct noahd_settings *settings, const char *path, struct error *err)
{
	struct file_draft draft;

	if (!file_draft_open(path, &draft, err))
		return false;
	if (copy_out(settings, &draft, err))
		return file_draft_place(&draft, err);
	file_draft_drop(&draft);
	return false;
}

int command_backup(const struct noahd_settings *settings, const struct command_line *line)
{
	const char *path = line->words[1];
	struct error err;

	if (!back_up(settings, path, &err))
		return commands_fail(&err);
	printf("%s is written. It does not contain the signing key: keep a copy of %s/signing.key elsewhere.\n", path,
	    settings->state_directory);
	return EXIT_STATUS_FINE;
}

/* ---- export ------------------------------------------------------------------------------------------------------ */

/* From the copy, which is a store of its own, so writes to the other one need not wait. */
static bool commands_write_lines(const struct noahd_settings *settings, FILE *out, struct error *err)
{
	struct store_copy copy;
	struct dump_sum sum;
	void *state = NULL;

	if (!store_copy_make(settings, &copy, err))
		return false;
	const struct store_options options = { .state_directory = copy.folder, .must_exist = true };
	bool is_written = copy.engine->open(&options, &state, err) && dump_write(copy.engine, state, out, &sum, err);
	copy.engine->close(state);
	store_copy_finish(&copy);
	if (is_written)
		log_info("exported %zu %s, up to revision %" PRIu64, sum.objects, plural(sum.objects, "object", "objects"),
		    sum.revision);
	return is_written;
}

static bool export_to(const struct noahd_settings *settings, const char *path, struct error *err)
{
	struct file_draft draft;

	if (!file_draft_open(path, &draft, err))
		return false;
	FILE *out = fdopen(fcntl(draft.fd, F_DUPFD_CLOEXEC, 0), "w");
	bool is_written = out ? commands_write_lines(settings, out, err)
	                      : error_set_errno(err, ERROR_UNAVAILABLE, "cannot write to %s", path);
	if (out)
		fclose(out);
	if (is_written)
		return file_draft_place(&draft, err);
	file_draft_drop(&draft);
	return false;
}

int command_export(const struct noahd_settings *settings, const struct command_line *line)
{
	const char *path = line->word_count > 1 ? line->words[1] : "-";
	struct error err;
	bool is_written =
	    strcmp(path, "-") ? export_to(settings, path, &err) : commands_write_lines(settings, stdout, &err);

	return is_written ? EXIT_STATUS_FINE : commands_fail(&err);
}

/* ---- import ------------------------------------------------------------------------------------------------------ */

static bool import_there(int control, int fd, struct dump_sum *out_sum, struct error *err)
{
	json_t *answer;

	if (!control_ask(control, "{\"command\":\"import\"}", fd, &answer, err))
		return false;
	*out_sum = (struct dump_sum){
		.revision = (uint64_t)json_integer_value(json_object_get(answer, "revision")),
		.objects = (size_t)json_integer_value(json_object_get(answer, "objects")),
	};
	json_decref(answer);
	return true;
}

static bool import_here(const struct noahd_settings *settings, FILE *in, struct dump_sum *out_sum, struct error *err)
{
	const struct dump_input input = { .in = in };
	struct command_store store;

	if (!file_make_folder(settings->state_directory, 0700, err) || !command_store_open(settings, 0, NULL, &store, err))
		return false;
	bool is_read =
	    store.head.revision
	        ? error_set(err, ERROR_CONFLICT, "the store is not empty: it is at revision %" PRIu64, store.head.revision)
	        : command_store_start(settings, &store, err) && dump_read(store.engine, store.state, &input, out_sum, err);
	command_store_close(&store);
	return is_read;
}

static bool import_from(const struct noahd_settings *settings, FILE *in, struct dump_sum *out_sum, struct error *err)
{
	int control = command_store_connect(settings, err);

	if (control < 0)
		return err->kind == ERROR_NOT_FOUND && import_here(settings, in, out_sum, err);
	bool is_read = import_there(control, fileno(in), out_sum, err);
	close(control);
	return is_read;
}

/* A noahd takes a file only: what comes through a pipe is put into one that has no name. */
static FILE *put_aside(FILE *take_in)
{
	FILE *file = tmpfile();
	char block[8192];
	size_t size;

	while (file && (size = fread(block, 1, sizeof(block), take_in)) > 0)
		if (fwrite(block, 1, size, file) < size)
			break;
	bool is_whole = file && !ferror(take_in) && !ferror(file) && !fflush(file);
	if (file && !is_whole)
		fclose(file);
	fclose(take_in);
	if (!is_whole)
		return NULL;
	rewind(file);
	return file;
}

static FILE *open_input(const char *path)
{
	FILE *in = fopen(path, "re");
	struct stat status;

	return in && (fstat(fileno(in), &status) || !S_ISREG(status.st_mode)) ? put_aside(in) : in;
}

int command_import(const struct noahd_settings *settings, const struct command_line *line)
{
	const char *path = line->words[1];
	FILE *in = open_input(path);
	struct dump_sum sum;
	struct error err;

	if (!in) {
		error_set_errno(&err, file_error_kind(errno), "cannot read %s", path);
		return commands_fail(&err);
	}
	bool is_read = import_from(settings, in, &sum, &err);
	fclose(in);
	if (!is_read) {
		log_error("nothing was imported from %s: %s", path, err.text);
		return command_line_status_of(&err);
	}
	printf("%zu %s, up to revision %" PRIu64 "\n", sum.objects, plural(sum.objects, "object", "objects"), sum.revision);
	return EXIT_STATUS_FINE;
}

/* ---- recover ----------------------------------------------------------------------------------------------------- */

static bool accept_loss(struct command_store *store, struct error *err)
{
	if (!store->head.has_lost) {
		printf("nothing is missing: the store is at revision %" PRIu64 "\n", store->head.revision);
		return true;
	}
	if (!store->engine->start(store->state, err))
		return false;
	puts(store->head.notice);
	return true;
}

int command_recover(const struct noahd_settings *settings, const struct command_line *line)
{
	unsigned wishes = STORE_MUST_EXIST | (line->own[NOAHD_ACCEPT_LOSS].count ? STORE_ACCEPTS_LOSS : 0);
	struct command_store store = { 0 };
	struct error err;

	bool is_done = command_store_open(settings, wishes, NULL, &store, &err) && accept_loss(&store, &err);
	command_store_close(&store);
	return is_done ? EXIT_STATUS_FINE : commands_fail(&err);
}
