/* command_store.h - the store for a command: with the noahd that runs, or opened here where none does. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_COMMAND_STORE_H
#define NOAHD_COMMAND_STORE_H

#include "common/error.h"
#include "noahd/settings.h"
#include "noahd/store/store.h"

#include <stdbool.h>

/* The connection to the noahd that runs with these settings (control_client.h), which the caller closes. -1: none does (ERROR_NOT_FOUND),
   or it cannot be asked. */
int command_store_connect(const struct noahd_settings *settings, struct error *err);

/* Opens the store of these settings, which no noahd may have; ERROR_INVALID where its engine keeps nothing. must_exist: as in
   struct store_options. */
bool command_store_open(const struct noahd_settings *settings, bool must_exist, const struct store_engine **out_engine,
    void **out_state, struct error *err);

#endif
