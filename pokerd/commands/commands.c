/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/commands.h"

const struct command_line_option command_options[COMMAND_OPTIONS] = {
	[COMMAND_JSON] = { "json", NULL, "print the answer as JSON", 0 },
};

/* The rows: word, its arguments and their number, options, those that must be given, what it does. */
#define OPTION(own) COMMAND_LINE_BIT(COMMAND_##own)
const struct command commands[] = {
	{ { "", "", 0, 0, 0, 0, "wait for pokes, and run the commands of the rules" }, COMMAND_NEEDS_SETTINGS, NULL },
	{ { "status", "", 0, 0, OPTION(JSON), 0, "print what the running pokerd is doing" }, COMMAND_NEEDS_SETTINGS,
	    command_status },
	{ { "history", "", 0, 0, OPTION(JSON), 0, "print the remembered runs and their causes, the oldest first" },
	    COMMAND_NEEDS_SETTINGS, command_history },
};
#undef OPTION
const size_t command_count = sizeof(commands) / sizeof(*commands);
