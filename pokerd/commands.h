/* commands.h - the commands that ask a running pokerd. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMANDS_H
#define POKERD_COMMANDS_H

#include "pokerd/settings.h"

#include <stdbool.h>

/* "status" or "history": asks through the control socket and prints the answer. Returns the exit status;
   EXIT_STATUS_UNAVAILABLE: no pokerd answers. */
int command_status(const struct pokerd_settings *settings, bool as_json);
int command_history(const struct pokerd_settings *settings, bool as_json);

#endif
