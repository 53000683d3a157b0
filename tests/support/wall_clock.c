/* wall_clock.c - steps the wall clock of one process, on order; the monotonic clock goes on as it was.

   Preloaded (LD_PRELOAD=…/wall_clock.so), it looks into the file that NOAH_CLOCK names each time the process asks what
   time it is, and adds the number of seconds that stands there. No file: the clock is right. A file without a number
   aborts the process: a test that steps nothing must not pass. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long step_seconds(void)
{
	const char *path = getenv("NOAH_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	int kept = errno;
	char text[32] = "", *end = text;

	if (fd < 0)
		return 0;
	ssize_t size = read(fd, text, sizeof(text) - 1);
	long seconds = strtol(text, &end, 10);
	close(fd);
	errno = kept;
	if (size > 0 && end > text)
		return seconds;
	fprintf(stderr, "wall_clock.so: no number of seconds stands in %s\n", path);
	abort();
}

int clock_gettime(clockid_t id, struct timespec *out)
{
	int failed = (int)syscall(SYS_clock_gettime, id, out);

	if (!failed && id == CLOCK_REALTIME)
		out->tv_sec += step_seconds();
	return failed;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*out = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
	return 0;
}
