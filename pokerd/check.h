/* check.h - contradictions between pokerd's settings, and between them and the machine. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_CHECK_H
#define POKERD_CHECK_H

#include "common/settings.h"

/* A settings_check. Does not read any signing key, so that the listener can be forked afterwards. */
void pokerd_check(const void *settings, struct settings_report *report);

/* The same, and reads the signing keys. For use when nothing is served. */
void pokerd_check_all(const void *settings, struct settings_report *report);

#endif
