/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pokerd/verify/verify_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HMAC_KEY "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define PAIR "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="

int verify_fixture_set_up(void **state)
{
	static struct verify_fixture fixture;
	char public_text[SIGNING_KEY_TEXT_BYTES];

	fixture = (struct verify_fixture){ .names = { "own", "fleet" }, .listening = { "127.0.0.1:5679" } };
	assert_true(signing_key_parse(HMAC_KEY, &fixture.keys[0], &fixture.err));
	assert_true(signing_key_parse(HMAC_KEY, &fixture.hmac, &fixture.err));
	assert_true(signing_key_parse(PAIR, &fixture.pair, &fixture.err));
	signing_key_public_text(fixture.pair, public_text);
	assert_true(signing_key_parse(public_text, &fixture.keys[1], &fixture.err));
	fixture.ring = (struct key_ring){ .keys = fixture.keys, .names = fixture.names, .count = 2 };
	fixture.addressees = (struct addressee_options){ &fixture.no_endpoints, "", fixture.listening, 1 };
	*state = &fixture;
	return 0;
}

int verify_fixture_tear_down(void **state)
{
	struct verify_fixture *fixture = *state;

	signing_key_destroy(fixture->hmac);
	signing_key_destroy(fixture->pair);
	for (size_t i = 0; i < 2; i++)
		signing_key_destroy(fixture->keys[i]);
	return 0;
}

void verify_fixture_sign(struct verify_fixture *fixture, const struct signing_key *key, const char *timestamp,
    const char *body)
{
	const struct signed_message message = { "msg_1", timestamp, body, strlen(body) };

	assert_true(signature_make(key, &message, fixture->signature, &fixture->err));
	fixture->poke = (struct message){ .kind = MESSAGE_POKE };
	message_set_text(&fixture->poke, MESSAGE_PATH, "/");
	message_set_text(&fixture->poke, MESSAGE_ID, message.id);
	message_set_text(&fixture->poke, MESSAGE_TIMESTAMP, message.timestamp);
	message_set_text(&fixture->poke, MESSAGE_SIGNATURE, fixture->signature);
	message_set_text(&fixture->poke, MESSAGE_BODY, body);
}

enum verify_result verify_fixture_verify(struct verify_fixture *fixture, int64_t now_s)
{
	return verify_poke(&fixture->poke, &fixture->ring, &fixture->addressees, now_s, &fixture->verified, &fixture->err);
}

enum verify_result verify_fixture_sign_and_verify(struct verify_fixture *fixture, const struct signing_key *key,
    const char *body)
{
	verify_fixture_sign(fixture, key, "1614265330", body);
	return verify_fixture_verify(fixture, VERIFY_FIXTURE_NOW_S);
}
