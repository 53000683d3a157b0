/* confine.h - giving up, for good, what the listener must not have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_CONFINE_H
#define POKERD_LISTENER_CONFINE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Closes every descriptor but standard input, output, error and those: they were inherited by fork. ERROR_INTERNAL:
   some may be open still. */
bool confine_descriptors(const int *kept, size_t count, struct error *err);

/* No core, no debugger, no new privileges; where we are root: becomes user, with no group but its own.
   ERROR_INVALID: there is no such user, or it is root. */
bool confine_privileges(const char *user, struct error *err);

#endif
