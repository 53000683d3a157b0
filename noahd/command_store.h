/* command_store.h - the store for a command: with the noahd that runs, or opened here where none does. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_COMMAND_STORE_H
#define NOAHD_COMMAND_STORE_H

#include "common/error.h"
#include "noahd/settings.h"
#include "noahd/store/store.h"

#include <stdbool.h>

/* The connection to the noahd that runs with these settings (control_client.h), which the caller closes. -1: none does
   (ERROR_NOT_FOUND), or it cannot be asked. */
int command_store_connect(const struct noahd_settings *settings, struct error *err);

/* As in struct store_options. */
enum command_store_wish { STORE_MUST_EXIST = 1, STORE_ACCEPTS_LOSS = 2 };

struct command_store {
	const struct store_engine *engine;
	void *state;
	struct store_head head;
};

/* Opens the store of these settings, which no running noahd may have, and loads it into reader (NULL: the content is
   not needed). ERROR_INVALID if its engine keeps nothing. wishes: 0, or some of command_store_wish. Nothing is changed
   before command_store_start. */
bool command_store_open(const struct noahd_settings *settings, unsigned wishes, const struct store_reader *reader,
    struct command_store *out, struct error *err);

/* As serving would: a store that is new has its key made, one that is not needs its own. Then it may be written to. */
bool command_store_start(const struct noahd_settings *settings, struct command_store *store, struct error *err);

/* Zeroed, or closed already, is fine. */
void command_store_close(struct command_store *store);

#endif
