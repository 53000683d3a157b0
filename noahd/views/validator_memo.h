/* validator_memo.h - what the looks of a few sets came to lately, for callers who see them in part. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_VALIDATOR_MEMO_H
#define NOAHD_VIEWS_VALIDATOR_MEMO_H

#include "common/http_route.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOOKS_MEMO_SETS = 16, LOOKS_MEMO_KEY_BYTES = 640 };

/* One set as one caller sees it, at a revision. */
struct set_validator {
	const void *caller;
	uint64_t rights, revision, number;
	char key[LOOKS_MEMO_KEY_BYTES]; /* which set it is; "": none */
};

/* The oldest makes place. Zeroed: it knows nothing. The API thread's. */
struct validator_memo {
	struct set_validator sets[LOOKS_MEMO_SETS];
	size_t next;
};

/* False: not known, or no longer as it was. */
bool validator_memo_find(const struct validator_memo *memo, const struct http_call *call, const char *key,
    uint64_t revision, uint64_t *out_number);
/* key: shorter than LOOKS_MEMO_KEY_BYTES. */
void validator_memo_put(struct validator_memo *memo, const struct http_call *call, const char *key, uint64_t revision,
    uint64_t number);

#endif
