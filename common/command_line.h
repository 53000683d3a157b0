/* command_line.h - the options that both daemons have, and the words behind them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_COMMAND_LINE_H
#define COMMON_COMMAND_LINE_H

#include "common/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses (sysexits.h). */
enum exit_status {
	EXIT_STATUS_FINE = 0,
	EXIT_STATUS_USAGE = 64,
	EXIT_STATUS_INTERNAL = 70,
	EXIT_STATUS_UNAVAILABLE = 75,   /* cannot start now: port taken, store locked */
	EXIT_STATUS_CONFIGURATION = 78, /* also a database that is newer or damaged */
};

struct command_line {
	struct settings_source settings; /* its strings are argv's */
	const char **overrides;
	bool check_config;
	const char **rules; /* of each --rule, in order */
	size_t rule_count;
	const char *node;   /* --node; NULL: not given */
	bool json;          /* --json: the command's answer for a program */
	bool accept_loss;   /* --accept-loss */
	char *const *words; /* the command and its arguments */
	size_t word_count;
};

struct command_line_options {
	const char *program;
	const char *usage;         /* printed by --help */
	const char *settings_file; /* read where there is no -c */
	const struct settings_table *table;
	bool has_rules; /* there are commands that know --rule and --node */
	bool has_json;  /* there are commands that know --json */
	bool has_loss;  /* there is one that knows --accept-loss */
};

/* Reads -c FILE, -o NAME=VALUE, --check-config, --json, --rule RULE, --node NODE, --accept-loss, before the words or
   behind them; answers --help, --version, --help-settings and --example-config by itself. True: go on with *out. False:
   leave with *out_status; everything has been said. */
bool command_line_read(const struct command_line_options *options, int argc, char **argv, struct command_line *out,
    int *out_status);
void command_line_finish(struct command_line *command_line);

/* With what a program leaves that has failed so: 75 may work later; with 78 somebody must mend something first. */
int command_line_status_of(const struct error *err);

/* Every mistake and every warning, on stderr: for a command; in the log: for a daemon. */
void command_line_print_errors(const char *program, const struct settings_errors *errors);
void command_line_log_errors(const struct settings_errors *errors);

#endif
