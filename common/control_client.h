/* control_client.h - asks the daemon that listens at a control socket. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CONTROL_CLIENT_H
#define COMMON_CONTROL_CLIENT_H

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>

/* Returns a descriptor to close, or -1. program: "pokerd", for the message. ERROR_NOT_FOUND: no daemon runs there; with
   any other error, one may. */
int control_connect(const char *path, const char *program, struct error *err);

/* Sends a line (without its newline) and waits for the answer, which the caller owns. passed: a descriptor to send with
   it, borrowed; -1: none. Fails with the daemon's own error if it refuses, with ERROR_UNAVAILABLE if it hangs up. */
bool control_ask(int fd, const char *line, int passed, json_t **out_answer, struct error *err);

#endif
