/* validator_memo.h - recent validators of a few sets, for callers that see only a part. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_VALIDATOR_MEMO_H
#define NOAHD_VIEWS_VALIDATOR_MEMO_H

#include "common/http_route.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VALIDATOR_MEMO_SETS = 16, VALIDATOR_MEMO_KEY_BYTES = 640 };

/* A set as one caller sees it, at a revision. */
struct set_validator {
	const void *caller;
	uint64_t rights, revision, number;
	char key[VALIDATOR_MEMO_KEY_BYTES]; /* of the set; "": unused */
};

/* The oldest is replaced. Zeroed: empty. The API thread's. */
struct validator_memo {
	struct set_validator sets[VALIDATOR_MEMO_SETS];
	size_t next;
};

/* False: not known, or outdated. */
bool validator_memo_find(const struct validator_memo *memo, const struct http_call *call, const char *key,
    uint64_t revision, uint64_t *out_number);
/* key: shorter than VALIDATOR_MEMO_KEY_BYTES. */
void validator_memo_put(struct validator_memo *memo, const struct http_call *call, const char *key, uint64_t revision,
    uint64_t number);

#endif
