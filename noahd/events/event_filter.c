/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/events/event_filter.h"

#include "common/json.h"
#include "common/memory.h"
#include "noahd/http/caller.h"
#include "noahd/registry/pattern.h"

#include <stdlib.h>
#include <string.h>

void event_filter_finish(struct event_filter *filter)
{
	free(filter->pattern);
	token_release(filter->call.caller);
}

bool event_filter_fits(const struct event_filter *filter, const struct change *change)
{
	bool fits = pattern_covers(filter->pattern, change->record.path);

	/* By an alias only where that may be read, too: it names another object, which shows this one. */
	for (const char *alias = change->aliases, *end; !fits && (end = strchr(alias, '\n')); alias = end + 1) {
		char *path = memory_copy(alias, (size_t)(end - alias));
		fits = pattern_covers(filter->pattern, path) && caller_may(&filter->call, ACCESS_READ, path);
		free(path);
	}
	return fits && caller_may(&filter->call, ACCESS_READ, change->record.path);
}

char *event_filter_prune(const struct event_filter *filter, const struct change *change)
{
	json_t *body;

	if (caller_sees_whole(&filter->call, change->record.kind))
		return NULL;
	if (!json_decode_object(change->body, change->body_size, &body, NULL)) /* no body of ours */
		body = json_object();
	caller_prune(&filter->call, &change->record, body);
	char *text = json_render(body, NULL);
	json_decref(body);
	return text;
}
