/* chef_lock.h - whether a chef-client that pokerd did not start is running, by the lock that each of them takes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_CHEF_CHEF_LOCK_H
#define POKERD_CHEF_CHEF_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the file and its folder show. Zeroed: nothing. */
struct chef_lock {
	bool is_held;
	pid_t pid;         /* of the owner, as it wrote it; 0: unknown */
	int64_t failed_ns; /* when a run was last noted as failed in the same folder; 0: never */
};

/* Tries the lock for as long as that takes: the file is neither created nor changed nor removed. A file that is missing
   or cannot be read is not held. */
void chef_lock_probe(const char *path, struct chef_lock *out);

#endif
