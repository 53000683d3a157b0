/* verify_fixture.h - a ring of two keys, what signs for them, and a node that is poked at 127.0.0.1:5679. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_POKERD_VERIFY_VERIFY_FIXTURE_H
#define TESTS_UNIT_POKERD_VERIFY_VERIFY_FIXTURE_H

#include "pokerd/verify/verify.h"

enum { VERIFY_FIXTURE_NOW_S = 1614265330 };

struct verify_fixture {
	struct signing_key *hmac, *pair;
	struct signing_key *keys[2]; /* of the ring: hmac's own, named "own", and the public half of pair, "fleet" */
	const char *names[2];
	struct key_ring ring;
	char *listening[1];
	struct setting_strings no_endpoints;
	struct addressee_options addressees;
	char signature[SIGNATURE_TEXT_BYTES];
	struct message poke;
	struct verified_poke verified;
	struct error err;
};

/* Of cmocka: *state is the fixture. */
int verify_fixture_set_up(void **state);
int verify_fixture_tear_down(void **state);

/* Makes the fixture's poke: that body for the path "/", signed at that time (Unix seconds in digits). */
void verify_fixture_sign(struct verify_fixture *fixture, const struct signing_key *key, const char *timestamp,
    const char *body);
enum verify_result verify_fixture_verify(struct verify_fixture *fixture, int64_t now_s);
/* Both, at VERIFY_FIXTURE_NOW_S. */
enum verify_result verify_fixture_sign_and_verify(struct verify_fixture *fixture, const struct signing_key *key,
    const char *body);

#endif
