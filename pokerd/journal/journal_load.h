/* journal_load.h - the journal's file read into the state, whatever its format and damage. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_JOURNAL_JOURNAL_LOAD_H
#define POKERD_JOURNAL_JOURNAL_LOAD_H

#include "common/error.h"
#include "pokerd/journal/journal_file.h"
#include "pokerd/journal/journal_state.h"

#include <stdbool.h>

/* Opens the file, converts it if it is of the first format, and applies its records; a missing file has none. A damaged
   one is kept (journal_file_keep) and stale. ERROR_INVALID: not a journal, or one of a newer format; it is left
   unchanged. */
bool journal_load(struct journal_file *file, struct journal_state *state, struct journal_damage *out_damage,
    struct error *err);

#endif
