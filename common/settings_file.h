/* settings_file.h - a settings file's text, made safe for libconfig 1.5; for settings.c only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SETTINGS_FILE_H
#define COMMON_SETTINGS_FILE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The same text with an 'L' after each whole number, since libconfig wraps the others at 2^31, and a newline at its
   end, which libconfig requires after a comment. free() it. NULL: there is a NUL byte or an @include (which could name
   any file); *out_line says where, err what. */
char *settings_file_prepare(const char *text, size_t size, size_t *out_line, struct error *err);

#endif
