/* run_folder.h - runs/<run id>/: the location of each run's files, and the removal of old runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_RUN_FOLDER_H
#define POKERD_RUN_RUN_FOLDER_H

#include "common/error.h"
#include "pokerd/run/spawn_identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "20120510T022253.123Z-00007f": when the run started, for people, and its number, for the order: a wall clock may be
   set back. Numbers start again at 0 after the last. */
enum { RUN_ID_BYTES = 28, RUN_NUMBERS = 1 << 24 };

void run_id_make(int64_t wall_ms, unsigned number, char out[RUN_ID_BYTES]);
/* The number for the next run: the one after the newest. */
unsigned run_number_next(const char *runs_directory);
/* Checks anything that comes from outside before it becomes part of a path. */
bool run_id_is_valid(const char *text);

/* "<runs_directory>/<run_id>/<file>"; file "" is the folder itself. The caller frees it. */
char *run_folder_path(const char *runs_directory, const char *run_id, const char *file);

/* The files in the folder. */
#define RUN_FOLDER_RECORD "record.json"
#define RUN_FOLDER_OUTPUT "output"
#define RUN_FOLDER_EVENT "event.json"
#define RUN_FOLDER_LOCK "lock"
#define RUN_FOLDER_REPORT "report.json"
#define RUN_FOLDER_ORDER "order" /* until a supervisor that is a unit has taken it */

/* Mode 0711: the command's user must be able to reach its event file. Creates the runs directory if missing. */
bool run_folder_create(const char *runs_directory, const char *run_id, struct error *err);
/* Creates a file in it that the command's user owns, mode 0600. -1 with errno on failure; the caller closes it. */
int run_folder_file_create(const char *path, const struct spawn_identity *identity);
/* With all its contents, ignoring what cannot be removed. */
void run_folder_remove(const char *runs_directory, const char *run_id);

/* The ids of all runs by number, newest first: the oldest is the one after the largest gap. None for a missing
   directory. The caller calls run_ids_finish. */
struct run_ids {
	char (*list)[RUN_ID_BYTES];
	size_t count;
};

bool run_folder_list(const char *runs_directory, struct run_ids *out, struct error *err);
void run_ids_finish(struct run_ids *ids);

/* Whether its supervisor lives. */
bool run_folder_is_on(const char *runs_directory, const char *run_id);

/* Removes the oldest ones beyond kept, but never one in progress. */
bool run_folder_rotate(const char *runs_directory, size_t kept, struct error *err);

#endif
