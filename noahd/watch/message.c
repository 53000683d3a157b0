/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/message.h"

#include "common/base64.h"
#include "common/json.h"
#include "common/memory.h"
#include "noahd/registry/access_view.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void message_id(const char *epoch, uint64_t revision, const char *watch, char out[MESSAGE_ID_BYTES])
{
	enum { ID_DIGEST_BYTES = 20, ID_CHARACTERS = 27 }; /* 160 bits are enough, and 27 characters of base64 */
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char text[BASE64_TEXT_BYTES(ID_DIGEST_BYTES)];
	char *named = memory_format("%s\n%" PRIu64 "\n%s", epoch, revision, watch);

	SHA256((const unsigned char *)named, strlen(named), digest);
	free(named);
	base64_encode(digest, ID_DIGEST_BYTES, text);
	for (char *c = text; *c; c++)
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	snprintf(out, MESSAGE_ID_BYTES, "msg_%.*s", ID_CHARACTERS, text);
}

/* ---- the body ---------------------------------------------------------------------------------------------------- */

static json_t *cause_array(const char *causes)
{
	json_t *array = json_array();

	for (const char *end; (end = strchr(causes, '\n')); causes = end + 1)
		json_array_append_new(array, json_stringn(causes, (size_t)(end - causes)));
	return array;
}

static bool make_body(struct message *message, const struct message_source *source, const char *event,
    struct error *err)
{
	const struct change *change = source->change;
	json_t *body;

	if (!json_decode_object(change->body, change->body_size, &body, err))
		return false;
	if (source->is_restricted)
		access_view_prune(source->rules, &change->record, body);
	json_object_set_new(body, "endpoint", json_string(source->endpoint));
	json_object_set_new(body, "watch", json_string(source->watch));
	json_object_set_new(body, "event", json_string(event));
	json_object_set_new(body, "cause", cause_array(change->causes));
	json_object_set_new(body, "told", json_integer((json_int_t)source->told));
	message->body = json_render(body, &message->body_size);
	if (message->body_size > MESSAGE_BODY_BYTES_MAX) {
		json_t *small = event_without_contents(body);
		free(message->body);
		message->body = json_render(small, &message->body_size);
		json_decref(small);
	}
	json_decref(body);
	return true;
}

/* ---- the headers ------------------------------------------------------------------------------------------------- */

static void add_field(struct message *message, const char *name, char *take_value)
{
	message->fields[message->field_count++] = (struct message_field){ name, take_value };
}

/* NULL is an empty list. */
static char *message_append(char *take_list, const char *separator, const char *text, size_t size)
{
	bool first = !take_list;
	char *list = memory_format("%s%s%.*s", first ? "" : take_list, first ? "" : separator, (int)size, text);

	free(take_list);
	return list;
}

/* "v1a,… v1a,…": a receiver accepts the message if one fits a key it knows. */
static bool make_signatures(const struct message_source *source, const struct signed_message *content, char **out,
    struct error *err)
{
	char one[SIGNATURE_TEXT_BYTES];
	char *all = NULL;

	for (size_t i = 0; i < source->key_count; i++) {
		if (!signature_make(source->keys[i], content, one, err)) {
			free(all);
			return false;
		}
		all = message_append(all, " ", one, strlen(one));
	}
	*out = all ? all : memory_text("");
	return true;
}

static bool sign(struct message *message, const struct message_source *source, struct error *err)
{
	char id[MESSAGE_ID_BYTES], timestamp[24];
	const struct signed_message content = { id, timestamp, message->body, message->body_size };

	message_id(source->epoch, source->change->revision, source->watch, id);
	snprintf(timestamp, sizeof(timestamp), "%" PRId64, source->now_s);
	char *signatures;
	if (!make_signatures(source, &content, &signatures, err))
		return false;
	add_field(message, "webhook-id", memory_text(id));
	add_field(message, "webhook-timestamp", memory_text(timestamp));
	add_field(message, "webhook-signature", signatures);
	return true;
}

/* "id\nid\n" as "id, id". */
static char *cause_list(const char *causes)
{
	char *list = NULL;

	for (const char *end; (end = strchr(causes, '\n')); causes = end + 1)
		list = message_append(list, ", ", causes, (size_t)(end - causes));
	return list;
}

struct message *message_create(const struct message_source *source, struct error *err)
{
	struct message *message = memory_zeroed(1, sizeof(*message));
	char *event = memory_format("%s-%" PRIu64, source->epoch, source->change->revision);
	bool done = make_body(message, source, event, err) && sign(message, source, err);

	if (!done) {
		free(event);
		message_destroy(message);
		return NULL;
	}
	add_field(message, "Content-Type", memory_text("application/json"));
	add_field(message, "User-Agent", memory_text("noahd/" VERSION));
	add_field(message, "Noah-Event", event);
	add_field(message, "Noah-Watch", memory_text(source->watch));
	if (*source->change->causes)
		add_field(message, "Noah-Cause", cause_list(source->change->causes));
	return message;
}

void message_destroy(struct message *message)
{
	if (!message)
		return;
	for (size_t i = 0; i < message->field_count; i++)
		free(message->fields[i].value);
	free(message->body);
	free(message);
}
