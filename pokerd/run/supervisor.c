/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/supervisor.h"

#include "common/clock.h"
#include "common/file.h"
#include "common/memory.h"
#include "common/number.h"
#include "pokerd/run/boot_id.h"
#include "pokerd/run/event_file.h"
#include "pokerd/run/run_folder.h"
#include "pokerd/run/run_order.h"
#include "pokerd/run/run_output.h"
#include "pokerd/run/run_record.h"
#include "pokerd/run/run_session.h"
#include "pokerd/run/run_unit.h"
#include "pokerd/run/supervisor_process.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOCK_BYTES_MAX = 256, PID_WAIT_MS = 1000 };

/* The arguments of a supervisor; zeroed is empty. */
struct preparations {
	char *lock, *event, *output_path;
	int lock_fd;
	struct run_output output;
};

static void supervisor_locate(const struct run_request *request, struct preparations *out)
{
	*out = (struct preparations){
		.lock = run_folder_path(request->runs_directory, request->run_id, RUN_FOLDER_LOCK),
		.event = run_folder_path(request->runs_directory, request->run_id, RUN_FOLDER_EVENT),
		.output_path = run_folder_path(request->runs_directory, request->run_id, RUN_FOLDER_OUTPUT),
		.lock_fd = -1,
		.output.fd = -1,
	};
}

static bool prepare_child(const struct run_request *request, struct preparations *out, struct error *err)
{
	if (!run_folder_create(request->runs_directory, request->run_id, err))
		return false;
	out->lock_fd = file_lock(out->lock, err);
	return out->lock_fd >= 0 && event_file_write(out->event, request, err) &&
	       run_output_open(&out->output, out->output_path, request->output_bytes_max, err);
}

static void supervisor_release(struct preparations *preparations)
{
	free(preparations->lock);
	free(preparations->event);
	free(preparations->output_path);
	if (preparations->lock_fd >= 0)
		close(preparations->lock_fd);
	if (preparations->output.fd >= 0)
		run_output_close(&preparations->output);
}

static pid_t fork_supervisor(const struct run_request *request, struct error *err)
{
	struct preparations preparations;
	pid_t pid = -1;

	supervisor_locate(request, &preparations);
	if (prepare_child(request, &preparations, err)) {
		pid = fork();
		if (!pid)
			supervisor_process_run(request, preparations.lock_fd, &preparations.output);
		if (pid < 0)
			error_set_errno(err, ERROR_UNAVAILABLE, "cannot fork a supervisor for run %s", request->run_id);
	}
	supervisor_release(&preparations); /* the lock is the supervisor's now */
	return pid;
}

/* The order comes last: a supervisor that finds it finds everything. */
static bool prepare_unit(const struct run_request *request, struct error *err)
{
	char *event = run_folder_path(request->runs_directory, request->run_id, RUN_FOLDER_EVENT);
	char *order = run_folder_path(request->runs_directory, request->run_id, RUN_FOLDER_ORDER);
	bool prepared = run_folder_create(request->runs_directory, request->run_id, err) &&
	                event_file_write(event, request, err) && run_order_write(order, request, err);

	free(order);
	free(event);
	return prepared;
}

bool supervisor_start(const struct run_request *request, struct supervisor *out, struct error *err)
{
	pid_t pid = -1;

	if (!request->program)
		pid = fork_supervisor(request, err);
	else if (!prepare_unit(request, err) || !run_unit_start(request, &pid, err))
		pid = -1;
	if (pid < 0) {
		run_folder_remove(request->runs_directory, request->run_id);
		return false;
	}
	int fd = pidfd_open(pid, 0);
	if (fd < 0)
		abort(); /* the run continues unwatched: the next pokerd finds it by its lock */
	*out = (struct supervisor){ .pid = pid, .fd = fd };
	return true;
}

/* The supervisor's pid, from the first line of its lock file; 0: none. The second line, "" if missing, is that of
   run_session_note. */
static pid_t read_lock_file(const char *lock, char out_note[RUN_SESSION_NOTE_BYTES])
{
	uint64_t pid = 0;
	char *text, *rest;
	size_t size;

	if (!file_read(lock, LOCK_BYTES_MAX, FILE_OURS, &text, &size, NULL))
		return 0;
	rest = text;
	if (!number_parse_uint64(strsep(&rest, "\n"), INT32_MAX, &pid))
		pid = 0;
	snprintf(out_note, RUN_SESSION_NOTE_BYTES, "%s", rest ? rest : "");
	free(text);
	return (pid_t)pid;
}

/* Takes the lock, or finds the process that has it: a pid that was alive before and while the lock was taken is its
   owner. Between its fork and its first line, a supervisor has not written its pid. -1 and out unchanged: neither. */
