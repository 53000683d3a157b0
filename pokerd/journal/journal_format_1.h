/* journal_format_1.h - journals of the first format, as the present one has them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_JOURNAL_JOURNAL_FORMAT_1_H
#define POKERD_JOURNAL_JOURNAL_FORMAT_1_H

#include "pokerd/journal/journal.h"

#include <stddef.h>

#define JOURNAL_FORMAT_1_MAGIC "pokerd journal 1\n"

/* All undamaged records after the magic in bytes, as records of the present format; the caller frees *out. In this
   format a changed size hides what follows it: that is *out_damage's tail. */
void journal_format_1_convert(const char *bytes, size_t size, char **out, size_t *out_size,
    struct journal_damage *out_damage);

#endif
