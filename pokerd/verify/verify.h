/* verify.h - decides whether a message is a genuine poke for this node; only signed data is used. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_VERIFY_VERIFY_H
#define POKERD_VERIFY_VERIFY_H

#include "common/error.h"
#include "pokerd/link/messages.h"
#include "pokerd/verify/addressee.h"
#include "pokerd/verify/key_ring.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verify_result {
	VERIFY_GENUINE,
	VERIFY_UNSIGNED,      /* not signed by a known key, not now, or not these bytes */
	VERIFY_MALFORMED,     /* signed, but not a body of a watch */
	VERIFY_NOT_ADDRESSED, /* signed by a public key for another node, no node, or another path */
};

/* The contents of the signed body. */
struct verified_poke {
	const char *key; /* the name of the signing key; borrowed from the ring */
	json_t *body;    /* owned; the texts below belong to it */
	const char *location, *action;
	const char *event; /* "" if the body has none */
	int64_t told;      /* how many watches the change was delivered to; 0 if the body does not say */
	bool is_change;    /* false: "changed" is false; a body without it tells of a change */
};

/* poke is a MESSAGE_POKE. err has the precise reason, for the log; if the result is VERIFY_UNSIGNED, the client does
   not get it. */
enum verify_result verify_poke(const struct message *poke, const struct key_ring *keys,
    const struct addressee_options *addressees, int64_t now_s, struct verified_poke *out, struct error *err);

/* Whether a known key has signed it, at the time that it names, which may be long ago: says why a poke was refused. */
bool verify_was_signed(const struct message *poke, const struct key_ring *keys);

/* The contents of a body that was verified when it was accepted; key is left NULL. ERROR_INVALID: not a body of a
   watch. */
bool verified_poke_read(const char *body, size_t size, struct verified_poke *out, struct error *err);

void verified_poke_finish(struct verified_poke *poke);

#endif
