/* waiters.h - reads that wait until what they ask for has changed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_WAITERS_H
#define NOAHD_API_WAITERS_H

#include "noahd/api/read.h"
#include "noahd/registry/registry.h"

#include <stddef.h>

/* The API thread's. As many as there are connections at most. */
struct api;
struct waiters;

struct waiters *waiters_create(struct api *api);
/* After the HTTP server has stopped: those that are left are forgotten. NULL is fine. */
void waiters_destroy(struct waiters *waiters);
/* Begins to answer, in the loop of the api. */
void waiters_start(struct waiters *waiters);

/* Keeps a copy until it is due (read_is_due) or its time is up, then answers it; forgets it when its client leaves. */
void waiters_add(struct waiters *waiters, const struct read *read);

/* A change was applied: whoever asks for one of its paths, or for what is above one, is looked at again. */
void waiters_note_change(struct waiters *waiters, const struct change *change);
/* An entry looks different by now, maybe because of what it shows. */
void waiters_note_entry(struct waiters *waiters, const struct registry_entry *entry);

/* Everything may look different by now; or a token's rules have changed, and those that may not read what they wait for any more are told so
   at once. */
void waiters_note_everything(struct waiters *waiters);

/* How many there are. */
size_t waiters_count(const struct waiters *waiters);

/* All are answered soon, with what there is, and so is who comes from now on. */
void waiters_end(struct waiters *waiters);

#endif
