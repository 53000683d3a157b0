/* turns.c - tells how long a process has kept its event loop to itself: the most time on the processor between two
   waits.

   Preloaded (LD_PRELOAD=…/turns.so), it takes the first descriptor that a thread waits for in epoll_wait for its
   loop's, and keeps the longest turn of all loops, in ms, in the eight bytes of the file that NOAH_TURNS names. What
   the machine does meanwhile does not count, so that a test can ask for it while others work. No file aborts the
   process: a test that measures nothing must not pass. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static double *longest_ms;
static __thread double begun_ms;
static __thread int loop_fd;

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("NOAH_TURNS");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0 || ftruncate(fd, sizeof(double)) ||
	    (longest_ms = mmap(NULL, sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
		fprintf(stderr, "turns.so: NOAH_TURNS names no file that can be written\n");
		abort();
	}
	close(fd);
}

/* Threads may overtake each other here, which loses a turn that was as long as another. */
static void end_turn(void)
{
	double turn_ms = now_ms() - begun_ms;

	if (begun_ms > 0 && turn_ms > *longest_ms)
		*longest_ms = turn_ms;
}

int epoll_wait(int fd, struct epoll_event *events, int count_max, int timeout)
{
	static int (*next)(int fd, struct epoll_event *events, int count_max, int timeout);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "epoll_wait");
	if (!loop_fd)
		loop_fd = fd;
	if (fd != loop_fd)
		return next(fd, events, count_max, timeout);
	end_turn();
	int count = next(fd, events, count_max, timeout);
	begun_ms = now_ms();
	return count;
}
