/* spawn_path.h - finds a program in the PATH of a command. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_SPAWN_PATH_H
#define POKERD_RUN_SPAWN_PATH_H

#include "common/settings.h"

#include <stdbool.h>

/* The PATH of a rule's environment, by default SPAWN_PATH. Borrowed. */
const char *spawn_path_of(const struct setting_pairs *environment);

/* A regular file that our user may execute. */
bool spawn_path_is_executable(const char *path);

/* The first executable file of that name in the folders of path, all below root ("": the real root). NULL: none. The
   caller frees it; it begins with root. */
char *spawn_path_find(const char *root, const char *path, const char *name);

#endif
