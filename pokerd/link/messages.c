/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/link/messages.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum { TEXT = 1 << 30 }; /* in addition to a part's largest size: it contains no NUL */

/* What all questions for a piece have. */
#define READING [MESSAGE_PEER] = TEXT | 64, [MESSAGE_TOKEN] = TEXT | STATUS_TOKEN_BYTES_MAX

/* The closed table: which parts each kind has, and how large they may be. 0: it does not have the part. */
static const struct message_row {
	const char *name;
	enum message_direction direction;
	unsigned max[MESSAGE_PARTS];
} table[] = {
	[MESSAGE_READY] = { "ready", MESSAGE_TO_RUNNER, { [MESSAGE_TEXT] = TEXT | 64 } },
	[MESSAGE_SERVE] = { "serve", MESSAGE_TO_LISTENER, { 0 } },
	[MESSAGE_POKE] = {
		"poke",
		MESSAGE_TO_RUNNER,
		{
		    [MESSAGE_PEER] = TEXT | 64,
		    [MESSAGE_PATH] = TEXT | POKE_PATH_BYTES_MAX,
		    [MESSAGE_ID] = TEXT | POKE_HEAD_BYTES_MAX,
		    [MESSAGE_TIMESTAMP] = TEXT | POKE_HEAD_BYTES_MAX,
		    [MESSAGE_SIGNATURE] = TEXT | POKE_HEAD_BYTES_MAX,
		    [MESSAGE_BODY] = POKE_BODY_BYTES_MAX,
		},
	},
	[MESSAGE_HEALTH] = { "health", MESSAGE_TO_RUNNER, { 0 } },
	[MESSAGE_PLAIN] = { "plain", MESSAGE_TO_RUNNER, { [MESSAGE_PEER] = TEXT | 64 } },
	[MESSAGE_VERDICT] = { "verdict", MESSAGE_TO_LISTENER, { [MESSAGE_TEXT] = TEXT | 512 } },
	[MESSAGE_DRAIN] = { "drain", MESSAGE_TO_LISTENER, { 0 } },
	[MESSAGE_STATUS] = { "status", MESSAGE_TO_RUNNER, { READING } },
	[MESSAGE_RECORD] = { "record", MESSAGE_TO_RUNNER, { READING, [MESSAGE_RUN_ID] = TEXT | RUN_ID_TEXT_BYTES_MAX } },
	[MESSAGE_OUTPUT] = { "output", MESSAGE_TO_RUNNER, { READING, [MESSAGE_RUN_ID] = TEXT | RUN_ID_TEXT_BYTES_MAX } },
	[MESSAGE_METRICS] = { "metrics", MESSAGE_TO_RUNNER, { 0 } },
	[MESSAGE_PIECE] = {
		"piece",
		MESSAGE_TO_LISTENER,
		{ [MESSAGE_BODY] = PIECE_BYTES_MAX, [MESSAGE_TEXT] = TEXT | 512 },
	},
	[MESSAGE_PING] = { "ping", MESSAGE_TO_LISTENER, { 0 } },
	[MESSAGE_PONG] = { "pong", MESSAGE_TO_RUNNER, { 0 } },
};

/* The packet on the socket: this header, then the parts, each with a NUL. */
struct head {
	uint32_t kind;
	uint32_t request;
	uint16_t status, retry_after_s;
	uint32_t grace_ms;
	uint64_t offset, version;
	uint32_t after;
	uint32_t sizes[MESSAGE_PARTS];
};
_Static_assert(sizeof(struct head) == offsetof(struct head, sizes) + MESSAGE_PARTS * sizeof(uint32_t),
    "no padding, which would carry bytes of our memory");

static const struct message_row *messages_find_row(uint32_t kind, enum message_direction direction)
{
	if (kind >= sizeof(table) / sizeof(*table) || !table[kind].name || table[kind].direction != direction)
		return NULL;
	return &table[kind];
}

static bool messages_is_allowed(unsigned max, const char *bytes, size_t size)
{
	if (size > (max & ~(unsigned)TEXT))
		return false;
	return !(max & (unsigned)TEXT) || !size || !memchr(bytes, '\0', size);
}

