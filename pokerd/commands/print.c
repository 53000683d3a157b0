/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/print.h"

#include "common/clock.h"
#include "common/memory.h"
#include "pokerd/commands/when.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *print_text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int64_t print_number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void print_label(const char *label)
{
	printf("%-11s", label);
}

void print_time(int64_t wall_ms, int64_t now_ms)
{
	char text[CLOCK_TEXT_BYTES], distance[WHEN_TEXT_BYTES];

	if (wall_ms)
		printf("%s (%s)", clock_text(wall_ms, text), when_text(wall_ms, now_ms, distance));
	else
		fputs("not yet", stdout);
}

/* ---- colours ---- */

/* https://no-color.org: any value that is not empty. */
static bool has_colours(void)
{
	const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return (!refused || !*refused) && terminal && strcmp(terminal, "dumb") != 0 && isatty(STDOUT_FILENO);
}

/* The columns that a text takes: bytes that continue a character take none. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

void print_coloured(enum print_colour colour, const char *text, int width)
{
	static const char *const codes[] = {
		[PRINT_PLAIN] = "",
		[PRINT_GOOD] = "\x1b[32m",
		[PRINT_BAD] = "\x1b[31m",
		[PRINT_BUSY] = "\x1b[33m",
	};
	bool is_coloured = colour != PRINT_PLAIN && has_colours();
	int missing = width - width_of(text);

	printf("%s%s%s%*s", is_coloured ? codes[colour] : "", text, is_coloured ? "\x1b[0m" : "", missing > 0 ? missing : 0,
	    "");
}

/* ---- tables ---- */

void print_table_add(struct print_table *table, enum print_colour colour, char *take_text)
{
	table->cells = memory_grow(table->cells, table->count + 1, sizeof(*table->cells));
	table->colours = memory_grow(table->colours, table->count + 1, sizeof(*table->colours));
	table->cells[table->count] = take_text;
	table->colours[table->count++] = colour;
}

void print_table_end(struct print_table *table, int indent)
{
	int widths[PRINT_COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < table->count; i++) {
		int width = width_of(table->cells[i]);
		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;
		bool is_last = column + 1 == table->columns;
		if (!column)
			printf("%*s", indent, "");
		print_coloured(table->colours[i], table->cells[i], is_last ? 0 : widths[column] + 2);
		if (is_last)
			putchar('\n');
		free(table->cells[i]);
	}
	free(table->cells);
	free(table->colours);
	*table = (struct print_table){ 0 };
}
