/* event_file.h - the file that tells a run which pokes it answers (POKERD_EVENT_FILE). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_EVENT_FILE_H
#define POKERD_RUNNER_EVENT_FILE_H

#include "pokerd/runner/supervisor.h"

#include <stdbool.h>

/* {"run":"<run id>","pokes":[<body>,…],"dropped":<n>}: the bodies as they came, oldest first, the newest
   RUN_POKES_CARRIED_MAX of them. Mode 0600, owned by whom the command runs as. One body at a time is in memory. */
bool event_file_write(const char *path, const struct run_request *request, struct error *err);

#endif
