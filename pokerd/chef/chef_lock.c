/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/chef/chef_lock.h"

#include "common/memory.h"
#include "common/number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static pid_t read_pid(int fd)
{
	char text[NUMBER_TEXT_BYTES];
	ssize_t size = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t pid = 0;

	text[size > 0 ? size : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return number_parse_uint64(text, INT32_MAX, &pid) ? (pid_t)pid : 0;
}

/* A client that fails writes its stack trace beside the lock (Chef::Application.debug_stacktrace). */
static int64_t chef_lock_failure(const char *path)
{
	static const char *const names[] = { "chef-stacktrace.out", "cinc-stacktrace.out" };
	const char *slash = strrchr(path, '/');
	int64_t newest_ns = 0;
	struct stat status;

	for (size_t i = 0; slash && i < sizeof(names) / sizeof(*names); i++) {
		char *trace = memory_format("%.*s/%s", (int)(slash - path), path, names[i]);
		if (!lstat(trace, &status)) {
			int64_t at_ns = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
			newest_ns = at_ns > newest_ns ? at_ns : newest_ns;
		}
		free(trace);
	}
	return newest_ns;
}

/* A shared lock suffices to meet an exclusive one, and does not meet that of another probe. */
void chef_lock_probe(const char *path, struct chef_lock *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	*out = (struct chef_lock){ 0 };
	if (fd < 0)
		return;
	out->is_held = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	if (out->is_held)
		out->pid = read_pid(fd);
	out->failed_ns = chef_lock_failure(path);
	close(fd);
}
