/* settings_value.h - how each type of setting is read, described and freed; for settings*.c only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SETTINGS_VALUE_H
#define COMMON_SETTINGS_VALUE_H

#include "common/settings.h"

#include <libconfig.h>
#include <stdbool.h>
#include <stdio.h>

/* Stores what libconfig found in place and frees the old value. False, with place unchanged: the row does not allow it;
   *out_wrong is found, or the wrong item of it. Not for SETTING_GROUPS, which settings.c reads field by field. */
bool setting_value_store(const struct setting *row, config_setting_t *found, void *place, config_setting_t **out_wrong);

/* Adds to parent a setting named "value", made from the text of -o, as the row's type would have it in a file. A text
   that does not look like the type stays a string, which setting_value_store rejects. False: this type cannot be set by
   -o. */
bool setting_value_parse(const struct setting *row, const char *text, config_setting_t *parent);

void setting_value_finish(const struct setting *row, void *place);

/* "a list of strings", "seconds, 0.1 to 3600". */
void setting_value_print_allowed(const struct setting *row, FILE *out);
/* "a list", "\"yes\"", "7". */
void setting_value_print_found(const config_setting_t *found, FILE *out);

#endif
