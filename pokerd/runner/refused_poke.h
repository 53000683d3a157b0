/* refused_poke.h - finds out why a poke was refused, for the table of refusals. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_REFUSED_POKE_H
#define POKERD_RUNNER_REFUSED_POKE_H

#include "common/error.h"
#include "pokerd/link/messages.h"
#include "pokerd/runner/refusals.h"
#include "pokerd/verify/key_ring.h"
#include "pokerd/verify/verify.h"

/* reason: verify_poke's. Now and then, the signature of a poke whose time is not now is verified again, at that time:
   if it fits, a clock is wrong. */
void refused_poke_note(struct refusals *refusals, const struct message *poke, enum verify_result result,
    const struct error *reason, const struct key_ring *keys);

/* No rule has its path. */
void refused_poke_note_path(struct refusals *refusals, const struct message *poke);

#endif
