/* long_polls.h - reads that wait until what they ask for has changed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_LONG_POLLS_H
#define NOAHD_API_LONG_POLLS_H

#include "noahd/api/read.h"
#include "noahd/registry/registry.h"

#include <stddef.h>

/* The API thread's. As many as there are connections at most. */
struct api;
struct long_polls;

struct long_polls *long_polls_create(struct api *api);
/* After the HTTP server has stopped: those that are left are forgotten. NULL is fine. */
void long_polls_destroy(struct long_polls *long_polls);
/* Begins to answer, in the loop of the api. */
void long_polls_start(struct long_polls *long_polls);

/* Keeps a copy until it is due (read_is_due) or its time is up, then answers it; forgets it when its client leaves. */
void long_polls_add(struct long_polls *long_polls, const struct read *read);

/* A change was applied: whoever asks for one of its paths, or for what is above one, is looked at again. */
void long_polls_note_change(struct long_polls *long_polls, const struct change *change);

/* Everything may look different by now; or a token's rules have changed, and those that may not read what they wait for
   any more are told so at once. */
void long_polls_note_everything(struct long_polls *long_polls);

/* How many there are. */
size_t long_polls_count(const struct long_polls *long_polls);

/* All are answered soon, with what there is, and so is who comes from now on. */
void long_polls_end(struct long_polls *long_polls);

#endif
