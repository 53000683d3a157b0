/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/print.h"

#include "common/clock.h"

#include <inttypes.h>
#include <stdio.h>

const char *print_text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int64_t print_number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void print_seconds(int64_t duration_ms)
{
	printf("%" PRId64 ".%03" PRId64 " s", duration_ms / 1000, duration_ms % 1000);
}

void print_time(const char *label, int64_t wall_ms)
{
	char text[CLOCK_TEXT_BYTES];

	printf("    %-11s%s", label, wall_ms ? clock_text(wall_ms, text) : "not yet");
}
