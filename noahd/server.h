/* server.h - one running noahd: its parts, started in order and stopped in reverse. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_SERVER_H
#define NOAHD_SERVER_H

#include "common/command_line.h"
#include "noahd/settings.h"

/* Serves until SIGTERM or SIGINT; says on stderr why it cannot. settings and source are borrowed; source is read again
   at SIGHUP. Returns the exit status. */
int server_run(const struct noahd_settings *settings, const struct settings_source *source);

#endif
