/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/validator_memo.h"

#include "noahd/http/caller.h"

#include <string.h>

bool validator_memo_find(const struct validator_memo *memo, const struct http_call *call, const char *key,
    uint64_t revision, uint64_t *out_number)
{
	const uint64_t rights = caller_rights(call);

	for (size_t i = 0; i < VALIDATOR_MEMO_SETS; i++) {
		const struct set_validator *set = &memo->sets[i];
		if (set->revision != revision || set->rights != rights || set->caller != call->caller || strcmp(set->key, key))
			continue;
		*out_number = set->number;
		return true;
	}
	return false;
}

void validator_memo_put(struct validator_memo *memo, const struct http_call *call, const char *key, uint64_t revision,
    uint64_t number)
{
	struct set_validator *set = &memo->sets[memo->next];

	memcpy(set->key, key, strlen(key) + 1);
	set->caller = call->caller;
	set->rights = caller_rights(call);
	set->revision = revision;
	set->number = number;
	memo->next = (memo->next + 1) % VALIDATOR_MEMO_SETS;
}
