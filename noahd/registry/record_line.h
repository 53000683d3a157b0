/* record_line.h - a record as a line of JSON, as in exports. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_RECORD_LINE_H
#define NOAHD_REGISTRY_RECORD_LINE_H

#include "common/error.h"
#include "noahd/registry/change.h"

#include <jansson.h>

/* Without a line end; equal records make equal lines. free() it. */
char *record_line(const struct record *record);

/* The record of a parsed line. ERROR_INVALID: a key is missing, unknown or of a wrong type, or record_check fails.
   record_finish(out) when done. */
bool record_line_parse(const json_t *line, struct record *out, struct error *err);

#endif
