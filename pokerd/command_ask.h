/* command_ask.h - asks the running pokerd through its control socket. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMAND_ASK_H
#define POKERD_COMMAND_ASK_H

#include "common/error.h"
#include "pokerd/settings.h"

#include <jansson.h>
#include <stdbool.h>

/* Takes the request, {"command":"WORD",…} (pokerd/runner/control.h); the caller owns the answer. Fails with the running
   pokerd's error if it refuses; ERROR_UNAVAILABLE: none answers, or it is busy. */
bool command_ask(const struct pokerd_settings *settings, json_t *take_request, json_t **out_answer, struct error *err);

/* Prints the error; returns the exit status. */
int command_fail(const struct error *err);

#endif
