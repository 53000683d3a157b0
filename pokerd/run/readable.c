/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/readable.h"

#include "common/memory.h"
#include "common/utf8.h"

#include <string.h>

char *readable_text(const char *bytes, size_t size)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *text = memory_allocate(size * strlen(replacement) + 1);
	char *end = text;

	for (size_t at = 0, length; at < size; at += length) {
		length = bytes[at] ? utf8_sequence(bytes + at, size - at) : 0;
		if (length) {
			end = mempcpy(end, bytes + at, length);
		} else {
			end = stpcpy(end, replacement);
			length = 1;
		}
	}
	*end = '\0';
	return text;
}
