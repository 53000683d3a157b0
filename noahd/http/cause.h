/* cause.h - the Noah-Cause header: the events that caused a write. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_CAUSE_H
#define NOAHD_HTTP_CAUSE_H

#include "common/error.h"

#include <stdbool.h>

enum { CAUSE_EVENTS_MAX = 64, CAUSE_EVENT_BYTES_MAX = 64 };

/* "<event id>[, …]" (NULL: no header), as struct change keeps it: each id ended by '\n'. free() *out.
   ERROR_INVALID: too many, too long, or not an event id ("<epoch>-<revision>"). */
bool cause_parse(const char *header, char **out, struct error *err);

#endif
