/* command_line.h - a daemon's command and options, read by tables of those that it has. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_COMMAND_LINE_H
#define COMMON_COMMAND_LINE_H

#include "common/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses (sysexits.h). */
enum exit_status {
	EXIT_STATUS_FINE = 0,
	EXIT_STATUS_NO = 1, /* a command has done its work, and the answer is no */
	EXIT_STATUS_USAGE = 64,
	EXIT_STATUS_INTERNAL = 70,
	EXIT_STATUS_UNAVAILABLE = 75,   /* cannot start now: port in use, store locked */
	EXIT_STATUS_CONFIGURATION = 78, /* also a database that is newer or damaged */
};

/* A row for each option that only this daemon has. */
struct command_line_option {
	const char *name;     /* "rule": --rule */
	const char *value;    /* "RULE", for the usage; NULL: the option takes no text */
	const char *sentence; /* what it does, for the usage; NULL: it is not for people, and not shown */
	char letter;          /* 'n': also -n; 0: none */
};

/* The bit of one of these options in a command's row. */
#define COMMAND_LINE_BIT(own) (UINT64_C(1) << (own))

/* A row for each command. A daemon's own row begins with it. */
struct command_line_command {
	const char *word;      /* "": what the daemon does without a command */
	const char *arguments; /* "RUN", "[FILE]", for the usage; NULL: none */
	size_t fewest, most;   /* words behind it */
	uint64_t options;      /* those of the daemon's own options that it takes, by COMMAND_LINE_BIT */
	uint64_t required;     /* those among them that must be given */
	const char *sentence;  /* what it does: "print the last runs" */
	bool is_apart;         /* it reads no settings; -c and -o change nothing */
};

struct command_line_options {
	const char *program;
	const char *settings_file; /* read unless there is -c */
	const struct settings_table *table;
	const struct command_line_option *own; /* may be NULL */
	size_t own_count;
	/* The rows of the commands, each of command_size bytes. NULL: there are none, and any words. */
	const void *commands;
	size_t command_count, command_size;
};

/* How often an option was given, and the texts of an OPTION_TEXT, in order. */
struct command_line_given {
	const char **texts;
	size_t count;
};

struct command_line {
	struct settings_source settings; /* its strings are argv's */
	const char **overrides;
	bool check_config, wants_help;
	const void *command;            /* its row; NULL without a table */
	struct command_line_given *own; /* by their places in the daemon's table */
	size_t own_count;
	char *const *words; /* the command and its arguments */
	size_t word_count;
};

/* Reads -c FILE, -o NAME=VALUE, --check-config and the daemon's own options, before, between and after the words, and
   finds the command, which takes these options and this number of words; handles --help (of the command, if there is
   one), --version, --help-settings and --example-config itself. False: exit with *out_status, nothing is left to
   print. */
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
