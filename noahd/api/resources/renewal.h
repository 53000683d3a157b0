/* renewal.h - a write that restarts an object's lifetime, and changes nothing else. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_RESOURCES_RENEWAL_H
#define NOAHD_API_RESOURCES_RENEWAL_H

#include "noahd/writes/operation.h"

/* PUT <object>?renew=<seconds>. Like any write, it has its turn and its conditions, and can be part of a
   transaction. But it makes no change: no revision, no event, nothing on the disk, and the same entity tag as before.
   ERROR_NOT_FOUND if there is nothing to renew, according to the plan so far. */
extern const struct operation renew_lifetime;

#endif
