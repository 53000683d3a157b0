/* copy_folder.h - the folder in the state directory in which a copy of the store is made. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_COPY_FOLDER_H
#define NOAHD_COPY_FOLDER_H

#include "common/error.h"

#include <stdbool.h>

/* Only who holds the store may make and remove it: the lock of the one is that of the other. */

/* "<state_directory>/copy". free() it. */
char *copy_folder_path(const char *state_directory);
/* Empty, whatever was there. */
bool copy_folder_make(const char *folder, struct error *err);
/* With what is in it; what is not there is fine. */
void copy_folder_remove(const char *folder);

#endif
