/* renewal.h - a write that begins an object's lifetime anew, and changes nothing else. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_RENEWAL_H
#define NOAHD_API_RENEWAL_H

#include "common/http_target.h"
#include "noahd/writes/write.h"

#include <stdbool.h>

/* PUT <object>?renew=<seconds>. It is a write like any other: it has its turn, its conditions, it can be a part of a
   transaction. But it is no change: no revision, no event, nothing on the disk, and the same entity tag as before.
   ERROR_NOT_FOUND where there is nothing to renew, as the plan has it by then. */
extern const struct operation renew_lifetime;

/* Whether a request for that operation (NULL: none) renews a lifetime instead. */
bool is_renewal(const struct operation *operation, const struct http_target *target);

/* What a request for that operation does: that, or a renewal. */
const struct operation *operation_or_renewal(const struct operation *operation, const struct http_target *target);

#endif
