/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/run_session.h"

#include "common/file.h"
#include "common/memory.h"
#include "common/number.h"
#include "pokerd/runner/processes.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define BOOT_FILE "/proc/sys/kernel/random/boot_id"

enum { BOOT_BYTES = 64 };

/* Who leads a session, and since which start of the machine the numbers are meant. */
struct note {
	pid_t session;
	uint64_t started;
	char boot[BOOT_BYTES];
};

static bool read_boot(char out[BOOT_BYTES])
{
	char *text;
	size_t size;

	if (!file_read(BOOT_FILE, BOOT_BYTES - 1, FILE_PUBLIC, &text, &size, NULL))
		return false;
	snprintf(out, BOOT_BYTES, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	return true;
}

bool run_session_note(int fd)
{
	char boot[BOOT_BYTES];
	struct process self;

	return process_read(getpid(), &self) && read_boot(boot) &&
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
		snprintf(out->boot, sizeof out->boot, "%s", boot);
	}
	free(copy);
	return parsed;
}

/* ---- who belongs to it ---- */

struct members {
	struct process leader; /* all zero: it is gone */
	struct processes others;
};

/* As long as the leader is there, even unreaped, its number is nobody else's, and so is that of the session. After that only
   those are believed who were told the name of the run. */
static bool is_member(const struct process *process, const struct note *note, const char *run_id, bool is_led)
{
	if (!process->is_alive || process->pid == getpid() || process->session != note->session)
		return false;
	return is_led || process_was_given(process->pid, RUN_SESSION_VARIABLE, run_id);
}

static bool holds(const struct processes *processes, pid_t pid)
{
	for (size_t i = 0; i < processes->count; i++)
		if (processes->list[i].pid == pid)
			return true;
	return false;
}

static void move(struct processes *from, size_t place, struct processes *to)
{
	to->list = memory_grow(to->list, to->count + 1, sizeof *to->list);
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
			        holds(&members->others, process->parent)))
				move(all, i, &members->others);
		}
	} while (members->others.count > before);
}

static bool find_members(const struct note *note, const char *run_id, struct members *out, struct error *err)
{
	struct members members = { 0 };
	struct processes all;

	if (!processes_list(&all, err))
		return false;
	take_leader(&all, note, &members);
	for (size_t i = all.count; i-- > 0;)
		if (is_member(&all.list[i], note, run_id, members.leader.pid != 0))
			move(&all, i, &members.others);
	take_descendants(&all, &members);
	processes_finish(&all);
	*out = members;
	return true;
}

/* ---- ending it ---- */

/* One that is gone meanwhile, or that we may not signal, is no failure; the latter is waited for all the same. */
static bool signal_one(const struct process *process, int number, struct run_session_rest *out, struct error *err)
{
	int fd = process_open(process);

	if (fd < 0)
		return errno == ESRCH ||
		       error_set_errno(err, ERROR_UNAVAILABLE, "process %d cannot be watched", (int)process->pid);
	(void)pidfd_send_signal(fd, number, NULL, 0);
	if (out->fd >= 0)
		close(out->fd);
	*out = (struct run_session_rest){ process->pid, fd };
	return true;
}

/* The leader stands still until the others have gone: as long as it is there everybody can be told from strangers. */
static bool kill_members(const struct members *members, struct run_session_rest *out, struct error *err)
{
	const struct processes *others = &members->others;
	struct run_session_rest rest = { .fd = -1 }, stopped = { .fd = -1 };
	bool has_leader = members->leader.is_alive;
	bool killed = !has_leader || !others->count || signal_one(&members->leader, SIGSTOP, &stopped, err);

	for (size_t i = 0; killed && i < others->count; i++)
		killed = signal_one(&others->list[i], SIGKILL, &rest, err);
	if (killed && has_leader && rest.fd < 0)
		killed = signal_one(&members->leader, SIGKILL, &rest, err);
	if (stopped.fd >= 0)
		close(stopped.fd);
	if (killed)
		*out = rest;
	else if (rest.fd >= 0)
		close(rest.fd);
	return killed;
}

bool run_session_kill(const char *note_text, const char *run_id, struct run_session_rest *out, struct error *err)
{
	struct run_session_rest rest = { .fd = -1 };
	char boot[BOOT_BYTES];
	struct note note;
	bool is_anybody = parse_note(note_text, &note) && read_boot(boot) && !strcmp(boot, note.boot);
	bool killed = true;

	while (is_anybody && killed && rest.fd < 0) {
		struct members members;
		if (!find_members(&note, run_id, &members, err))
			return false;
		is_anybody = members.leader.is_alive || members.others.count;
		killed = kill_members(&members, &rest, err);
		processes_finish(&members.others);
	}
	if (killed)
		*out = rest;
	return killed;
}
