/* SPDX-License-Identifier: Apache-2.0 */
/* log: the output of a run, also while it runs. */
#include "common/file.h"
#include "common/memory.h"
#include "pokerd/commands/command_ask.h"
#include "pokerd/commands/commands.h"
#include "pokerd/commands/run_files.h"
#include "pokerd/run/readable.h"
#include "pokerd/run/run_record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_AGAIN_MS = 100, BLOCK_BYTES = 65536, OUTPUT_BYTES_MAX = 1 << 30 };

/* Whether more output may come: the record says so, as its lock belongs to the supervisor and the runner. */
static bool is_in_progress(const char *folder, const char *run_id)
{
	struct run_record record;

	if (!run_record_read(folder, run_id, &record, NULL))
		return false;
	bool is_on = record.result == RUN_RUNNING;
	run_record_finish(&record);
	return is_on;
}

/* Copies what is there by now. */
static bool copy_output(int fd, struct error *err)
{
	char block[BLOCK_BYTES];
	ssize_t size;

	while ((size = read(fd, block, sizeof(block))) > 0 || (size < 0 && errno == EINTR))
		if (size > 0 && !file_write_all(STDOUT_FILENO, block, (size_t)size))
			return error_set_errno(err, ERROR_UNAVAILABLE, "cannot write to standard output");
	return size == 0 || error_set_errno(err, ERROR_INTERNAL, "cannot read the output of the run");
}

/* follow: until the run has ended. */
static bool print_output(const char *folder, const char *run_id, bool follow, struct error *err)
{
	char *path = run_folder_path(folder, run_id, RUN_FOLDER_OUTPUT);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool is_good = fd >= 0 || error_set_errno(err, file_error_kind(errno), "cannot open %s", path), is_on = follow;

	while (is_good) {
		is_on = is_on && is_in_progress(folder, run_id);
		is_good = copy_output(fd, err);
		if (!is_on)
			break;
		(void)poll(NULL, 0, LOOK_AGAIN_MS);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return is_good;
}

/* {"run","output","truncated"} */
static bool print_output_json(const char *folder, const char *run_id, struct error *err)
{
	char *path = run_folder_path(folder, run_id, RUN_FOLDER_OUTPUT), *bytes;
	struct run_record record = { 0 };
	size_t size;
	bool is_read = file_read(path, OUTPUT_BYTES_MAX, FILE_PUBLIC, &bytes, &size, err);

	free(path);
	if (!is_read)
		return false;
	bool is_truncated = run_record_read(folder, run_id, &record, NULL) && record.truncated;
	char *text = readable_text(bytes, size);
	json_t *json = json_pack("{s:s, s:s, s:b}", "run", run_id, "output", text, "truncated", is_truncated);
	command_print_json(json);
	json_decref(json);
	run_record_finish(&record);
	free(text);
	free(bytes);
	return true;
}

int command_log(const struct command_line *line, const struct pokerd_settings *settings)
{
	bool as_json = line->own[COMMAND_JSON].count, follow = line->own[COMMAND_FOLLOW].count;
	char *folder = run_files_folder(settings), run_id[RUN_ID_BYTES];
	struct error err;
	bool is_done;

	if (as_json && follow)
		is_done = error_set(&err, ERROR_INVALID, "--json prints the output once: allowed is either that or -f");
	else
		is_done = run_files_find(settings, line->word_count > 1 ? line->words[1] : NULL, run_id, &err) &&
		          (as_json ? print_output_json(folder, run_id, &err) : print_output(folder, run_id, follow, &err));
	free(folder);
	return is_done ? EXIT_STATUS_FINE : command_fail(&err);
}
