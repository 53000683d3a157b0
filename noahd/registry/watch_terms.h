/* watch_terms.h - the terms of a watch, and whether its registrant may read what it matches. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_WATCH_TERMS_H
#define NOAHD_REGISTRY_WATCH_TERMS_H

#include "noahd/registry/change.h"
#include "noahd/registry/token_table.h"

#include <stdbool.h>
#include <stdint.h>

struct watch_terms {
	char *decoded;     /* its pattern (pattern.h) */
	char *registrant;  /* the token it was registered with; NULL: none */
	bool only_changed; /* it matches only changes with "changed":true */
	uint64_t adopted;  /* the revision at which its registrant adopted it; 0: it has registered it */
};

/* False: the value cannot be parsed. Else call watch_terms_finish. */
bool watch_terms_read(const struct record *watch, struct watch_terms *out);
void watch_terms_finish(struct watch_terms *terms);

/* Whether its registrant may read anything it matches. */
bool watch_registrant_may_read(const struct watch_terms *terms, const struct token_table *tokens, int64_t now_ms);

#endif
