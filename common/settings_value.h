/* settings_value.h - how each type of setting is read, described and freed; for settings*.c only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SETTINGS_VALUE_H
#define COMMON_SETTINGS_VALUE_H

#include "common/settings.h"

#include <libconfig.h>
#include <stdbool.h>
#include <stdio.h>

/* Puts what libconfig found into place, freeing what was there. False, and place as it was, where the row does not
   allow it: *out_wrong is then found, or the item of it that is wrong. Not for SETTING_GROUPS, which settings.c reads
   field by field. */
bool setting_value_store(const struct setting *row, config_setting_t *found, void *place, config_setting_t **out_wrong);

/* Adds to parent a setting named "value" as the row's type would have it in a file, from the text of -o. What does not
   look like that type stays a string, for setting_value_store to refuse. False: this type cannot be given that way. */
bool setting_value_parse(const struct setting *row, const char *text, config_setting_t *parent);

void setting_value_finish(const struct setting *row, void *place);

/* "a list of strings", "seconds, 0.1 to 3600". */
void setting_value_print_allowed(const struct setting *row, FILE *out);
/* "a list", "\"yes\"", "7". */
void setting_value_print_found(const config_setting_t *found, FILE *out);

#endif
