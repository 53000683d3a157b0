/* SPDX-License-Identifier: Apache-2.0 */
#include "changes.h"

#include "common/clock.h"
#include "common/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct change *make(uint64_t revision, uint64_t write, const char *path, char *take_body)
{
	struct change *change = change_create();

	change->revision = revision;
	change->write = write;
	change->action = CHANGE_UPDATE;
	change->at_ms = clock_wall_ms();
	change->pubcategory = memory_format("//noah%s", path);
	change->aliases = memory_text("");
	change->causes = memory_text("");
	change->body = take_body;
	change->body_size = strlen(take_body);
	change->record.kind = OBJECT_EPHEMERAL;
	change->record.path = memory_text(path);
	change->record.revision = revision;
	return change;
}

struct change *make_change(uint64_t revision, uint64_t write, const char *path, const char *aliases)
{
	char *body = memory_format("{\"path\":\"%s\",\"revision\":%" PRIu64 ",\"action\":\"update\"}", path, revision);
	struct change *change = make(revision, write, path, body);

	free(change->aliases);
	change->aliases = memory_text(aliases);
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
	struct change *change = make(revision, revision, make_watch_path(pattern, endpoint), memory_text("{}"));

	change->action = action;
	change->record.kind = OBJECT_WATCH;
	change->record.created_revision = created;
	change->record.value = memory_format("{\"pattern\":\"%s\",\"endpoint\":\"%s\"}", pattern, endpoint);
	change->record.value_size = strlen(change->record.value);
	change->record.has_value = true;
	return change;
}
