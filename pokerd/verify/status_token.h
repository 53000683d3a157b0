/* status_token.h - the token whose bearer may read the status and the runs over the network. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_VERIFY_STATUS_TOKEN_H
#define POKERD_VERIFY_STATUS_TOKEN_H

#include "common/error.h"

#include <stdbool.h>

enum { STATUS_TOKEN_HASH_BYTES = 32, STATUS_TOKEN_FILE_BYTES_MAX = 1024 };

/* Only a hash of it, so that the token itself is in memory no longer than it takes to read it. Zeroed: there is none,
   and nothing fits. */
struct status_token {
	bool is_set;
	unsigned char hash[STATUS_TOKEN_HASH_BYTES];
};

/* The file has the token alone on its first line and is readable only by its owner. ERROR_INVALID: it has anything
   else; file_read. */
bool status_token_read(const char *file, struct status_token *out, struct error *err);
/* Whether it is this one; the time that this takes tells nothing about the token. */
bool status_token_fits(const struct status_token *token, const char *text);
void status_token_wipe(struct status_token *token);

#endif
