/* listen_fds.h - the listening sockets that the service manager has passed to this process. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_LISTEN_FDS_H
#define COMMON_LISTEN_FDS_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { LISTEN_FDS_MAX = 16 };

/* The protocol of sd_listen_fds(3); the sockets' names are ignored. Call once, before any thread is started: the
   variables are removed from the environment, so that no child sees them, and the sockets, which are then the caller's,
   become non-blocking and close-on-exec. *out_count is 0 if the variables are missing or meant for another process.
   ERROR_INVALID: the number is malformed, or a descriptor is not a listening TCP socket. */
bool listen_fds_take(int out_fds[static LISTEN_FDS_MAX], size_t *out_count, struct error *err);

#endif
