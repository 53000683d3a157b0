/* settings_report.h - the mistakes found so far, with what is needed to say where a setting stands; for settings*.c
   only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SETTINGS_REPORT_H
#define COMMON_SETTINGS_REPORT_H

#include "common/settings.h"

#include <libconfig.h>

struct settings_report {
	const struct settings_source *source;
	config_t file; /* what was read of it; kept while the check runs */
	struct settings_errors errors;
	char **names;      /* which setting each mistake is about */
	size_t read_count; /* how many mistakes there were before the check */
};

void settings_report_init(struct settings_report *report, const struct settings_source *source);

/* Hands the mistakes out and frees everything else. */
struct settings_errors settings_report_finish(struct settings_report *report);

/* The line "place: name: text"; name "" is that of no setting, and left out. */
void settings_report_add(struct settings_report *report, const char *place, const char *name, const char *text);

#endif
