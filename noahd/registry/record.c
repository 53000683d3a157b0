/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/record.h"

#include "common/memory.h"

#include <stdlib.h>

static char *copy_names(const char *names)
{
	return names ? memory_text(names) : NULL;
}

void record_copy(struct record *out, const struct record *record)
{
	record_copy_for(out, record, memory_text(record->path));
}

void record_copy_for(struct record *out, const struct record *record, char *path)
{
	*out = *record;
	out->path = path;
	out->value = record->has_value ? memory_copy(record->value, record->value_size) : NULL;
	out->tags = copy_names(record->tags);
	out->links = copy_names(record->links);
}

void record_finish(struct record *record)
{
	free(record->path);
	free(record->value);
	free(record->tags);
	free(record->links);
	record->path = record->tags = record->links = NULL;
	record->value = NULL;
}
