/* commands.h - backup, export, import and recover: asked of the noahd that runs, or done here where none does. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_COMMANDS_H
#define NOAHD_COMMANDS_H

#include "common/command_line.h"
#include "noahd/settings.h"

/* The options of noahd's commands, by their places in the table in main.c. */
enum { NOAHD_RULE, NOAHD_NODE, NOAHD_ACCEPT_LOSS, NOAHD_OPTIONS };

/* Each returns the exit status and has said on stderr what went wrong. words: the command's own, the command first. */
int command_backup(const struct noahd_settings *settings, const struct command_line *line);
int command_export(const struct noahd_settings *settings, const struct command_line *line);
int command_import(const struct noahd_settings *settings, const struct command_line *line);
/* Here only: a noahd that runs has nothing to recover. */
int command_recover(const struct noahd_settings *settings, const struct command_line *line);

#endif
