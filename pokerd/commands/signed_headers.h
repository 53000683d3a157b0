/* signed_headers.h - the three headers of a signed request, taken out of a text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMANDS_SIGNED_HEADERS_H
#define POKERD_COMMANDS_SIGNED_HEADERS_H

#include "common/error.h"

#include <stdbool.h>

/* Zeroed is empty. Strings are owned. */
struct signed_headers {
	char *id, *timestamp, *signature;
};

/* Lines "Name: value" in any case, as HTTP writes them or as curl -v shows them ("> Name: value"); all other lines are
   ignored. ERROR_INVALID names the header that is missing or given twice. */
bool signed_headers_parse(const char *text, struct signed_headers *out, struct error *err);
void signed_headers_finish(struct signed_headers *headers);

#endif
