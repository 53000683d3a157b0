/* control_client.h - asking the daemon that answers at a control socket. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CONTROL_CLIENT_H
#define COMMON_CONTROL_CLIENT_H

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>

/* A descriptor to close, or -1. program: "pokerd", for the message. ERROR_NOT_FOUND: nobody is there; else somebody may
   be. */
int control_connect(const char *path, const char *program, struct error *err);

/* Sends a line (without its end) and waits for the answer, which is the caller's. passed: a descriptor that goes along,
   borrowed; -1: none. Fails with the daemon's own error where it refuses, with ERROR_UNAVAILABLE where it hangs up. */
bool control_ask(int fd, const char *line, int passed, json_t **out_answer, struct error *err);

#endif
