/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/readout.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "pokerd/link/rate.h"
#include "pokerd/run/run_folder.h"
#include "pokerd/runner/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void readout_refuse(struct readout *readout, uint16_t status, const char *text, struct message *out)
{
	error_set(&readout->refusal, ERROR_DENIED, "%s", text);
	out->status = status;
	out->after = PIECE_LAST;
	message_set_text(out, MESSAGE_TEXT, readout->refusal.text);
}

static void readout_give(const char *bytes, size_t size, enum piece_after after, struct message *out)
{
	out->status = 200;
	out->after = after;
	out->parts[MESSAGE_BODY] = (struct message_bytes){ bytes, size };
}

static void refuse_replaced(struct readout *readout, struct message *out)
{
	readout_refuse(readout, 503, "this has changed while it was read", out);
}

/* ---- the status and the metrics ---- */

static struct readout_text *find_text(struct readout *readout, uint64_t version)
{
	for (size_t i = 0; i < READOUT_TEXTS_MAX; i++)
		if (readout->texts[i].text && readout->texts[i].version == version)
			return &readout->texts[i];
	return NULL;
}

/* The text goes with its last piece. */
static void give_text_piece(struct readout *readout, struct readout_text *text, uint64_t offset, struct message *out)
{
	size_t left = text->size - (size_t)offset, size = left < PIECE_BYTES_MAX ? left : PIECE_BYTES_MAX;

	memcpy(readout->piece, text->text + offset, size);
	out->version = text->version;
	readout_give(readout->piece, size, size == left ? PIECE_LAST : PIECE_MORE, out);
	if (size < left)
		return;
	free(text->text);
	*text = (struct readout_text){ 0 };
}

/* The whole is as it was at the first piece. */
static void begin_text(struct readout *readout, char *take_text, size_t size, struct message *out)
{
	struct readout_text text = { take_text, size, ++readout->last_version }, *kept;

	give_text_piece(readout, &text, 0, out);
	if (!text.text)
		return;
	kept = &readout->texts[text.version % READOUT_TEXTS_MAX];
	free(kept->text);
	*kept = text;
}

static char *render_status(const struct readout *readout, size_t *out_size)
{
	json_t *status = status_json(readout->sources);
	char *text = json_render(status, out_size);

	json_decref(status);
	return text;
}

static void answer_text_piece(struct readout *readout, const struct message *question, struct message *out)
{
	struct readout_text *text = find_text(readout, question->version);
	size_t size;

	if (!question->offset) {
		char *new_text = question->kind == MESSAGE_STATUS ? render_status(readout, &size)
		                                                  : metrics_text(readout->metrics, readout->sources, &size);
		begin_text(readout, new_text, size, out);
	} else if (text && question->offset <= text->size) {
		give_text_piece(readout, text, question->offset, out);
	} else {
		refuse_replaced(readout, out);
	}
}

/* ---- the files of a run ---- */

/* -1: there is none. Nothing but a regular file is read, and opening it does not wait. */
static int open_file(const struct readout *readout, const char *run_id, const char *name, struct stat *out)
{
	char *path = run_id_is_valid(run_id) ? run_folder_path(readout->runs_directory, run_id, name) : NULL;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;

	free(path);
	if (fd >= 0 && (fstat(fd, out) || !S_ISREG(out->st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The size, -1 on failure; closes the file. */
static ssize_t read_piece(struct readout *readout, int take_fd, uint64_t offset)
{
	ssize_t size = -1;

	if (offset <= INT64_MAX - PIECE_BYTES_MAX)
		do
			size = pread(take_fd, readout->piece, PIECE_BYTES_MAX, (off_t)offset);
		while (size < 0 && errno == EINTR);
	close(take_fd);
	return size;
}

/* A record is replaced as a whole: by another file. */
static uint64_t version_of(const struct stat *file)
{
	return (uint64_t)file->st_ino ^ ((uint64_t)file->st_mtim.tv_sec << 32) ^ (uint64_t)file->st_mtim.tv_nsec;
}

static void answer_record_piece(struct readout *readout, const struct message *question, struct message *out)
{
	struct stat file;
	int fd = open_file(readout, question->parts[MESSAGE_RUN_ID].bytes, RUN_FOLDER_RECORD, &file);
	ssize_t size = fd < 0 ? -1 : read_piece(readout, fd, question->offset);

	if (fd < 0 && runs_is_on(readout->sources->runs, question->parts[MESSAGE_RUN_ID].bytes)) {
		readout_refuse(readout, 503, "this run is about to begin and has no record yet", out);
	} else if (fd < 0) {
		readout_refuse(readout, 404, "there is no such run", out);
	} else if (size < 0 || (question->offset && question->version != version_of(&file))) {
		refuse_replaced(readout, out);
	} else {
		bool is_last = question->offset + (uint64_t)size >= (uint64_t)file.st_size;
		out->version = version_of(&file);
		readout_give(readout->piece, (size_t)size, is_last ? PIECE_LAST : PIECE_MORE, out);
	}
}

/* While a run is in progress, its end is not the end of its output; the file may not exist yet. */
static void answer_output_piece(struct readout *readout, const struct message *question, struct message *out)
{
	const char *run_id = question->parts[MESSAGE_RUN_ID].bytes;
	bool is_on = runs_is_on(readout->sources->runs, run_id);
	struct stat file;
	int fd = open_file(readout, run_id, RUN_FOLDER_OUTPUT, &file);
	ssize_t size = fd < 0 ? 0 : read_piece(readout, fd, question->offset);

	if (fd < 0 && !is_on)
		readout_refuse(readout, 404, "there is no such run, or it has no output", out);
	else if (size < 0)
		refuse_replaced(readout, out);
	else
		readout_give(readout->piece, (size_t)size,
		    size == PIECE_BYTES_MAX ? PIECE_MORE
		    : is_on                 ? PIECE_LATER
		                            : PIECE_LAST,
		    out);
}

/* ---- the token ---- */

static void readout_log_refusal(struct readout *readout, const struct message *question)
{
	static const struct rate lines = { .interval_ms = 5000, .burst = 20 };
	int64_t now_ms = clock_monotonic_ms();

	if (rate_wait_ms(&lines, readout->refusal_log_ms, now_ms))
		return;
	rate_take(&lines, &readout->refusal_log_ms, now_ms);
	log_warning("%s: request for the status or a run refused: the token is %s", question->parts[MESSAGE_PEER].bytes,
	    question->parts[MESSAGE_TOKEN].size ? "wrong" : "missing");
}

void readout_answer(struct readout *readout, const struct message *question, struct message *out)
{
	static void (*const answers[])(struct readout *, const struct message *, struct message *) = {
		[MESSAGE_STATUS] = answer_text_piece,
		[MESSAGE_RECORD] = answer_record_piece,
		[MESSAGE_OUTPUT] = answer_output_piece,
	};

	*out = (struct message){ .kind = MESSAGE_PIECE, .request = question->request };
	if (question->kind == MESSAGE_METRICS) {
		answer_text_piece(readout, question, out);
	} else if (!readout->policy->status_token.is_set) {
		readout_refuse(readout, 404, "no rule has this path", out);
	} else if (!status_token_fits(&readout->policy->status_token, question->parts[MESSAGE_TOKEN].bytes)) {
		readout_log_refusal(readout, question);
		readout_refuse(readout, 401, "the token is missing or wrong", out);
	} else {
		answers[question->kind](readout, question, out);
	}
}

void readout_finish(struct readout *readout)
{
	for (size_t i = 0; i < READOUT_TEXTS_MAX; i++)
		free(readout->texts[i].text);
}
