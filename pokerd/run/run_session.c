/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_session.h"

#include "common/memory.h"
#include "common/number.h"
#include "pokerd/run/boot_id.h"
#include "pokerd/run/processes.h"
#include "pokerd/run/run_unit.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum {
	SCAN_MS = 1,
	SCANS_MAX = 100, /* a limit for processes that multiply faster than they can be stopped, or that do not stop */
};

/* The leader of a session, and the boot that the numbers refer to. */
struct note {
	pid_t session;
	uint64_t started;
	char boot[BOOT_ID_BYTES];
};

bool run_session_note(int fd)
{
	char boot[BOOT_ID_BYTES];
	struct process self;

	return process_read(getpid(), &self) && boot_id_read(boot) &&
	       dprintf(fd, "%d %" PRIu64 " %s\n", (int)self.pid, self.started, boot) > 0;
}

static bool parse_note(const char *text, struct note *out)
{
	char *copy = memory_text(text), *rest = copy;
	const char *session = strsep(&rest, " "), *started = strsep(&rest, " "), *boot = strsep(&rest, "\n");
	uint64_t pid;
	bool parsed = boot && number_parse_uint64(session, INT32_MAX, &pid) && pid &&
	              number_parse_uint64(started, UINT64_MAX, &out->started);

	if (parsed) {
		out->session = (pid_t)pid;
		snprintf(out->boot, sizeof(out->boot), "%s", boot);
	}
	free(copy);
	return parsed;
}

/* ---- who belongs to it ---- */

struct members {
	struct process leader; /* all zero: it is gone */
	struct processes others;
};

/* As long as the leader exists, even unreaped, no other process gets its number, and so the session's number is unique
   too. Without it, and outside of the session, the unit tells, which no process leaves, and the run's name in the
   environment. */
static bool is_member(const struct process *process, const struct note *note, const char *run_id, bool is_led)
{
	if (!process->is_alive || process->pid == getpid())
		return false;
	return (is_led && process->session == note->session) || run_unit_has(process->pid, run_id) ||
	       process_was_given(process->pid, RUN_SESSION_VARIABLE, run_id);
}

static bool has_same_process(const struct processes *processes, const struct process *process)
{
	for (size_t i = 0; i < processes->count; i++)
		if (processes->list[i].pid == process->pid && processes->list[i].started == process->started)
			return true;
	return false;
}

static bool has_pid(const struct processes *processes, pid_t pid)
{
	for (size_t i = 0; i < processes->count; i++)
		if (processes->list[i].pid == pid)
			return true;
	return false;
}

static void move(struct processes *from, size_t place, struct processes *to)
{
	to->list = memory_grow(to->list, to->count + 1, sizeof(*to->list));
	to->list[to->count++] = from->list[place];
	from->list[place] = from->list[--from->count];
}

static void take_leader(struct processes *all, const struct note *note, struct members *members)
{
	for (size_t i = all->count; i-- > 0;) {
		if (all->list[i].pid != note->session || all->list[i].started != note->started)
			continue;
		members->leader = all->list[i];
		all->list[i] = all->list[--all->count];
	}
}

static void take_descendants(struct processes *all, struct members *members)
{
	size_t before;

	do {
		before = members->others.count;
		for (size_t i = all->count; i-- > 0;) {
			const struct process *process = &all->list[i];
			if (process->is_alive && process->pid != getpid() &&
			    ((members->leader.is_alive && process->parent == members->leader.pid) ||
			        has_pid(&members->others, process->parent)))
				move(all, i, &members->others);
		}
	} while (members->others.count > before);
}

/* Known members stay members, even if the parent that proved it has ended. */
static bool find_members(const struct note *note, const char *run_id, const struct processes *known,
    struct members *out, struct error *err)
{
	struct members members = { 0 };
	struct processes all;

	if (!processes_list(&all, err))
		return false;
	take_leader(&all, note, &members);
	for (size_t i = all.count; i-- > 0;)
		if (is_member(&all.list[i], note, run_id, members.leader.pid != 0) ||
		    (all.list[i].is_alive && has_same_process(known, &all.list[i])))
			move(&all, i, &members.others);
	take_descendants(&all, &members);
	processes_finish(&all);
	*out = members;
	return true;
}

