/* messages.h - all that the listener and the runner can say to each other. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LINK_MESSAGES_H
#define POKERD_LINK_MESSAGES_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One packet each on a socketpair of SOCK_SEQPACKET. Both ends are forked from one program, so there is no version: but
   the runner believes nothing that the listener sends, and takes what is not in this table for a listener that has been
   taken over. */
enum message_kind {
	MESSAGE_READY = 1, /* to the runner: connections could be accepted; waits to be told */
	MESSAGE_SERVE,     /* to the listener: accept them */
	MESSAGE_POKE,      /* to the runner: what came in; each is answered by one verdict */
	MESSAGE_HEALTH,    /* to the runner: are you well? answered by a verdict */
	MESSAGE_VERDICT,   /* to the listener: what to answer to the client */
	MESSAGE_DRAIN,     /* to the listener: accept nothing more, answer what has begun or begins soon, and end */
};

enum message_direction { MESSAGE_TO_RUNNER, MESSAGE_TO_LISTENER };

/* What a message is made of besides its numbers; which of them each kind has stands in the table in messages.c. */
enum message_part {
	MESSAGE_PEER, /* text: address and port */
	MESSAGE_PATH, /* text: of the rule, as it stands in the configuration */
	MESSAGE_ID,   /* text: the header webhook-id, "" where there was none; so the next two */
	MESSAGE_TIMESTAMP,
	MESSAGE_SIGNATURE,
	MESSAGE_BODY, /* any bytes */
	MESSAGE_TEXT, /* text: for a success the state of the poke, else what to tell the client */
	MESSAGE_PARTS,
};

struct message_bytes {
	const char *bytes; /* a NUL follows the last */
	size_t size;
};

/* Borrows its parts; those a kind does not have are "". */
struct message {
	enum message_kind kind;
	uint32_t request;       /* which one is answered: the listener counts them */
	uint16_t status;        /* verdict: of HTTP */
	uint16_t retry_after_s; /* verdict: 0: no such header */
	uint32_t grace_ms;      /* drain: for clients that are connected and have not yet asked */
	struct message_bytes parts[MESSAGE_PARTS];
};

/* How much of a request is looked at, and room for every message. */
enum {
	POKE_HEAD_BYTES_MAX = 16384, /* of all its headers together */
	POKE_BODY_BYTES_MAX = 65536,
	POKE_PATH_BYTES_MAX = 1024,
	MESSAGE_BYTES_MAX = POKE_BODY_BYTES_MAX + POKE_HEAD_BYTES_MAX + 2048,
};

void message_set_text(struct message *message, enum message_part part, const char *text);

/* One packet. ERROR_UNAVAILABLE: the socket takes no more now (it is non-blocking); ERROR_INTERNAL: the other end is
   gone, or the message is not in the table for that direction. */
bool message_send(int fd, enum message_direction direction, const struct message *message, struct error *err);

enum message_received {
	MESSAGE_RECEIVED,
	MESSAGE_NONE,  /* nothing there now */
	MESSAGE_END,   /* the other end is gone */
	MESSAGE_WRONG, /* not in the table: nothing more should be taken from there */
};

/* Reads one packet into buffer, of MESSAGE_BYTES_MAX; *out borrows from it. err says what is wrong with
   MESSAGE_WRONG. */
enum message_received message_receive(int fd, enum message_direction direction, char *buffer, struct message *out,
    struct error *err);

/* The halves of these two that do no I/O. buffer holds MESSAGE_BYTES_MAX; 0: not in the table. */
size_t message_encode(enum message_direction direction, const struct message *message, char *buffer);
bool message_decode(enum message_direction direction, const char *bytes, size_t size, struct message *out,
    struct error *err);

#endif
