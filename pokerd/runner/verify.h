/* verify.h - whether a message is a genuine poke for this node; nothing is taken from it that was not signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_VERIFY_H
#define POKERD_RUNNER_VERIFY_H

#include "common/error.h"
#include "pokerd/link/messages.h"
#include "pokerd/runner/addressee.h"
#include "pokerd/runner/key_ring.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verify_result {
	VERIFY_GENUINE,
	VERIFY_UNSIGNED,      /* by nobody we know, not now, or not these bytes */
	VERIFY_MALFORMED,     /* signed, but not what a watch sends */
	VERIFY_NOT_ADDRESSED, /* signed by the fleet's key for another node or for none, or for another path */
};

/* What the signed body says. */
struct verified_poke {
	const char *key; /* the name of the one that signed; the ring's */
	json_t *body;    /* owned; the texts below are its own */
	const char *location, *action;
	const char *event; /* "" where the body has none */
};

/* poke is of MESSAGE_POKE. err tells precisely what is wrong, for the log; where the result is VERIFY_UNSIGNED the
   client is not told. */
enum verify_result verify_poke(const struct message *poke, const struct key_ring *keys,
    const struct addressee_options *addressees, int64_t now_s, struct verified_poke *out, struct error *err);

/* What a body says that was verified when it was accepted; key is left NULL. ERROR_INVALID: nothing a watch sends. */
bool verified_poke_read(const char *body, size_t size, struct verified_poke *out, struct error *err);

void verified_poke_finish(struct verified_poke *poke);

#endif
