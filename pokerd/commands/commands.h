/* commands.h - the table of pokerd's commands and their options. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMANDS_COMMANDS_H
#define POKERD_COMMANDS_COMMANDS_H

#include "common/command_line.h"
#include "pokerd/settings.h"

#include <stddef.h>

/* The options of commands, by their places in command_options. */
enum {
	COMMAND_KEY,
	COMMAND_HEADERS,
	COMMAND_BODY,
	COMMAND_AT,
	COMMAND_ANY_AGE,
	COMMAND_HMAC,
	COMMAND_LOCATION,
	COMMAND_ACTION,
	COMMAND_DATA,
	COMMAND_CA,
	COMMAND_COUNT,
	COMMAND_SINCE,
	COMMAND_FOLLOW,
	COMMAND_FOR,
	COMMAND_REASON,
	COMMAND_ALL,
	COMMAND_WAIT,
	COMMAND_JSON,
	COMMAND_SUPERVISE,
	COMMAND_RUNNER,
	COMMAND_LISTENER,
	COMMAND_OPTIONS,
};

extern const struct command_line_option command_options[COMMAND_OPTIONS];

struct command {
	struct command_line_command row;
	/* Returns the exit status, having printed on stderr what went wrong. settings are NULL if row.is_apart. run NULL:
	   pokerd itself. */
	int (*run)(const struct command_line *line, const struct pokerd_settings *settings);
};

extern const struct command commands[];
extern const size_t command_count;

int command_status(const struct command_line *line, const struct pokerd_settings *settings);
int command_history(const struct command_line *line, const struct pokerd_settings *settings);
int command_show_run(const struct command_line *line, const struct pokerd_settings *settings);
int command_log(const struct command_line *line, const struct pokerd_settings *settings);
int command_why(const struct command_line *line, const struct pokerd_settings *settings);
int command_hold(const struct command_line *line, const struct pokerd_settings *settings);
int command_release(const struct command_line *line, const struct pokerd_settings *settings);
int command_run(const struct command_line *line, const struct pokerd_settings *settings);
int command_keygen(const struct command_line *line, const struct pokerd_settings *settings);
int command_poke(const struct command_line *line, const struct pokerd_settings *settings);
int command_verify(const struct command_line *line, const struct pokerd_settings *settings);

#endif
