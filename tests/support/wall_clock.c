/* wall_clock.c - steps the wall clock of one process, on order; the monotonic clock goes on as it was.

   Preloaded (LD_PRELOAD=…/wall_clock.so), it adds the number of seconds in the eight bytes of the file that NOAH_CLOCK
   names. The file is mapped before main, so that a process which may not open files any more is stepped as well. No
   file aborts the process: a test that steps nothing must not pass. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *step_seconds;

__attribute__((constructor)) static void map_step(void)
{
	const char *path = getenv("NOAH_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *step = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*step_seconds), PROT_READ, MAP_SHARED, fd, 0);

	if (step == MAP_FAILED) {
		fprintf(stderr, "wall_clock.so: cannot read %s\n", path ? path : "NOAH_CLOCK");
		abort();
	}
	close(fd);
	step_seconds = step;
}

int clock_gettime(clockid_t id, struct timespec *out)
{
	int failed = (int)syscall(SYS_clock_gettime, id, out);

	if (!failed && id == CLOCK_REALTIME && step_seconds)
		out->tv_sec += *step_seconds;
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
