/* file_draft.h - a file that is written in its own time, appears whole, and never takes the place of another. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_FILE_DRAFT_H
#define COMMON_FILE_DRAFT_H

#include "common/error.h"

#include <stdbool.h>

/* Written as "PATH.new", 0600; what a crash left there goes. */
struct file_draft {
	char *path, *fresh;
	int fd; /* -1: none */
};

/* ERROR_CONFLICT: path exists. */
bool file_draft_open(const char *path, struct file_draft *out, struct error *err);
/* All of what is at from. */
bool file_draft_copy(struct file_draft *draft, const char *from, struct error *err);
/* Synced and put in its place; ERROR_CONFLICT: somebody else has been quicker. Ends the draft, either way. */
bool file_draft_place(struct file_draft *draft, struct error *err);
/* Removes it. Zeroed, or ended already, is fine. */
void file_draft_drop(struct file_draft *draft);

#endif
