/* record_line.h - a record as one line of JSON: everything that the store keeps of an object. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_RECORD_LINE_H
#define NOAHD_REGISTRY_RECORD_LINE_H

#include "common/error.h"
#include "noahd/registry/change.h"

#include <jansson.h>

/* Without its end; the same record always makes the same line. free() it. */
char *record_line(const struct record *record);

/* The record that this is the line of, as its JSON value. ERROR_INVALID: a key is missing, of a wrong type or unknown,
   or it is none that the registry can have made. record_finish(out) when done. */
bool record_line_parse(const json_t *line, struct record *out, struct error *err);

#endif
