/* settings.h - a daemon's settings: one table, from which reading, checking, help and the example file are made. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include "common/error.h"
#include "common/file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a setting leaves at its offset in the daemon's struct. All of it is owned by that struct (settings_finish). */
enum setting_type {
	SETTING_BOOL,      /* bool */
	SETTING_INTEGER,   /* int64_t */
	SETTING_DURATION,  /* int64_t, in ms; may be written as a fraction */
	SETTING_STRING,    /* char *, never NULL */
	SETTING_CHOICE,    /* int: the place in words */
	SETTING_STRINGS,   /* struct setting_strings */
	SETTING_DURATIONS, /* struct setting_durations */
	SETTING_PAIRS,     /* struct setting_pairs: a group whose names are free and whose values are strings */
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

/* A row. Rows of one group ("delivery.") stand together; their order is that of the manual page. */
struct setting {
	const char *name; /* "delivery.timeout_seconds"; at most one dot */
	enum setting_type type;
	size_t offset; /* offsetof(struct noahd_settings, …) */
	const char
	    *default_text; /* the default, as the file would say it: "15", "\"sqlite\"", "( )"; NULL: must be given */
	double min, max;   /* of a number; of a duration, in its unit; of a string, in bytes (most 0: 4096) */
	int64_t unit_ms;   /* durations: SETTING_SECOND or SETTING_HOUR */
	size_t items_min, items_max;        /* lists; items_max 0: 1000 */
	const char *const *choices;         /* choices: ends with NULL */
	const struct settings_table *table; /* groups: the fields of one */
	bool is_fixed;                      /* SIGHUP does not change it: it takes effect at a start */
	const char *sentence;               /* what it is for; ends with a full stop */
};

struct settings_table {
	const struct setting *rows;
	size_t count;
	size_t struct_bytes;
};

struct settings_source {
	const char *file;             /* at most 1 MiB */
	bool file_required;           /* -c was given: it must exist */
	const char *const *overrides; /* of -o: "name=value", lists by comma; over the file, the later over the earlier */
	size_t override_count;
	bool is_trial; /* --check-config and SIGHUP: something else goes on, so what only threatens is refused, too */
};

/* One line each: "noahd.conf:12: delivery.timeout_seconds: found 0, allowed is 0.1 to 3600". */
struct settings_errors {
	char **lines;
	size_t count;
	char **warnings; /* of what is taken all the same */
	size_t warning_count;
};

/* The reading that goes on, handed to the daemon's check. */
struct settings_report;

/* Adds what settings contradict each other or the machine, by settings_error. Where single settings are wrong, the
   check still runs and finds their defaults in the struct; mistakes about those are dropped. */
typedef void settings_check(const void *settings, struct settings_report *report);

/* Fills out, a struct of table->struct_bytes (its old content is not looked at): defaults, then file, then overrides,
   then check (may be NULL). True: out is the caller's (settings_finish) and there are no mistakes, perhaps warnings.
   False: out is untouched, every mistake of meaning is reported, or the first of syntax. Either way the caller prints
   what is in *out_errors and calls settings_errors_finish. */
bool settings_load(const struct settings_table *table, const struct settings_source *source, settings_check *check,
    void *out, struct settings_errors *out_errors);

/* Frees all that the table says is in settings, and zeroes it. A zeroed struct is fine. */
void settings_finish(const struct settings_table *table, void *settings);
void settings_errors_finish(struct settings_errors *errors);

/* For a check: name is a row's, or "keys[1].file" within a list of groups; the line tells where that stands, and
   whether it is a default. The same line is reported once. */
void settings_error(struct settings_report *report, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Of what may be right: reported, and taken all the same. */
void settings_warning(struct settings_report *report, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Of what is wrong now and may be mended while the daemon runs, such as a certificate's time: a warning at a start,
   which may be that of a machine whose clock is not right yet; a mistake in a trial. */
void settings_doubt(struct settings_report *report, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether the file or -o says it; else it has its default. */
bool settings_is_given(const struct settings_report *report, const char *name);
/* A mistake where path is not a regular file that we may open, or holds a secret that others can read (file_check).
   An empty path is "not set" and fine. Nothing is read. */
void settings_check_file(struct settings_report *report, const char *name, const char *path, enum file_secrecy secrecy);

/* --help-settings: for each row "name = default" with type and bounds, then its sentence. free() it.
   Fields of groups are named "keys[].file". A test compares these lines with the manual page. */
char *settings_help(const struct settings_table *table);
/* The packaged file: each setting commented out at its default under its sentence. It loads, to the defaults. free()
   it. */
char *settings_example(const struct settings_table *table, const char *program);

#endif
