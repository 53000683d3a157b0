/* store_copy.h - a copy of the store as it is now, in a folder that goes with it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_COPY_H
#define NOAHD_STORE_COPY_H

#include "common/error.h"
#include "noahd/command_store.h"
#include "noahd/settings.h"

#include <stdbool.h>

struct store_copy {
	const struct store_engine *engine;
	char *folder;                /* a state directory of its own */
	bool is_there;               /* and ours to remove */
	int control;                 /* the noahd that has made it, and makes no other until we hang up; -1: we have */
	struct command_store origin; /* what it was made from, which is locked meanwhile; zeroed: a noahd has it */
};

/* Made by the noahd that runs, or here where none does. */
bool store_copy_make(const struct noahd_settings *settings, struct store_copy *out, struct error *err);
/* Removes it. */
void store_copy_finish(struct store_copy *copy);

#endif
