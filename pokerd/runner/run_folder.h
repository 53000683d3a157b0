/* run_folder.h - runs/<run id>/: where the files of each run are, and which go when there are too many. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RUN_FOLDER_H
#define POKERD_RUNNER_RUN_FOLDER_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "20120510T022253.123Z-7f3a91": sorts by time. */
enum { RUN_ID_BYTES = 28 };

void run_id_make(int64_t wall_ms, char out[RUN_ID_BYTES]);
/* Everything that comes from outside, before it becomes part of a path. */
bool run_id_is_valid(const char *text);

/* "<runs_directory>/<run_id>/<file>"; file "" is the folder itself. free() it. */
char *run_folder_path(const char *runs_directory, const char *run_id, const char *file);

/* The files in it. */
#define RUN_FOLDER_RECORD "record.json"
#define RUN_FOLDER_OUTPUT "output"
#define RUN_FOLDER_EVENT "event.json"
#define RUN_FOLDER_LOCK "lock"

/* Mode 0711: whom the command runs as must reach its event file. The runs directory is made when missing. */
bool run_folder_create(const char *runs_directory, const char *run_id, struct error *err);
/* With all that is in it, ignoring what cannot be removed. */
void run_folder_remove(const char *runs_directory, const char *run_id);

/* The ids of all runs, newest first; a missing directory has none. run_ids_finish it. */
struct run_ids {
	char (*list)[RUN_ID_BYTES];
	size_t count;
};

bool run_folder_list(const char *runs_directory, struct run_ids *out, struct error *err);
void run_ids_finish(struct run_ids *ids);

/* Removes the oldest beyond kept, but never one that is on. */
bool run_folder_rotate(const char *runs_directory, size_t kept, struct error *err);

#endif
