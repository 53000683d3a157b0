/* process_stats.h - the resources that this process uses. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_PROCESS_STATS_H
#define COMMON_PROCESS_STATS_H

#include <stddef.h>
#include <stdint.h>

struct process_stats {
	uint64_t resident_bytes, virtual_bytes;
	double cpu_seconds; /* user and system, of all threads */
	size_t open_fds, open_fds_max;
};

/* Any thread. Takes a microsecond or more for every open descriptor. What /proc does not show is 0. */
void process_stats_read(struct process_stats *out);

#endif
