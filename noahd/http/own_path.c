/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/own_path.h"

#include "common/memory.h"

#include <string.h>

const char *own_path(const struct http_call *call)
{
	const struct http_target *target = call->target;

	if (target->trailing_slash && !strcmp(target->segments[0], "ephemerals"))
		return target->whole_path;
	return target->path ? target->path : "";
}

char *own_path_before_operation(const struct http_call *call)
{
	char *path = memory_text(call->target->path);

	strrchr(path, '/')[call->target->slash_before_last] = '\0'; /* "/ephemerals/a//tag" is about "/ephemerals/a/" */
	return path;
}
