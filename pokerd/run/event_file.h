/* event_file.h - the file with the pokes of a run (POKERD_EVENT_FILE). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_EVENT_FILE_H
#define POKERD_RUN_EVENT_FILE_H

#include "pokerd/run/supervisor.h"

#include <stdbool.h>

/* {"run":"<run id>","pokes":[<body>,…],"dropped":<n>}: the unchanged bodies, oldest first, the newest
   RUN_POKES_CARRIED_MAX of them. Mode 0600, owned by the command's user. Only one body at a time is in memory. */
bool event_file_write(const char *path, const struct run_request *request, struct error *err);

#endif
