/* token_command.h - the command that makes the first token, which no client could make over HTTP. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_TOKEN_COMMAND_H
#define NOAHD_TOKEN_COMMAND_H

#include "common/command_line.h"
#include "noahd/settings.h"

/* "token NAME" with its rules: asked of the noahd that runs, or done here where none does. Prints the secret; returns
   the exit status, having said on stderr what went wrong. */
int command_token(const struct noahd_settings *settings, const struct command_line *line);

#endif
