/* verification_limits.h - how many signatures may be verified in vain, for one address and over all. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_VERIFICATION_LIMITS_H
#define POKERD_RUNNER_VERIFICATION_LIMITS_H

#include <stdint.h>

/* Only failures count, and the addresses are those that the listener names. Over all they are limited too, in case it
   lies or the flood has many addresses; an address that has lately sent a genuine poke is exempt from that, so that the
   sender gets through. Pure. */
struct verification_limits;

struct verification_limits *verification_limits_create(void);
void verification_limits_destroy(struct verification_limits *limits); /* accepts NULL */

/* How long this peer ("127.0.0.1:4711") must wait before its next poke is verified; 0: no wait. */
int64_t verification_limits_wait_ms(const struct verification_limits *limits, const char *peer, int64_t now_ms);

/* A poke of this peer was not genuine; finding that out took that many verifications. */
void verification_limits_failed(struct verification_limits *limits, const char *peer, int64_t count, int64_t now_ms);

/* A poke of this peer was genuine. */
void verification_limits_genuine(struct verification_limits *limits, const char *peer);

#endif
