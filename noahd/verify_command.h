/* verify_command.h - `noahd verify`: reads a store or a backup to its end, and names what is damaged. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VERIFY_COMMAND_H
#define NOAHD_VERIFY_COMMAND_H

#include "common/command_line.h"
#include "noahd/settings.h"
#include "noahd/store/store.h"

int command_verify(const struct noahd_settings *settings, const struct command_line *line);

/* ERROR_INVALID where anything is damaged in a file that the engine has made, with the first of it. */
bool verify_quietly(const struct store_engine *engine, const char *path, struct error *err);

#endif
