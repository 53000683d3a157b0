/* settings_change.h - what has changed when the settings were read again. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SETTINGS_CHANGE_H
#define COMMON_SETTINGS_CHANGE_H

#include "common/settings.h"

/* For the log: "log_level, rules: in effect now; listen: in effect from the next start", or "no setting has changed".
   Rows are named in the table's order; is_fixed says when one takes effect. free() it. */
char *settings_change_text(const struct settings_table *table, const void *before, const void *after);

#endif
