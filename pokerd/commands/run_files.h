/* run_files.h - the files of past and current runs, read from the state directory; pokerd need not run. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMANDS_RUN_FILES_H
#define POKERD_COMMANDS_RUN_FILES_H

#include "common/error.h"
#include "pokerd/run/run_folder.h"
#include "pokerd/settings.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The folder of all runs. The caller frees it. */
char *run_files_folder(const struct pokerd_settings *settings);

/* The run whose id begins with prefix; NULL: the newest. ERROR_NOT_FOUND: none or several; ERROR_DENIED: the state
   directory is not ours. */
bool run_files_find(const struct pokerd_settings *settings, const char *prefix, char out[RUN_ID_BYTES],
    struct error *err);

/* The newest runs, at most count of them, that began at or after since_ms (wall clock); the oldest first. The caller
   owns the array of records (run_record.h). NULL: see err, as for run_files_find. */
json_t *run_files_history(const struct pokerd_settings *settings, size_t count, int64_t since_ms, struct error *err);

#endif
