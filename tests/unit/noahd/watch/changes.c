/* SPDX-License-Identifier: Apache-2.0 */
#include "changes.h"

#include "common/clock.h"
#include "common/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct change *make(uint64_t revision, const struct record *record, struct change shape)
{
	char *pubcategory = memory_format("//noah%s", record->path);

	shape.revision = revision;
	shape.at_ms = clock_wall_ms();
	shape.pubcategory = pubcategory;
	shape.causes = shape.by = "";
	shape.changed = true;
	shape.body_size = strlen(shape.body);
	shape.record = *record;
	shape.record.revision = revision;
	struct change *change = change_create(&shape);
	free(pubcategory);
	return change;
}

struct change *make_change(uint64_t revision, uint64_t write, const char *path, const char *aliases)
{
	char *body = memory_format("{\"path\":\"%s\",\"revision\":%" PRIu64 ",\"action\":\"update\"}", path, revision);
	const struct record record = { .kind = OBJECT_EPHEMERAL, .path = (char *)path };
	const struct change shape = { .write = write, .action = CHANGE_UPDATE, .aliases = aliases, .body = body };
	struct change *change = make(revision, &record, shape);

	free(body);
	return change;
}

const char *make_watch_path(const char *pattern, const char *endpoint)
{
	static char path[512];

	snprintf(path, sizeof(path), "/watches/%s.%s", endpoint, pattern);
	for (char *c = path + strlen("/watches/"); *c; c++)
		*c = (char)(*c == '/' ? '_' : *c);
	return path;
}

struct change *make_watch_change(uint64_t revision, enum change_action action, uint64_t created, const char *pattern,
    const char *endpoint)
{
	char *value = memory_format("{\"pattern\":\"%s\",\"endpoint\":\"%s\"}", pattern, endpoint);
	const struct record record = {
		.kind = OBJECT_WATCH,
		.path = (char *)make_watch_path(pattern, endpoint),
		.created_revision = created,
		.value = value,
		.value_size = strlen(value),
		.has_value = true,
	};
	const struct change shape = { .write = revision, .action = action, .aliases = "", .body = "{}" };
	struct change *change = make(revision, &record, shape);

	free(value);
	return change;
}
