/* conditions.h - entity tags, and the conditions that name them (RFC 9110, 8.8.3 and 13). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_CONDITIONS_H
#define NOAHD_HTTP_CONDITIONS_H

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { ETAG_BYTES = 64, ETAG_FORM_BYTES = 28 };

/* The tag, with its quotes, of what was last changed at that revision. representation: which one, "" if there is only
   one. Revisions restart with an epoch, so a part of the epoch is in the tag. */
void etag_write(const char *epoch, uint64_t revision, const char *representation, char out[ETAG_BYTES]);

/* The values of the headers, borrowed; NULL: not sent. */
struct conditions {
	const char *if_match, *if_none_match;
};

static inline bool conditions_are_set(const struct conditions *conditions)
{
	return conditions->if_match || conditions->if_none_match;
}

/* ERROR_INVALID if one is neither "*" nor a list of entity tags. */
bool conditions_check(const struct conditions *conditions, struct error *err);

/* Whether valid conditions are met by something with that tag; NULL: by nothing there. If-Match accepts the tag of any
   representation. */
bool conditions_match(const struct conditions *conditions, const char *etag);      /* If-Match */
bool conditions_none_match(const struct conditions *conditions, const char *etag); /* If-None-Match */

/* Both, or ERROR_CONDITION. */
bool conditions_hold(const struct conditions *conditions, const char *etag, struct error *err);

#endif
