/* answer_line.h - what an endpoint says of its refusal, as one line for the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_ANSWER_LINE_H
#define NOAHD_WATCH_ANSWER_LINE_H

#include <stddef.h>

enum { ANSWER_LINE_BYTES = 200 };

/* Writes the first line of an answer's body that is not blank, truncated if it is too long; "" if there is none.
   Endpoints repeat what they were asked for, and clients put secrets into queries: the text after a "?" is cut off, and
   values of the endpoint's own query are replaced by "...", both encoded and decoded. The caller escapes control
   characters. */
void answer_line_write(const char *body, size_t size, const char *endpoint, char out[ANSWER_LINE_BYTES]);

#endif
