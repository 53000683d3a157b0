/* command_usage.h - the usage of a daemon and of each of its commands, written from the tables of command_line.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_COMMAND_USAGE_H
#define COMMON_COMMAND_USAGE_H

#include "common/command_line.h"

/* The i-th row. Borrowed. */
const struct command_line_command *command_usage_row(const struct command_line_options *options, size_t i);

/* For a daemon's --help: all commands, and the options of all daemons. free() it. */
char *command_usage_of_all(const struct command_line_options *options);

/* "pokerd log [-f] RUN": one line without its end. free() it. */
char *command_usage_line(const struct command_line_options *options, const struct command_line_command *command);

/* For the --help of one command: the line, what it does, and its options. free() it. */
char *command_usage_of(const struct command_line_options *options, const struct command_line_command *command);

#endif
