/* refusals.h - what was refused lately and why, with the remedy: a table of fixed size. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_REFUSALS_H
#define POKERD_RUNNER_REFUSALS_H

#include <jansson.h>
#include <stdint.h>

enum refusal_kind {
	REFUSAL_SIGNATURE,  /* no known key has signed it */
	REFUSAL_CLOCK,      /* signed by a known key, but not now: the offset is known; or not now, and not verified */
	REFUSAL_ADDRESSEE,  /* for another node; the detail is the URL that it names */
	REFUSAL_OTHER_PATH, /* sent to a path other than that of the URL that it names; the detail is that URL */
	REFUSAL_BODY,       /* not the body of a watch; the detail says what is wrong */
	REFUSAL_PATH,       /* no rule has the path, which is the detail */
	REFUSAL_PLAIN,      /* plain HTTP instead of TLS */
	REFUSAL_KINDS,
};

enum { REFUSAL_FROM_BYTES = 64, REFUSAL_DETAIL_BYTES = 256 };

/* Zeroed is empty. */
struct refusals {
	struct refusal {
		uint64_t count;
		int64_t last_ms; /* monotonic */
		char from[REFUSAL_FROM_BYTES], detail[REFUSAL_DETAIL_BYTES];
		int64_t offset_s; /* clock: what must be added to ours to get the sender's; 0: unknown */
	} rows[REFUSAL_KINDS];
	int64_t proofs_ms; /* rate.h; refused_poke.c */
};

/* One refusal. Texts come from attackers: bytes that are not printable ASCII become '?', and what is too long is cut
   off. A count begins again after a day without. */
void refusals_add(struct refusals *refusals, enum refusal_kind kind, const char *from, const char *detail,
    int64_t now_ms);
/* After refusals_add of REFUSAL_CLOCK: a known key has signed it, at our time plus this. */
void refusals_set_offset(struct refusals *refusals, int64_t offset_s);

/* Those of the last day, the latest first: [{"kind","count","last_ms","from","detail","remedy"},…], last_ms by the wall
   clock. The caller calls json_decref. */
json_t *refusals_json(const struct refusals *refusals, int64_t now_ms, int64_t wall_ms);

#endif
