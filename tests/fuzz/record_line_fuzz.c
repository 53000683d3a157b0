/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a line of an export. A record that is read makes a line that is read as the same; a refusal is words that can
   be shown. */
#include "common/json.h"
#include "common/utf8.h"
#include "noahd/registry/record_line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool parse(const char *text, size_t size, struct record *out)
{
	struct error err = { .kind = ERROR_INVALID, .text = "x" };
	json_t *line;

	if (!json_decode_object(text, size, &line, NULL))
		return false;
	bool is_parsed = record_line_parse(line, out, &err);
	json_decref(line);
	if (!is_parsed && (err.kind != ERROR_INVALID || !*err.text || !utf8_is_valid(err.text, strlen(err.text))))
		abort();
	return is_parsed;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct record record, again;

	if (!parse((const char *)bytes, size, &record))
		return 0;
	char *line = record_line(&record);
	if (!parse(line, strlen(line), &again))
		abort();
	char *second = record_line(&again);
	if (strcmp(line, second) != 0)
		abort();
	free(line);
	free(second);
	record_finish(&record);
	record_finish(&again);
	return 0;
}
