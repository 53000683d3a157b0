/* print.h - answers printed for people: members of JSON, columns, colours. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMANDS_PRINT_H
#define POKERD_COMMANDS_PRINT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* A member of an object; "" or 0 if it is missing. Borrowed. */
const char *print_text_of(const json_t *object, const char *key);
int64_t print_number_of(const json_t *object, const char *key);

/* "started    ": the label of a line, which the caller ends. */
void print_label(const char *label);

/* "2012-05-10 02:22:53 UTC (3 min ago)"; "not yet" for 0. */
void print_time(int64_t wall_ms, int64_t now_ms);

/* Text in a colour, if standard output is a terminal that has colours and NO_COLOR is not set. Padded to width on the
   right; 0: not padded. */
enum print_colour { PRINT_PLAIN, PRINT_GOOD, PRINT_BAD, PRINT_BUSY };
void print_coloured(enum print_colour colour, const char *text, int width);

/* A table whose columns are as wide as their widest cell. Zeroed is empty. */
enum { PRINT_COLUMNS_MAX = 8 };
struct print_table {
	char **cells; /* owned, row after row */
	enum print_colour *colours;
	size_t columns, count;
};

/* Takes the text. columns must be set before the first. */
void print_table_add(struct print_table *table, enum print_colour colour, char *take_text);
/* Prints it, each line after indent spaces, and empties it. */
void print_table_end(struct print_table *table, int indent);

#endif
