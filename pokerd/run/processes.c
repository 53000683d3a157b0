/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/processes.h"

#include "common/file.h"
#include "common/memory.h"
#include "common/number.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum { STAT_BYTES_MAX = 4096, ENVIRONMENT_BYTES_MAX = 8 << 20 };

/* Fields of stat after the name, which may contain anything, counted from 0. */
enum { FIELD_STATE = 0, FIELD_PARENT = 1, FIELD_SESSION = 3, FIELD_THREADS = 17, FIELD_STARTED = 19, FIELDS };

/* The caller frees *out. */
static bool read_of(pid_t pid, const char *name, size_t bytes_max, char **out, size_t *out_size)
{
	char *path = memory_format("/proc/%d/%s", (int)pid, name);
	bool read = file_read(path, bytes_max, FILE_PUBLIC, out, out_size, NULL);

	free(path);
	return read;
}

static bool processes_split(char *stat, char *fields[FIELDS])
{
	char *rest = strrchr(stat, ')');

	if (!rest || rest[1] != ' ')
		return false;
	rest += 2;
	for (size_t i = 0; i < FIELDS; i++)
		if (!(fields[i] = strsep(&rest, " ")))
			return false;
	return true;
}

/* A process whose first thread has ended looks dead, but is alive as long as it has other threads. */
static bool processes_parse(char *stat, pid_t pid, struct process *out)
{
	char *fields[FIELDS];
	uint64_t parent, session, threads, started;

	if (!processes_split(stat, fields) || !number_parse_uint64(fields[FIELD_PARENT], INT32_MAX, &parent) ||
	    !number_parse_uint64(fields[FIELD_SESSION], INT32_MAX, &session) ||
	    !number_parse_uint64(fields[FIELD_THREADS], INT32_MAX, &threads) ||
	    !number_parse_uint64(fields[FIELD_STARTED], UINT64_MAX, &started))
		return false;
	*out = (struct process){
		.pid = pid,
		.parent = (pid_t)parent,
		.session = (pid_t)session,
		.started = started,
		.is_alive = !strchr("ZX", *fields[FIELD_STATE]) || threads > 1,
		.is_stopped = strchr("Tt", *fields[FIELD_STATE]) != NULL,
	};
	return true;
}

bool process_read(pid_t pid, struct process *out)
{
	char *stat;
	size_t size;

	if (!read_of(pid, "stat", STAT_BYTES_MAX, &stat, &size))
		return false;
	bool found = processes_parse(stat, pid, out);
	free(stat);
	return found;
}

bool process_was_given(pid_t pid, const char *name, const char *value)
{
	size_t size, at = 0;
	char *environment;

	if (!read_of(pid, "environ", ENVIRONMENT_BYTES_MAX, &environment, &size))
		return false;
	char *wanted = memory_format("%s=%s", name, value);
	while (at < size && strcmp(environment + at, wanted) != 0)
		at += strlen(environment + at) + 1;
	free(environment);
	free(wanted);
	return at < size;
}

int process_open(const struct process *process)
{
	int fd = pidfd_open(process->pid, 0);
	struct process now;

	if (fd < 0 || (process_read(process->pid, &now) && now.started == process->started))
		return fd;
	close(fd);
	errno = ESRCH;
	return -1;
}

bool processes_list(struct processes *out, struct error *err)
{
	DIR *folder = opendir("/proc");
	struct processes processes = { 0 };
	struct process process;
	struct dirent *entry;
	uint64_t pid;

	if (!folder)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot read /proc");
	while ((entry = readdir(folder))) {
		if (!number_parse_uint64(entry->d_name, INT32_MAX, &pid) || !process_read((pid_t)pid, &process))
			continue;
		processes.list = memory_grow(processes.list, processes.count + 1, sizeof(*processes.list));
		processes.list[processes.count++] = process;
	}
	closedir(folder);
	*out = processes;
	return true;
}

void processes_finish(struct processes *processes)
{
	free(processes->list);
	*processes = (struct processes){ 0 };
}
