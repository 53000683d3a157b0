/* syscall_filter.h - the system calls that the listener may make; any other kills it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_SYSCALL_FILTER_H
#define POKERD_LISTENER_SYSCALL_FILTER_H

#include "common/error.h"

#include <stdbool.h>

/* Whether this build can be filtered. The sanitizers need calls that the filter forbids. */
bool syscall_filter_is_built(void);

/* Irrevocable, for the whole process (seccomp(2)). What is left: to use, accept, shut down and close the sockets that
   are open; to wait; to read the clock; to get memory that is not executable; to end. No file can be opened, no process
   started, signalled or traced, no socket created. ERROR_INTERNAL: nothing is filtered. */
bool syscall_filter_install(struct error *err);

#endif
