/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/views/validator.h"

#include "noahd/http/caller.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/fingerprint.h"
#include "noahd/registry/names.h"
#include "noahd/views/validator_memo.h"
#include "common/memory.h"

#include <stdio.h>
#include <stdlib.h>

struct validators {
	const struct registry *registry;
	struct validator_memo memo;
};

struct validators *validators_create(const struct registry *registry)
{
	struct validators *validators = memory_zeroed(1, sizeof(*validators));

	validators->registry = registry;
	return validators;
}

void validators_destroy(struct validators *validators)
{
	free(validators);
}

/* What a caller sees of a set: those of that kind (0: of any) that stand in that link (NULL: wherever). */
struct seen_part {
	const struct http_call *call;
	enum object_kind kind;
	const char *link;
	enum version version;
};

static bool validator_may_show(void *context, const struct registry_entry *entry)
{
	const struct seen_part *part = context;
	return caller_may(part->call, ACCESS_READ, entry->path);
}

static bool is_in_part(void *context, const struct registry_entry *entry)
{
	const struct seen_part *part = context;

	return (!part->kind || part->kind == entry->kind) &&
	       (!part->link || names_have(registry_record(entry, part->version)->links, part->link)) &&
	       validator_may_show(context, entry);
}

/* As kind_set_fingerprint, of those that the caller sees; 0: there are none. Long polls ask for it again and again. */
static uint64_t seen_number(struct validators *validators, struct seen_part *part, const char *relation,
    const char *name)
{
	const struct registry *registry = validators->registry;
	const uint64_t revision = registry_members_revision(registry, relation, name, part->version);
	struct validator_memo *memo = &validators->memo;
	const bool is_kept = part->version == VERSION_APPLIED;
	char key[VALIDATOR_MEMO_KEY_BYTES];
	uint64_t number;

	(void)snprintf(key, sizeof(key), "%d %s/%s %s", part->kind, relation, name, part->link ? part->link : "");
	if (is_kept && validator_memo_find(memo, part->call, key, revision, &number))
		return number;
	number = kind_set_fingerprint(registry, relation, name, part->version, is_in_part, part);
	if (is_kept)
		validator_memo_put(memo, part->call, key, revision, number);
	return number;
}

static uint64_t container_number(struct validators *validators, const struct http_call *call,
    const struct registry_entry *entry, enum version version)
{
	const char *name = kind_entry_name(entry);

	if (caller_sees_whole(call, entry->kind))
		return kind_shown_revision(validators->registry, entry, version);
	struct seen_part part = { .call = call, .version = version };
	uint64_t seen = seen_number(validators, &part, kind_of(entry->kind)->container->relation, name);
	return fingerprint_add(seen, entry->path, registry_record(entry, version)->revision);
}

bool validator_of_entry(struct validators *validators, const struct http_call *call, const struct registry_entry *entry,
    enum version version, struct validator *out)
{
	struct seen_part part = { .call = call };

	if (!entry)
		return false;
	if (kind_of(entry->kind)->container)
		out->number = container_number(validators, call, entry, version);
	else
		out->number = kind_fingerprint(validators->registry, entry, version,
		    caller_sees_whole(call, entry->kind) ? NULL : validator_may_show, &part);
	return true;
}

bool validator_find_object(struct validators *validators, const struct http_call *call, char *take_path,
    enum version version, struct validator *out)
{
	const struct registry_entry *entry = registry_find(validators->registry, take_path, version);

	free(take_path);
	return validator_of_entry(validators, call, entry, version, out);
}

bool validator_find_set(struct validators *validators, const struct http_call *call, enum object_kind kind,
    const char *relation, const char *name, enum version version, struct validator *out)
{
	const struct registry *registry = validators->registry;

	struct seen_part part = { .call = call, .version = version };

	if (!caller_sees_set(call, kind))
		return (out->number = seen_number(validators, &part, relation, name)) != 0;
	out->number = registry_members_revision(registry, relation, name, version);
	return registry_member_count(registry, relation, name, version) > 0;
}

bool validator_find_in_link(struct validators *validators, const struct http_call *call,
    const struct validator_in_link *in, enum version version, struct validator *out)
{
	const struct registry_entry *link = registry_find(validators->registry, in->link, version);
	struct seen_part part = { call, in->kind, in->link, version };

	if (!link || link->kind != OBJECT_LINK)
		return false;
	uint64_t seen = seen_number(validators, &part, in->relation, in->name);
	out->number = fingerprint_add(seen, link->path, registry_record(link, version)->revision);
	return seen || in->may_be_empty;
}

/* For a caller that sees all of them, the latest one. */
bool validator_find_each(struct validators *validators, const struct http_call *call, const char *relation,
    enum version version, struct validator *out)
{
	const struct registry *registry = validators->registry;
	const struct membership *member = registry_members(registry, relation, "", version);
	const bool sees_all = caller_sees_all(call);

	out->number = 0;
	for (; member; member = registry_next_member(member, version)) {
		const struct registry_entry *entry = member->entry;
		if (!sees_all && !caller_may(call, ACCESS_READ, entry->path))
			continue;
		uint64_t number = container_number(validators, call, entry, version);
		out->number = sees_all ? (number > out->number ? number : out->number)
		                       : fingerprint_add(out->number, entry->path, number);
	}
	return out->number > 0;
}