void message_set_text(struct message *message, enum message_part part, const char *text)
{
	message->parts[part] = (struct message_bytes){ text, strlen(text) };
}

size_t message_encode(enum message_direction direction, const struct message *message, char *buffer)
{
	const struct message_row *row = messages_find_row(message->kind, direction);
	struct head head = { message->kind, message->request, message->status, message->retry_after_s, message->grace_ms,
		message->offset, message->version, message->after, { 0 } };
	size_t used = sizeof(head);

	for (size_t i = 0; row && i < MESSAGE_PARTS; i++) {
		const struct message_bytes *part = &message->parts[i];
		if (!messages_is_allowed(row->max[i], part->bytes, part->size) || part->size >= MESSAGE_BYTES_MAX - used)
			return 0;
		head.sizes[i] = (uint32_t)part->size;
		if (part->size)
			memcpy(buffer + used, part->bytes, part->size);
		buffer[used + part->size] = '\0';
		used += part->size + 1;
	}
	memcpy(buffer, &head, sizeof(head));
	return row ? used : 0;
}

static bool wrong(struct error *err, const char *what)
{
	return error_set(err, ERROR_INVALID, "invalid message: %s", what);
}

static bool take_parts(const struct message_row *row, const struct head *head, const char *bytes, size_t size,
    struct message *out, struct error *err)
{
	size_t used = sizeof(*head);

	for (size_t i = 0; i < MESSAGE_PARTS; i++) {
		if (head->sizes[i] >= size - used || bytes[used + head->sizes[i]])
			return wrong(err, "a part is outside the packet");
		if (!messages_is_allowed(row->max[i], bytes + used, head->sizes[i]))
			return wrong(err, "a part is too large or contains a NUL");
		out->parts[i] = (struct message_bytes){ bytes + used, head->sizes[i] };
		used += head->sizes[i] + 1;
	}
	return used == size || wrong(err, "it has trailing bytes");
}

bool message_decode(enum message_direction direction, const char *bytes, size_t size, struct message *out,
    struct error *err)
{
	const struct message_row *row;
	struct message message;
	struct head head;

	if (size < sizeof(head) + MESSAGE_PARTS)
		return wrong(err, "too short");
	memcpy(&head, bytes, sizeof(head));
	row = messages_find_row(head.kind, direction);
	if (!row)
		return wrong(err, "unknown kind, or not allowed in this direction");
	if (!take_parts(row, &head, bytes, size, &message, err))
		return false;
	message.kind = head.kind;
	message.request = head.request;
	message.status = head.status;
	message.retry_after_s = head.retry_after_s;
	message.grace_ms = head.grace_ms;
	message.offset = head.offset;
	message.version = head.version;
	message.after = head.after;
	*out = message;
	return true;
}

bool message_send(int fd, enum message_direction direction, const struct message *message, struct error *err)
{
	char buffer[MESSAGE_BYTES_MAX];
	size_t size = message_encode(direction, message, buffer);
	ssize_t sent;

	if (!size)
		return error_set(err, ERROR_INTERNAL, "cannot send a message that is not in the table");
	do
		sent = send(fd, buffer, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return true;
	return error_set_errno(err, errno == EAGAIN || errno == ENOBUFS ? ERROR_UNAVAILABLE : ERROR_INTERNAL,
	    "cannot send a message to the other process");
}

enum message_received message_receive(int fd, enum message_direction direction, char *buffer, struct message *out,
    struct error *err)
{
	ssize_t size;

	do
		size = recv(fd, buffer, MESSAGE_BYTES_MAX, MSG_DONTWAIT | MSG_TRUNC);
	while (size < 0 && errno == EINTR);
	if (size < 0 && errno == EAGAIN)
		return MESSAGE_NONE;
	if (size <= 0)
		return MESSAGE_END;
	if (size > MESSAGE_BYTES_MAX) {
		wrong(err, "too long");
		return MESSAGE_WRONG;
	}
	return message_decode(direction, buffer, (size_t)size, out, err) ? MESSAGE_RECEIVED : MESSAGE_WRONG;
}
