/* command_ask.h - asks the running pokerd through its control socket. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMANDS_COMMAND_ASK_H
#define POKERD_COMMANDS_COMMAND_ASK_H

#include "common/command_line.h"
#include "common/error.h"
#include "pokerd/settings.h"

#include <jansson.h>
#include <stdbool.h>

/* Takes the request, {"command":"WORD",…} (pokerd/runner/control.h); the caller owns the answer. Fails with the running
   pokerd's error if it refuses; ERROR_UNAVAILABLE: none answers, or it is busy. */
bool command_ask(const struct pokerd_settings *settings, json_t *take_request, json_t **out_answer, struct error *err);

/* For a command without arguments: asks word and prints the answer, as JSON with --json, else by print. Returns the
   exit status. */
int command_show(const struct command_line *line, const struct pokerd_settings *settings, const char *word,
    void (*print)(const json_t *answer));

/* A line of JSON on stdout. */
void command_print_json(const json_t *value);

/* Prints the error; returns the exit status. */
int command_fail(const struct error *err);

#endif
