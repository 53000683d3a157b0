/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/refused_poke.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/number.h"
#include "common/signature.h"
#include "pokerd/link/rate.h"
#include "pokerd/verify/addressee.h"

#include <jansson.h>
#include <stdbool.h>

#define TIMESTAMP_MAX INT64_C(99999999999)

/* A signature is verified again at most so often: requests with a wrong time must stay cheap. */
static const struct rate proofs = { .interval_ms = 10000, .burst = 3 };

/* The time of the poke, if it is not within the window. */
static bool find_offset(const struct message *poke, int64_t *out_s)
{
	int64_t timestamp_s;

	if (!number_parse_int64(poke->parts[MESSAGE_TIMESTAMP].bytes, 1, TIMESTAMP_MAX, &timestamp_s))
		return false;
	*out_s = timestamp_s - clock_wall_ms() / 1000;
	return *out_s < -SIGNATURE_WINDOW_SECONDS || *out_s > SIGNATURE_WINDOW_SECONDS;
}

static void note_unsigned(struct refusals *refusals, const struct message *poke, const struct error *reason,
    const struct key_ring *keys)
{
	const char *from = poke->parts[MESSAGE_PEER].bytes;
	int64_t now_ms = clock_monotonic_ms(), offset_s;

	if (!find_offset(poke, &offset_s)) {
		refusals_add(refusals, REFUSAL_SIGNATURE, from, reason->text, now_ms);
	} else if (rate_wait_ms(&proofs, refusals->proofs_ms, now_ms)) {
		refusals_add(refusals, REFUSAL_CLOCK, from, reason->text, now_ms);
	} else {
		rate_take(&proofs, &refusals->proofs_ms, now_ms);
		bool is_signed = verify_was_signed(poke, keys);
		refusals_add(refusals, is_signed ? REFUSAL_CLOCK : REFUSAL_SIGNATURE, from, reason->text, now_ms);
		if (is_signed)
			refusals_set_offset(refusals, offset_s);
	}
}

/* Its signature is good, so its body is what a trusted sender has said. */
static void note_addressee(struct refusals *refusals, const struct message *poke)
{
	const struct message_bytes *bytes = &poke->parts[MESSAGE_BODY];
	json_t *body = NULL;

	(void)json_decode_object(bytes->bytes, bytes->size, &body, NULL);
	const char *endpoint = json_string_value(json_object_get(body, "endpoint"));
	bool is_there = !endpoint || addressee_has_path(endpoint, poke->parts[MESSAGE_PATH].bytes);
	refusals_add(refusals, is_there ? REFUSAL_ADDRESSEE : REFUSAL_OTHER_PATH, poke->parts[MESSAGE_PEER].bytes,
	    endpoint ? endpoint : "", clock_monotonic_ms());
	json_decref(body);
}

void refused_poke_note(struct refusals *refusals, const struct message *poke, enum verify_result result,
    const struct error *reason, const struct key_ring *keys)
{
	switch (result) {
	case VERIFY_UNSIGNED:
		note_unsigned(refusals, poke, reason, keys);
		break;
	case VERIFY_NOT_ADDRESSED:
		note_addressee(refusals, poke);
		break;
	case VERIFY_MALFORMED:
		refusals_add(refusals, REFUSAL_BODY, poke->parts[MESSAGE_PEER].bytes, reason->text, clock_monotonic_ms());
		break;
	case VERIFY_GENUINE:
		break;
	}
}

void refused_poke_note_path(struct refusals *refusals, const struct message *poke)
{
	refusals_add(refusals, REFUSAL_PATH, poke->parts[MESSAGE_PEER].bytes, poke->parts[MESSAGE_PATH].bytes,
	    clock_monotonic_ms());
}
