/* file_draft.h - a file that is written in steps, appears as a whole, and never replaces another. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_FILE_DRAFT_H
#define COMMON_FILE_DRAFT_H

#include "common/error.h"

#include <stdbool.h>

/* Written as "PATH.new", mode 0600, which replaces the remains of a crash. */
struct file_draft {
	char *path, *fresh;
	int fd; /* -1: none */
};

/* ERROR_CONFLICT: path exists. */
bool file_draft_open(const char *path, struct file_draft *out, struct error *err);
/* Appends the whole file at from. */
bool file_draft_copy(struct file_draft *draft, const char *from, struct error *err);
/* Syncs the file and gives it its name. ERROR_CONFLICT: path exists by now. Ends the draft in either case. */
bool file_draft_place(struct file_draft *draft, struct error *err);
/* Removes the file. A draft that is zeroed or has ended is fine. */
void file_draft_drop(struct file_draft *draft);

#endif