/* ---- ending it ---- */

/* A process that is already gone, or that we may not signal, is not an error; the latter is waited for all the same.
   *out_fd is owned by the caller and readable when the process has ended; -1: it is gone. */
static bool signal_one(const struct process *process, int number, int *out_fd, struct error *err)
{
	int fd = process_open(process);

	if (fd < 0 && errno != ESRCH)
		return error_set_errno(err, ERROR_UNAVAILABLE, "process %d cannot be watched", (int)process->pid);
	if (fd >= 0)
		(void)pidfd_send_signal(fd, number, NULL, 0);
	*out_fd = fd;
	return true;
}

static bool is_still(const struct members *members)
{
	bool still = !members->leader.is_alive || members->leader.is_stopped;

	for (size_t i = 0; still && i < members->others.count; i++)
		still = members->others.list[i].is_stopped;
	return still;
}

static bool stop_one(const struct process *process, struct error *err)
{
	int fd = -1;

	if (!process->is_alive || process->is_stopped)
		return true;
	bool stopped = signal_one(process, SIGSTOP, &fd, err);
	if (fd >= 0)
		close(fd);
	return stopped;
}

static bool stop_all(const struct members *members, struct error *err)
{
	bool stopped = stop_one(&members->leader, err);

	for (size_t i = 0; stopped && i < members->others.count; i++)
		stopped = stop_one(&members->others.list[i], err);
	return stopped;
}

/* A running process could start another, even in a session of its own, while its parent is being killed; after that,
   nothing would identify it. So all are stopped first. A process that was about to fork when it was stopped has done so
   by the time it stands still; the next scan finds the child. */
static bool stop_members(const struct note *note, const char *run_id, struct members *out, struct error *err)
{
	struct members members = { 0 };
	bool known = true, were_still = false, are_still = false;

	for (int scans = 0; known && !(were_still && are_still) && scans < SCANS_MAX; scans++) {
		struct members now;
		if (scans > 1)
			(void)poll(NULL, 0, SCAN_MS);
		known = find_members(note, run_id, &members.others, &now, err);
		if (!known)
			break;
		processes_finish(&members.others);
		members = now;
		were_still = are_still;
		are_still = is_still(&members);
		known = stop_all(&members, err);
	}
	if (known)
		*out = members;
	else
		processes_finish(&members.others);
	return known;
}

/* The leader stays stopped until the others are gone: as long as it exists, members can be distinguished from other
   processes. */
static bool kill_members(const struct members *members, struct run_session_rest *out, struct error *err)
{
	const struct processes *others = &members->others;
	struct run_session_rest rest = { .fd = -1 };
	bool killed = true;

	for (size_t i = 0; killed && i <= others->count; i++) {
		const struct process *process = i < others->count ? &others->list[i] : &members->leader;
		bool is_turn = i < others->count || (members->leader.is_alive && rest.fd < 0);
		int fd = -1;
		killed = !is_turn || signal_one(process, SIGKILL, &fd, err);
		if (fd < 0)
			continue;
		if (rest.fd >= 0)
			close(rest.fd);
		rest = (struct run_session_rest){ process->pid, fd };
	}
	if (killed)
		*out = rest;
	else if (rest.fd >= 0)
		close(rest.fd);
	return killed;
}

bool run_session_kill(const char *note_text, const char *run_id, struct run_session_rest *out, struct error *err)
{
	struct run_session_rest rest = { .fd = -1 };
	char boot[BOOT_ID_BYTES];
	struct note note;
	bool is_anybody = parse_note(note_text, &note) && boot_id_read(boot) && !strcmp(boot, note.boot);
	bool killed = true;

	while (is_anybody && killed && rest.fd < 0) {
		struct members members;
		if (!stop_members(&note, run_id, &members, err))
			return false;
		is_anybody = members.leader.is_alive || members.others.count;
		killed = kill_members(&members, &rest, err);
		processes_finish(&members.others);
	}
	if (killed)
		*out = rest;
	return killed;
}
