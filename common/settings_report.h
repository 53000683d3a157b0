/* settings_report.h - the errors found so far, and where a setting was made; for settings*.c only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SETTINGS_REPORT_H
#define COMMON_SETTINGS_REPORT_H

#include "common/settings.h"

#include <libconfig.h>

struct settings_report {
	const struct settings_source *source;
	config_t file; /* what was read from it; kept while the check runs */
	struct settings_errors errors;
	char **names;      /* the setting that each error is about */
	size_t read_count; /* how many errors there were before the check */
};

void settings_report_init(struct settings_report *report, const struct settings_source *source);

/* Returns the errors and frees everything else. */
struct settings_errors settings_report_finish(struct settings_report *report);

/* The line "place: name: text"; an empty name is left out. */
void settings_report_add(struct settings_report *report, const char *place, const char *name, const char *text);

#endif
