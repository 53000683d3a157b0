/* confine.h - permanently gives up what the listener must not have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_CONFINE_H
#define POKERD_LISTENER_CONFINE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Closes every descriptor except standard input, output, error and those given: fork inherited them. ERROR_INTERNAL:
   some may still be open. */
bool confine_descriptors(const int *kept, size_t count, struct error *err);

/* No core dumps, no debugger, no new privileges, no capabilities; as root: changes to user, with no group but its own.
   ERROR_INVALID: the user does not exist or is root. */
bool confine_privileges(const char *user, struct error *err);

/* As an unprivileged user: from now on no further process or thread, at most this many descriptors, and this much
   memory more than there is (not under a sanitizer, which reserves terabytes). */
bool confine_resources(size_t descriptors_max, size_t more_bytes, struct error *err);

#endif
