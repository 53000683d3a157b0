/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_unit.h"

#include "common/file.h"
#include "common/memory.h"
#include "pokerd/run/run_folder.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEMD_FOLDER "/run/systemd/system" /* sd_booted(3) */
#define SYSTEMD_RUN "/usr/bin/systemd-run"
#define UNIT_PREFIX "pokerd-run-"
#define GONE " (deleted)" /* what the kernel appends: proc(5), exe */

enum {
	CGROUP_BYTES_MAX = 1 << 16,
	STOP_MARGIN_MS = 15000,  /* from the last step of the ladder to the end of the supervisor */
	LIMIT_MARGIN_MS = 60000, /* so that the supervisor, if it lives, always ends the run itself */
};

bool run_unit_is_possible(void)
{
	return geteuid() == 0 && access(SYSTEMD_FOLDER, F_OK) == 0;
}

char *run_unit_program(void)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
	size_t gone = strlen(GONE);

	if (size <= 0)
		return memory_text("");
	path[size] = '\0';
	if ((size_t)size > gone && strcmp(path + size - gone, GONE) == 0)
		path[(size_t)size - gone] = '\0';
	return memory_text(path);
}

enum { ARGUMENTS_MAX = 24 };

struct arguments {
	char *list[ARGUMENTS_MAX];
	size_t count;
};

static void add(struct arguments *arguments, char *take_text)
{
	arguments->list[arguments->count++] = take_text;
}

/* KillMode is control-group: what the run leaves behind, in whatever session, ends with it. A stop reaches the command
   as the ladder does, TERM at first; the supervisor continues with it. RuntimeMaxSec is for the case that the
   supervisor itself is stopped. */
static void run_unit_describe(const struct run_request *request, struct arguments *out)
{
	int64_t ladder_ms = 2 * request->grace_ms + STOP_MARGIN_MS;
	static const char *const fixed[] = { SYSTEMD_RUN, "--quiet", "--collect", "--service-type=notify",
		"--property=KillMode=control-group", "--property=SendSIGHUP=no", "--property=OOMPolicy=continue",
		"--property=SyslogIdentifier=pokerd" };

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		add(out, memory_text(fixed[i]));
	add(out, memory_format("--unit=" UNIT_PREFIX "%s", request->run_id));
	add(out, memory_format("--description=Run of pokerd, rule %s", request->rule));
	add(out, memory_format("--property=TimeoutStopSec=%" PRId64 "ms", ladder_ms));
	add(out,
	    memory_format("--property=RuntimeMaxSec=%" PRId64 "ms", request->time_limit_ms + ladder_ms + LIMIT_MARGIN_MS));
	add(out, memory_text("--"));
	add(out, memory_text(request->program));
	add(out, memory_text("--supervise"));
	add(out, run_folder_path(request->runs_directory, request->run_id, ""));
	out->list[out->count] = NULL;
}

/* With default signals and no descriptor but the standard ones, which it may complain on. */
static int spawn_asker(char *const *argv, pid_t *out_pid)
{
	static char *const environment[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LANG=C.UTF-8", NULL };
	posix_spawnattr_t attributes;
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	int failure = posix_spawn(out_pid, argv[0], NULL, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	return failure;
}

bool run_unit_start(const struct run_request *request, pid_t *out_pid, struct error *err)
{
	struct arguments arguments = { 0 };

	run_unit_describe(request, &arguments);
	errno = spawn_asker(arguments.list, out_pid);
	bool started = !errno || error_set_errno(err, ERROR_UNAVAILABLE, "cannot execute " SYSTEMD_RUN);
	for (size_t i = 0; i < arguments.count; i++)
		free(arguments.list[i]);
	return started;
}

bool run_unit_has(pid_t pid, const char *run_id)
{
	char *path = memory_format("/proc/%d/cgroup", (int)pid), *unit = NULL, *text;
	bool found = false;
	size_t size;

	if (file_read(path, CGROUP_BYTES_MAX, FILE_PUBLIC, &text, &size, NULL)) {
		unit = memory_format("/" UNIT_PREFIX "%s.service", run_id);
		found = strstr(text, unit) != NULL;
		free(text);
	}
	free(unit);
	free(path);
	return found;
}
