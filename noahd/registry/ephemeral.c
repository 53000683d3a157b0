/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/ephemeral.h"

#include "common/base64.h"
#include "common/memory.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/ephemerals"

char *ephemeral_path(const char *name)
{
	return memory_join(PREFIX, name);
}

/* Whether these bytes are one of the words, which NULL ends. */
static bool ephemeral_is_one_of(const char *text, size_t size, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == size && memcmp(text, *words, size) == 0)
			return true;
	return false;
}

bool ephemeral_check_name(const char *name, struct error *err)
{
	static const char *const collections[] = { "applications", "configurations", "hosts", "services", "watches", "ark",
		"noah", NULL };
	static const char *const operations[] = { "tag", "link", "watch", NULL };
	size_t size = strlen(name);
	const char *end = name + size - (size > 1 && name[size - 1] == '/'); /* operations may end with a slash */
	const char *last = (const char *)memrchr(name, '/', (size_t)(end - name)) + 1;

	if (ephemeral_is_one_of(name + 1, strcspn(name + 1, "/"), collections) ||
	    ephemeral_is_one_of(last, (size_t)(end - last), operations))
		return error_set(err, ERROR_INVALID, "Path is reserved");
	return true;
}

void ephemeral_write_data(struct json_writer *out, const struct record *record)
{
	if (!record->has_value) {
		json_writer_put(out, "data", json_null());
	} else if (utf8_is_valid(record->value, record->value_size)) {
		json_writer_put_bytes(out, "data", record->value, record->value_size);
	} else {
		json_writer_put_text(out, "data_encoding", "base64");
		char *text = memory_allocate(BASE64_TEXT_BYTES(record->value_size));
		base64_encode(record->value, record->value_size, text);
		json_writer_put_text(out, "data", text);
		free(text);
	}
}

static bool ephemeral_write(struct json_writer *out, const struct registry *registry,
    const struct registry_entry *entry, enum version version, const char *event_path)
{
	const struct record *ephemeral = registry_record(entry, version);

	(void)registry;
	kind_write_begin(out, ephemeral);
	json_writer_put_text(out, "path", event_path ? event_path : kind_path_name(ephemeral));
	ephemeral_write_data(out, ephemeral);
	kind_write_times(out, ephemeral);
	return true;
}

static json_t *ephemeral_view(const struct registry *registry, const struct registry_entry *entry, enum version version)
{
	return kind_view_written(&ephemeral_kind, registry, entry, version);
}

/* "/ephemerals//name", as in Noah. */
static char *ephemeral_event_path(const struct record *ephemeral)
{
	return memory_join(PREFIX "/", kind_path_name(ephemeral));
}

static void ephemeral_expire(struct plan *plan, struct registry_entry *entry)
{
	plan_delete(plan, entry, NULL);
}

static bool ephemeral_check(const struct record *ephemeral, struct error *err)
{
	return kind_check_path(ephemeral, err) && ephemeral_check_name(kind_path_name(ephemeral), err);
}

static bool ephemeral_name_is_sound(const char *name)
{
	return name[0] == '/' && name[1];
}

static bool ephemeral_value_is_sound(const struct record *ephemeral)
{
	(void)ephemeral;
	return true;
}

const struct kind ephemeral_kind = {
	.number = OBJECT_EPHEMERAL,
	.name = "ephemeral",
	.collection = ALL_EPHEMERALS,
	KIND_PREFIX(PREFIX),
	.name_is_sound = ephemeral_name_is_sound,
	.value_is_sound = ephemeral_value_is_sound,
	.view = ephemeral_view,
	.write = ephemeral_write,
	.event_path = ephemeral_event_path,
	.expire = ephemeral_expire,
	.check = ephemeral_check,
	.has_tags = true,
};

struct registry_entry *ephemeral_put(struct plan *plan, const char *name, const struct plan_value *data,
    int64_t lifetime_ms, enum change_action *out_action)
{
	char *path = ephemeral_path(name);
	struct registry_entry *entry = plan_put(plan, OBJECT_EPHEMERAL, path, data, out_action);

	free(path);
	plan_set_lifetime(entry, lifetime_ms);
	plan_announce(plan, entry, *out_action);
	return entry;
}

bool ephemeral_delete(struct plan *plan, const char *name, char *out_id, struct error *err)
{
	struct registry_entry *entry = plan_find(plan, ephemeral_path(name), err);

	if (!entry)
		return false;
	memcpy(out_id, registry_record(entry, VERSION_PLANNED)->id, UUID_TEXT_BYTES);
	plan_delete(plan, entry, NULL);
	return true;
}
