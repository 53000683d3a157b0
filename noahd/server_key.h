/* server_key.h - the key that signs what noahd sends, in its file beside the database. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_SERVER_KEY_H
#define NOAHD_SERVER_KEY_H

#include "common/error.h"
#include "common/signature.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads "<state_directory>/signing.key" (one whsk_… line, 0600). Where it is missing, ERROR_NOT_FOUND says how to get
   one. The caller owns *out. */
bool server_key_read(const char *state_directory, struct signing_key **out, struct error *err);

/* The same, but a key that is missing is made. */
bool server_key_read_or_make(const char *state_directory, struct signing_key **out, struct error *err);

/* For a store at that revision, before it is started: makes nothing. *out is NULL where a first start has yet to make
   it. */
bool server_key_find(const char *state_directory, uint64_t revision, struct signing_key **out, struct error *err);

#endif
