/* settings.h - a daemon's settings: one table for reading, checking, help and the example file. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include "common/error.h"
#include "common/file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a setting stores at its offset in the daemon's struct, which owns all of it (settings_finish). */
enum setting_type {
	SETTING_BOOL,      /* bool */
	SETTING_INTEGER,   /* int64_t */
	SETTING_DURATION,  /* int64_t, in ms; may be written as a fraction */
	SETTING_STRING,    /* char *, never NULL */
	SETTING_CHOICE,    /* int: the index in choices */
	SETTING_STRINGS,   /* struct setting_strings */
	SETTING_DURATIONS, /* struct setting_durations */
	SETTING_PAIRS,     /* struct setting_pairs: a group with any names, whose values are strings */
	SETTING_GROUPS,    /* struct setting_groups: a list of groups with a table of their own */
};

struct setting_strings {
	char **items; /* a NULL follows the last, so that it can be an argument vector */
	size_t count;
};

struct setting_durations {
	int64_t *items_ms;
	size_t count;
};

struct setting_pairs {
	struct setting_pair {
		char *name, *value;
	} * items;
	size_t count;
};

struct setting_groups {
	void *items; /* count structs of table->struct_bytes */
	size_t count;
};

enum { SETTING_SECOND = 1000, SETTING_HOUR = 3600000 };

struct settings_table;

/* A row. Rows of one group ("delivery.") are adjacent; their order is that of the manual page. */
struct setting {
	const char *name; /* "delivery.timeout_seconds"; at most one dot */
	enum setting_type type;
	size_t offset;               /* offsetof(struct noahd_settings, …) */
	const char *default_text;    /* the default, as in a file: "15", "\"sqlite\"", "( )"; NULL: must be given */
	double min, max;             /* of a number; of a duration, in its unit; of a string, in bytes (max 0: 4096) */
	int64_t unit_ms;             /* durations: SETTING_SECOND or SETTING_HOUR */
	size_t items_min, items_max; /* lists; items_max 0: 1000 */
	const char *const *choices;  /* choices: ends with NULL */
	const struct settings_table *table; /* groups: the fields of one */
	bool is_fixed;                      /* SIGHUP does not change it: a new value takes effect at the next start */
	const char *sentence;               /* what it is for; ends with a full stop */
};

struct settings_table {
	const struct setting *rows;
	size_t count;
	size_t struct_bytes;
};

struct settings_source {
	const char *file;   /* at most 1 MiB */
	bool file_required; /* -c was given: it must exist */
	const char *const *
	    /* Of -o: "name=value", lists separated by commas; they override the file, and later ones earlier ones. */
	    overrides;
	size_t override_count;
	bool is_trial; /* --check-config and SIGHUP: the old settings stay in effect, so doubts are errors, too */
};

/* One line each: "noahd.conf:12: delivery.timeout_seconds: found 0, allowed is 0.1 to 3600". */
struct settings_errors {
	char **lines;
	size_t count;
	char **warnings; /* about what is accepted all the same */
	size_t warning_count;
};

/* The reading in progress, passed to the daemon's check. */
struct settings_report;

/* Reports settings that contradict each other or the machine, with settings_error. If single settings are wrong, the
   check still runs and finds their defaults in the struct; errors about those are dropped. */
typedef void settings_check(const void *settings, struct settings_report *report);

/* Fills out, a struct of table->struct_bytes, whose old content is ignored: defaults, then file, then overrides, then
   check (may be NULL). True: the caller owns out (settings_finish), and there are no errors, perhaps warnings. False:
   out is untouched; *out_errors has the first syntax error or every other one. In both cases the caller prints
   *out_errors and calls settings_errors_finish. */
bool settings_load(const struct settings_table *table, const struct settings_source *source, settings_check *check,
    void *out, struct settings_errors *out_errors);

/* Frees everything in settings that the table describes, and zeroes it. A zeroed struct is fine. */
void settings_finish(const struct settings_table *table, void *settings);
void settings_errors_finish(struct settings_errors *errors);

/* For a check: name is that of a row, or "keys[1].file" in a list of groups; the line says where it was set, or that it
   is a default. The same line is reported once. */
void settings_error(struct settings_report *report, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* About what may be right: reported and accepted. */
void settings_warning(struct settings_report *report, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* About what is wrong now and may be corrected while the daemon runs, such as a certificate's dates: at a start a
   warning, since the machine's clock may not be right yet; in a trial an error. */
void settings_doubt(struct settings_report *report, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether the file or -o sets it; otherwise it has its default. */
bool settings_is_given(const struct settings_report *report, const char *name);
/* An error if path is not a regular file that we may open, or if it holds a secret that others can read (file_check).
   An empty path means "not set" and is fine. Nothing is read. */
void settings_check_file(struct settings_report *report, const char *name, const char *path, enum file_secrecy secrecy);

/* Runs a part of a check in a process of its own, and reports what it finds: what it reads, such as a private key, is
   never in our memory. For single-threaded callers only. If there can be no process, that is an error about name. */
void settings_check_apart(struct settings_report *report, const char *name,
    void (*check)(const void *settings, struct settings_report *report), const void *settings);
/* An error if others than root and our user can change the settings file. */
void settings_check_source(struct settings_report *report);

/* For --help-settings: for each row "name = default" with type and bounds, then its sentence. free() it. Fields of
   groups are named "keys[].file". A test compares these lines with the manual page. */
char *settings_help(const struct settings_table *table);
/* The example file: each setting with its sentence, commented out at its default, so that loading it gives the
   defaults. free() it. */
char *settings_example(const struct settings_table *table, const char *program);

#endif
