/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/cause.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

#define ID_BYTES "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"

static bool check_event(const char *event, size_t size, struct error *err)
{
	const char *dash = memrchr(event, '-', size), *end = event + size;

	if (!dash || dash == event || dash + 1 == end || size > CAUSE_EVENT_BYTES_MAX || strspn(event, ID_BYTES) < size ||
	    strspn(dash + 1, "0123456789") < (size_t)(end - dash - 1))
		return error_set(err, ERROR_INVALID, "Noah-Cause: \"%.*s\" is not an event id (<epoch>-<revision>)",
		    (int)(size > 80 ? 80 : size), event);
	return true;
}

bool cause_parse(const char *header, char **out, struct error *err)
{
	char *causes = memory_zeroed(1, header ? strlen(header) + 2 : 1), *end = causes;
	size_t count = 0;

	for (const char *rest = header; rest; count++) {
		const char *event = rest + strspn(rest, " \t");
		size_t size = strcspn(event, ", \t");
		if (count == CAUSE_EVENTS_MAX) {
			error_set(err, ERROR_INVALID, "Noah-Cause has more than %d events", CAUSE_EVENTS_MAX);
			goto fail;
		}
		if (!check_event(event, size, err))
			goto fail;
		memcpy(end, event, size);
		end[size] = '\n';
		end += size + 1;
		rest = event + size + strspn(event + size, " \t");
		if (*rest && *rest != ',') {
			error_set(err, ERROR_INVALID, "Noah-Cause: two events must be separated by a comma");
			goto fail;
		}
		rest = *rest ? rest + 1 : NULL;
	}
	*end = '\0';
	*out = causes;
	return true;

fail:
	free(causes);
	return false;
}
