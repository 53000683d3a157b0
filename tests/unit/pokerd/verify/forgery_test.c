/* SPDX-License-Identifier: Apache-2.0 */
/* A genuine poke is changed at random, NOAH_FORGERIES times (20,000): no change of it is genuine. */
#include "tests/unit/pokerd/verify/verify_fixture.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BODY(endpoint) "{\"location\":\"/hosts/web1\",\"action\":\"update\",\"endpoint\":\"" endpoint "\"}"
#define OURS "https://127.0.0.1:5679/"

enum {
	FORGERIES = 20000,
	PUBLIC_EACH = 10, /* one in so many begins as a poke signed by the pair: those are slow to verify */
	PART_BYTES = 512,
};

static uint64_t seed = 0x9e3779b97f4a7c15;

/* xorshift64: the same choices in each run. */
static uint64_t below(uint64_t bound)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % bound;
}

static const struct signing_key *key_of(const struct verify_fixture *fixture)
{
	return below(PUBLIC_EACH) ? fixture->hmac : fixture->pair;
}

/* One part of the poke, copied so that it can be spoiled. */
static struct message_bytes *part_of(struct verify_fixture *fixture, char copy[PART_BYTES])
{
	struct message_bytes *part = &fixture->poke.parts[MESSAGE_ID + below(MESSAGE_BODY - MESSAGE_ID + 1)];

	assert_in_range(part->size, 1, PART_BYTES - 1);
	memcpy(copy, part->bytes, part->size + 1);
	part->bytes = copy;
	return part;
}

static void flip_a_bit(struct verify_fixture *fixture)
{
	static char copy[PART_BYTES];
	const struct message_bytes *part = part_of(fixture, copy);

	copy[below(part->size)] ^= (char)(1 << below(8));
}

static void cut_the_end(struct verify_fixture *fixture)
{
	static char copy[PART_BYTES];
	struct message_bytes *part = part_of(fixture, copy);

	part->size = below(part->size);
	copy[part->size] = '\0';
}

/* Another valid signature, in place of the one of these bytes. */
static void exchange_the_signature(struct verify_fixture *fixture)
{
	static char other[SIGNATURE_TEXT_BYTES];
	char id[24];
	struct message_bytes body = fixture->poke.parts[MESSAGE_BODY];

	snprintf(id, sizeof(id), "msg_%" PRIu64, 2 + below(UINT32_MAX));
	const struct signed_message message = { id, "1614265330", body.bytes, body.size };
	assert_true(signature_make(key_of(fixture), &message, other, &fixture->err));
	message_set_text(&fixture->poke, MESSAGE_SIGNATURE, other);
}

static void sign_with_a_foreign_key(struct verify_fixture *fixture)
{
	struct signing_key *foreign =
	    signing_key_generate(below(2) ? SIGNING_KEY_HMAC : SIGNING_KEY_PRIVATE, &fixture->err);

	verify_fixture_sign(fixture, foreign, "1614265330", BODY(OURS));
	signing_key_destroy(foreign);
}

static void sign_at_another_time(struct verify_fixture *fixture)
{
	static char timestamp[24];
	int64_t away_s = SIGNATURE_WINDOW_SECONDS + 1 + (int64_t)below(1000000);

	snprintf(timestamp, sizeof(timestamp), "%" PRId64, VERIFY_FIXTURE_NOW_S + (below(2) ? away_s : -away_s));
	verify_fixture_sign(fixture, key_of(fixture), timestamp, BODY(OURS));
}

static void sign_for_another_node(struct verify_fixture *fixture)
{
	verify_fixture_sign(fixture, fixture->pair, "1614265330", BODY("https://127.0.0.2:5679/"));
}

static void (*const changes[])(struct verify_fixture *fixture) = { flip_a_bit, flip_a_bit, flip_a_bit, cut_the_end,
	exchange_the_signature, sign_with_a_foreign_key, sign_at_another_time, sign_for_another_node };

static void no_changed_poke_is_genuine(void **state)
{
	struct verify_fixture *fixture = *state;
	const char *asked = getenv("NOAH_FORGERIES");
	long count = asked ? strtol(asked, NULL, 10) : FORGERIES;

	assert_true(count > 0);
	for (long i = 0; i < count; i++) {
		size_t change = below(sizeof(changes) / sizeof(*changes));
		verify_fixture_sign(fixture, key_of(fixture), "1614265330", BODY(OURS));
		changes[change](fixture);
		if (verify_fixture_verify(fixture, VERIFY_FIXTURE_NOW_S) == VERIFY_GENUINE)
			fail_msg("forgery %ld, change %zu: id %s, time %s, signature %s, body %s", i, change,
			    fixture->poke.parts[MESSAGE_ID].bytes, fixture->poke.parts[MESSAGE_TIMESTAMP].bytes,
			    fixture->poke.parts[MESSAGE_SIGNATURE].bytes, fixture->poke.parts[MESSAGE_BODY].bytes);
	}
	print_message("%ld forgeries\n", count);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_changed_poke_is_genuine) };

	return cmocka_run_group_tests(tests, verify_fixture_set_up, verify_fixture_tear_down);
}
