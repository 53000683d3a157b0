/* commands.h - what an operator asks a pokerd that runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMANDS_H
#define POKERD_COMMANDS_H

#include "pokerd/settings.h"

#include <stdbool.h>

/* "status" or "history": asks by the control socket and prints. Returns the status to exit with;
   EXIT_STATUS_UNAVAILABLE: nobody answers. */
int command_status(const struct pokerd_settings *settings, bool as_json);
int command_history(const struct pokerd_settings *settings, bool as_json);

#endif
