/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/boot_id.h"

#include "common/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

bool boot_id_read(char out[BOOT_ID_BYTES])
{
	char *text;
	size_t size;

	out[0] = '\0';
	if (!file_read(BOOT_ID_FILE, BOOT_ID_BYTES - 1, FILE_PUBLIC, &text, &size, NULL))
		return false;
	snprintf(out, BOOT_ID_BYTES, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	return out[0] != '\0';
}

bool boot_id_differs(const char *before, const char *now)
{
	return *before && *now && strcmp(before, now) != 0;
}
