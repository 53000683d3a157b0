/* print.h - answers printed for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMANDS_PRINT_H
#define POKERD_COMMANDS_PRINT_H

#include <jansson.h>
#include <stdint.h>

/* A member of an object; "" or 0 if it is missing. Borrowed. */
const char *print_text_of(const json_t *object, const char *key);
int64_t print_number_of(const json_t *object, const char *key);

/* "1.042 s" */
void print_seconds(int64_t duration_ms);

/* "    started    2012-05-10 02:22:53 UTC"; "not yet" for 0. */
void print_time(const char *label, int64_t wall_ms);

#endif
