/* store_copy.h - the store for a command: a copy of it as it is now, or itself where no noahd runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_COPY_H
#define NOAHD_STORE_COPY_H

#include "common/error.h"
#include "noahd/settings.h"
#include "noahd/store/store.h"

#include <stdbool.h>

/* The connection to the noahd that runs with these settings, which the caller closes; -1: none does (ERROR_NOT_FOUND), or it cannot be asked. */
int store_copy_connect(const struct noahd_settings *settings, struct error *err);

/* Opens the store of these settings, which no noahd may have; ERROR_INVALID where its engine keeps nothing. must_exist: as in
   struct store_options. */
bool store_copy_open(const struct noahd_settings *settings, bool must_exist, const struct store_engine **out_engine,
    void **out_state, struct error *err);

struct store_copy {
	const struct store_engine *engine;
	char *folder;  /* a state directory of its own */
	bool is_there; /* and ours to remove */
	int control;   /* the noahd that has made it, and makes no other until we hang up; -1: we have */
	void *origin;  /* what it was made from, which is locked meanwhile; NULL: a noahd has it */
};

bool store_copy_make(const struct noahd_settings *settings, struct store_copy *out, struct error *err);
/* Removes it. */
void store_copy_finish(struct store_copy *copy);

#endif
