/* answer_line.h - what an endpoint says of its refusal, as one line for the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_ANSWER_LINE_H
#define NOAHD_WATCH_ANSWER_LINE_H

#include <stddef.h>

enum { ANSWER_LINE_BYTES = 200 };

/* Writes the first line of an answer's body on which something stands, cut where it is longer; "" where there is none.
   Endpoints repeat what they were asked for, and clients put secrets into queries: what follows a "?" is cut off, and
   what the endpoint's own query holds as a value becomes "...", as it was sent and decoded. Whoever shows the line
   escapes its control characters. */
void answer_line_write(const char *body, size_t size, const char *endpoint, char out[ANSWER_LINE_BYTES]);

#endif
