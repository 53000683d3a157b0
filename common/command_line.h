/* command_line.h - a daemon's options, those of its commands included, and the words that follow them. */
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
	EXIT_STATUS_UNAVAILABLE = 75,   /* cannot start now: port in use, store locked */
	EXIT_STATUS_CONFIGURATION = 78, /* also a database that is newer or damaged */
};

/* A row for each option that only this daemon has. */
struct command_line_option {
	const char *name; /* "rule": --rule */
	enum { OPTION_FLAG, OPTION_TEXT } argument;
};

struct command_line_options {
	const char *program;
	const char *usage;         /* printed by --help */
	const char *settings_file; /* read unless there is -c */
	const struct settings_table *table;
	const struct command_line_option *own; /* may be NULL */
	size_t own_count;
};

/* How often an option was given, and the texts of an OPTION_TEXT, in order. */
struct command_line_given {
	const char **texts;
	size_t count;
};

struct command_line {
	struct settings_source settings; /* its strings are argv's */
	const char **overrides;
	bool check_config;
	struct command_line_given *own; /* by their places in the daemon's table */
	size_t own_count;
	char *const *words; /* the command and its arguments */
	size_t word_count;
};

/* Reads -c FILE, -o NAME=VALUE, --check-config and the daemon's own options, before, between and after the words;
   handles --help, --version, --help-settings and --example-config itself. False: exit with *out_status, nothing is left
   to print. */
bool command_line_read(const struct command_line_options *options, int argc, char **argv, struct command_line *out,
    int *out_status);
void command_line_finish(struct command_line *line);

/* The last text of one of the daemon's options; NULL: it was not given. Borrowed. */
const char *command_line_text(const struct command_line *line, size_t own);

/* The exit status for this error. 75: trying again later may help. 78: something must be corrected first. */
int command_line_status_of(const struct error *err);

/* Every error and every warning: on stderr, for a command; in the log, for a daemon. */
void command_line_print_errors(const char *program, const struct settings_errors *errors);
void command_line_log_errors(const struct settings_errors *errors);

#endif
