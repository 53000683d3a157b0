/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/spawn_path.h"

#include "common/memory.h"
#include "pokerd/run/spawn_environment.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *spawn_path_of(const struct setting_pairs *environment)
{
	for (size_t i = 0; i < environment->count; i++)
		if (!strcmp(environment->items[i].name, "PATH"))
			return environment->items[i].value;
	return SPAWN_PATH;
}

bool spawn_path_is_executable(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISREG(status.st_mode) && !access(path, X_OK);
}

char *spawn_path_find(const char *root, const char *path, const char *name)
{
	for (const char *end; *path; path = *end ? end + 1 : end) {
		end = path + strcspn(path, ":");
		char *candidate = memory_format("%s%.*s/%s", root, (int)(end - path), path, name);
		if (spawn_path_is_executable(candidate))
			return candidate;
		free(candidate);
	}
	return NULL;
}
