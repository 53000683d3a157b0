/* message.h - the request that delivers one change: a body, and headers that sign it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_MESSAGE_H
#define NOAHD_WATCH_MESSAGE_H

#include "common/error.h"
#include "common/signature.h"
#include "noahd/registry/access.h"
#include "noahd/registry/change.h"
#include "noahd/registry/event_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A body has an addressee and causes besides the event. If these make it too large, it is sent without contents,
   too. */
enum { MESSAGE_BODY_BYTES_MAX = EVENT_BYTES_MAX, MESSAGE_FIELDS_MAX = 8, MESSAGE_ID_BYTES = 32 };

struct message_field {
	const char *name;
	char *value;
};

struct message {
	char *body;
	size_t body_size;
	struct message_field fields[MESSAGE_FIELDS_MAX];
	size_t field_count;
};

struct message_source {
	const struct change *change;
	const char *epoch;
	const char *watch; /* its name */
	const char *endpoint;
	size_t told;                     /* matcher.h */
	struct signing_key *const *keys; /* that sign, newest first */
	size_t key_count;
	int64_t now_s;                    /* wall clock, of this try */
	bool is_restricted;               /* the body is limited to what the rules allow to read */
	const struct access_rules *rules; /* then; NULL: none */
};

/* Fails only if the change's body is not JSON or OpenSSL cannot sign. */
struct message *message_create(const struct message_source *source, struct error *err);
void message_destroy(struct message *message); /* NULL is fine */

/* "msg_" and 27 characters: the same for every try of one change for one watch, also after a crash. */
void message_id(const char *epoch, uint64_t revision, const char *watch, char out[MESSAGE_ID_BYTES]);

#endif
