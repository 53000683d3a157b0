/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/spawn_limits.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

/* A hard limit is the decision of the one who started pokerd. The others of getrlimit(2) have no fixed value: the
   kernel gives them by the size of the memory, with soft and hard alike. */
static const struct {
	int resource;
	rlim_t soft;
} limits[] = {
	{ RLIMIT_AS, RLIM_INFINITY },
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_CPU, RLIM_INFINITY },
	{ RLIMIT_DATA, RLIM_INFINITY },
	{ RLIMIT_FSIZE, RLIM_INFINITY },
	{ RLIMIT_MEMLOCK, RLIM_INFINITY },
	{ RLIMIT_NOFILE, 1024 },
	{ RLIMIT_NPROC, RLIM_INFINITY },
	{ RLIMIT_STACK, 8 << 20 },
};

void spawn_limits_take(void)
{
	struct rlimit limit;

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		if (getrlimit(limits[i].resource, &limit))
			continue;
		limit.rlim_cur = limits[i].soft < limit.rlim_max ? limits[i].soft : limit.rlim_max;
		(void)setrlimit(limits[i].resource, &limit);
	}
	(void)setpriority(PRIO_PROCESS, 0, 0);
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	close(fd);
}