static int lock_or_find(const char *lock, struct supervisor *out, struct error *err)
{
	int64_t until_ms = clock_monotonic_ms() + PID_WAIT_MS;

	do {
		char note[RUN_SESSION_NOTE_BYTES];
		pid_t pid = read_lock_file(lock, note);
		int pid_fd = pid ? pidfd_open(pid, 0) : -1;
		int lock_fd = file_lock(lock, err);
		if (lock_fd < 0 && err->kind == ERROR_UNAVAILABLE && pid_fd >= 0) {
			*out = (struct supervisor){ .pid = pid, .fd = pid_fd };
			return -1;
		}
		if (pid_fd >= 0)
			close(pid_fd);
		if (lock_fd >= 0 || err->kind != ERROR_UNAVAILABLE)
			return lock_fd;
		(void)poll(NULL, 0, 1);
	} while (clock_monotonic_ms() < until_ms);
	return -1;
}

static bool write_lost(const struct supervisor_search *search, bool is_cut, struct run_record *record,
    struct error *err)
{
	if (!record->id) {
		*record = (struct run_record){ .id = memory_text(search->run_id), .exit_status = -1 };
		search->describe(search->context, record);
	}
	free(record->reason);
	record->reason = memory_text(is_cut ? "cut short: the machine went down and was booted again"
	                                    : "its result is unknown: its supervisor was killed");
	record->result = RUN_LOST;
	record->ended_ms = clock_wall_ms(); /* at the latest */
	if (record->started_ms && record->started_ms < record->ended_ms)
		record->duration_ms = record->ended_ms - record->started_ms;
	/* A power cut may have taken the folder. */
	return run_folder_create(search->runs_directory, search->run_id, err) &&
	       run_record_write(search->runs_directory, record, err);
}

/* The record has no end: before the run counts as lost, none of its processes may be left. */
static bool end_leftovers(const char *note, const char *run_id, enum supervisor_found *out_found,
    struct supervisor *out, struct error *err)
{
	struct run_session_rest rest;

	if (!run_session_kill(note, run_id, &rest, err))
		return false;
	*out_found = rest.fd >= 0 ? SUPERVISOR_LEFTOVERS : SUPERVISOR_LOST;
	if (rest.fd >= 0)
		*out = (struct supervisor){ rest.pid, rest.fd };
	return true;
}

/* Whether the machine was booted after the run was started: then files of the run may be missing. */
static bool was_cut(const struct supervisor_search *search)
{
	char boot[BOOT_ID_BYTES];

	return boot_id_read(boot) && boot_id_differs(search->boot, boot);
}

/* The lock is free. The command's process had it from its fork until it noted its session: without a note nothing was
   executed, unless a power cut took the note. */
static bool read_end(const struct supervisor_search *search, const char *lock, enum supervisor_found *out_found,
    struct supervisor *out, struct error *err)
{
	char note[RUN_SESSION_NOTE_BYTES] = "";
	struct run_record record = { 0 };
	struct error reason;
	bool is_cut = was_cut(search), known = true;

	(void)read_lock_file(lock, note);
	bool has_record = run_record_read(search->runs_directory, search->run_id, &record, &reason);
	if (!*note && !has_record && reason.kind == ERROR_NOT_FOUND && !is_cut) {
		run_folder_remove(search->runs_directory, search->run_id);
		*out_found = SUPERVISOR_NOT_BEGUN;
		return true;
	}
	if (has_record && record.result != RUN_RUNNING)
		*out_found = SUPERVISOR_ENDED;
	else
		known = end_leftovers(note, search->run_id, out_found, out, err);
	if (known && *out_found == SUPERVISOR_LOST)
		known = write_lost(search, is_cut, &record, err);
	run_record_finish(&record);
	return known;
}

bool supervisor_find(const struct supervisor_search *search, enum supervisor_found *out_found, struct supervisor *out,
    struct error *err)
{
	struct supervisor holder = { .fd = -1 };
	struct error reason = { 0 };

	if (!run_id_is_valid(search->run_id)) {
		*out_found = SUPERVISOR_NOT_BEGUN;
		return true;
	}
	char *lock = run_folder_path(search->runs_directory, search->run_id, RUN_FOLDER_LOCK);
	int lock_fd = lock_or_find(lock, &holder, &reason);
	bool known = true;
	if (holder.fd >= 0) {
		*out_found = SUPERVISOR_RUNNING;
		*out = holder;
	} else if (lock_fd >= 0 || reason.kind == ERROR_NOT_FOUND) {
		known = read_end(search, lock, out_found, out, &reason);
	} else {
		known = false;
	}
	if (lock_fd >= 0)
		close(lock_fd);
	if (!known && err)
		*err = reason;
	free(lock);
	return known;
}

void supervisor_finish(struct supervisor *supervisor)
{
	siginfo_t end;

	if (supervisor->fd < 0)
		return;
	(void)waitid(P_PIDFD, (id_t)supervisor->fd, &end, WEXITED | WNOHANG); /* a found process is not our child */
	close(supervisor->fd);
	*supervisor = (struct supervisor){ .fd = -1 };
}
