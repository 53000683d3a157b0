/* boot_id.c - makes one process believe that the machine was booted, on order.

   Preloaded (LD_PRELOAD=…/boot_id.so), it opens the file that NOAH_BOOT_ID names in place of
   /proc/sys/kernel/random/boot_id. Where a file with that name and ".stop" behind it exists, the process is stopped
   before. A file that cannot be opened aborts the process: a test that boots nothing must not pass. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *path_of(const char *path)
{
	const char *other = getenv("NOAH_BOOT_ID");
	char stop[PATH_MAX];

	if (!other || strcmp(path, "/proc/sys/kernel/random/boot_id") != 0)
		return path;
	snprintf(stop, sizeof(stop), "%s.stop", other);
	if (!access(stop, F_OK))
		raise(SIGSTOP);
	if (!access(other, R_OK))
		return other;
	fprintf(stderr, "boot_id.so: cannot read %s\n", other);
	abort();
}

static int open_by_call(const char *path, int flags, mode_t mode)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path_of(path), flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	mode_t mode = va_arg(arguments, mode_t); /* without O_CREAT there is none, and the kernel ignores what it is */
	va_end(arguments);
	return open_by_call(path, flags, mode);
}

/* What the C library's headers make of it when they check its arguments. */
int __open_2(const char *path, int flags); /* NOLINT(bugprone-reserved-identifier) */

int __open_2(const char *path, int flags) /* NOLINT(bugprone-reserved-identifier) */
{
	return open_by_call(path, flags, 0);
}
