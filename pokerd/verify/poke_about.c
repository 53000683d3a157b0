/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/poke_about.h"

#include "common/json.h"
#include "common/memory.h"
#include "common/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_BYTES_MAX = 48 };

#define CUT "\xe2\x80\xa6" /* … */

/* The member of each kind of object that says most. */
static const char *const telling[] = { "data", "status" };

struct line {
	char *at, *end; /* where the next byte goes; the last one that may be used, for a NUL */
};

/* Appends at most max bytes of it, whole characters only; what is cut off leaves a mark. */
static void put(struct line *line, const char *text, size_t max)
{
	size_t room = (size_t)(line->end - line->at), size = strlen(text), taken = 0;

	if (max > room)
		max = room;
	if (size > max)
		max = max > strlen(CUT) ? max - strlen(CUT) : 0;
	while (taken < size) {
		size_t next = utf8_sequence(text + taken, size - taken);
		if (!next || taken + next > max)
			break;
		bool is_control = next == 1 && ((unsigned char)text[taken] < ' ' || text[taken] == '\x7f');
		memcpy(line->at, is_control ? "?" : text + taken, next);
		line->at += next;
		taken += next;
	}
	if (taken < size && (size_t)(line->end - line->at) >= strlen(CUT))
		line->at = stpcpy(line->at, CUT);
}

static void put_value(struct line *line, const char *key, const json_t *value)
{
	char *text = json_is_string(value) ? memory_text(json_string_value(value)) : json_render(value, NULL);

	put(line, " (", SIZE_MAX);
	put(line, key, SIZE_MAX);
	put(line, " ", SIZE_MAX);
	put(line, text, VALUE_BYTES_MAX);
	put(line, ")", SIZE_MAX);
	free(text);
}

const char *poke_about(const struct verified_poke *poke, char out[POKE_ABOUT_BYTES])
{
	const size_t tail = VALUE_BYTES_MAX + strlen(" (status )");
	struct line line = { out, out + POKE_ABOUT_BYTES - 1 };
	const json_t *value = NULL;

	put(&line, poke->action, SIZE_MAX);
	put(&line, " of ", SIZE_MAX);
	put(&line, poke->location, (size_t)(line.end - line.at) - tail);
	for (size_t i = 0; i < sizeof(telling) / sizeof(*telling) && !value && strcmp(poke->action, "delete"); i++) {
		value = json_object_get(poke->body, telling[i]);
		if (value)
			put_value(&line, telling[i], value);
	}
	*line.at = '\0';
	return out;
}
