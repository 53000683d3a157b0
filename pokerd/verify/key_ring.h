/* key_ring.h - the trusted keys of pokes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_VERIFY_KEY_RING_H
#define POKERD_VERIFY_KEY_RING_H

#include "common/error.h"
#include "common/signature.h"
#include "pokerd/settings.h"

#include <stdbool.h>
#include <stddef.h>

enum { KEY_FILE_BYTES_MAX = 65536 };

/* Zeroed is empty. */
struct key_ring {
	bool takes_private_keys; /* for commands that sign; a node must not have one */
	struct signing_key **keys;
	const char **names; /* of each: the name of its file's setting, borrowed from the settings */
	size_t count;
};

/* Adds the keys of one file, one per line; empty lines and lines that begin with '#' are skipped. Nothing of the file
   but the keys remains in memory. ERROR_INVALID with the line: not a key, or a private key that the ring does not take;
   ERROR_DENIED: a secret that others can read, a file that others can write. */
bool key_ring_add_file(struct key_ring *ring, const struct key_settings *settings, struct error *err);

/* Wipes the keys; leaves the ring zeroed. */
void key_ring_finish(struct key_ring *ring);

#endif
