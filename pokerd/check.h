/* check.h - what pokerd's settings contradict: each other, or the machine. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_CHECK_H
#define POKERD_CHECK_H

#include "common/settings.h"

/* A settings_check. Reads no signing key, so that the listener can be forked after it. */
void pokerd_check(const void *settings, struct settings_report *report);

/* That, and the signing keys are read. Of use where nothing is served. */
void pokerd_check_all(const void *settings, struct settings_report *report);

#endif
