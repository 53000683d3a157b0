/* spawn_limits.h - the resource limits and priorities that a command starts with. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_SPAWN_LIMITS_H
#define POKERD_RUN_SPAWN_LIMITS_H

/* Between fork and exec: soft limits as the kernel gives them to a new system (getrlimit(2)), wherever the hard limits
   permit; nice value and OOM score adjustment 0. What may not be changed stays. */
void spawn_limits_take(void);

#endif
