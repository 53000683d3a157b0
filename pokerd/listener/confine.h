/* confine.h - giving up, for good, what the listener must not have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_CONFINE_H
#define POKERD_LISTENER_CONFINE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Closes every descriptor but standard input, output, error and those: they were inherited by fork. */
void confine_descriptors(const int *kept, size_t count);

/* No core, no debugger, no new privileges; where we are root: becomes user, with no group but its own.
   ERROR_INVALID: there is no such user. */
bool confine_privileges(const char *user, struct error *err);

#endif
