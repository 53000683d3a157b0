/* watch_terms.h - what the record of a watch asks for, and whether its registrant may have it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_WATCH_TERMS_H
#define NOAHD_REGISTRY_WATCH_TERMS_H

#include "noahd/registry/change.h"
#include "noahd/registry/token_table.h"

#include <stdbool.h>
#include <stdint.h>

/* What a watch asks for. */
struct watch_terms {
	char *decoded;     /* its pattern (pattern.h) */
	char *registrant;  /* the token with which it was registered; NULL: none */
	bool only_changed; /* it wants only what changes something */
	uint64_t adopted;  /* by its registrant, in the change of that revision; 0: it was registered by it */
};

/* False where the record's value cannot be understood. Else watch_terms_finish. */
bool watch_terms_read(const struct record *watch, struct watch_terms *out);
void watch_terms_finish(struct watch_terms *terms);

/* Whether who registered it may read anything of what it is for. */
bool watch_registrant_may_read(const struct watch_terms *terms, const struct token_table *tokens, int64_t now_ms);

#endif
