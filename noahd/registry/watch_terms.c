/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/watch_terms.h"

#include "common/memory.h"
#include "noahd/registry/access.h"
#include "noahd/registry/pattern.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

bool watch_terms_read(const struct record *watch, struct watch_terms *out)
{
	json_t *value = json_loadb(watch->value, watch->value_size, 0, NULL);
	const char *pattern = json_string_value(json_object_get(value, "pattern"));
	const char *when = json_string_value(json_object_get(value, "when"));
	const char *registrant = json_string_value(json_object_get(value, "registrant"));
	char *decoded = pattern ? pattern_decode(pattern) : NULL;

	if (decoded)
		*out = (struct watch_terms){ .decoded = decoded,
			.registrant = registrant ? memory_text(registrant) : NULL,
			.only_changed = when && !strcmp(when, "changed"),
			.adopted = (uint64_t)json_integer_value(json_object_get(value, "adopted")) };
	json_decref(value);
	return decoded != NULL;
}

void watch_terms_finish(struct watch_terms *terms)
{
	free(terms->decoded);
	free(terms->registrant);
}

bool watch_registrant_may_read(const struct watch_terms *terms, const struct token_table *tokens, int64_t now_ms)
{
	const struct access_rules *rules;
	return !token_table_rules(tokens, terms->registrant, now_ms, &rules) ||
	       access_allows_some(rules, ACCESS_READ, terms->decoded);
}
