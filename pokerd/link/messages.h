/* messages.h - all messages between the listener and the runner. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LINK_MESSAGES_H
#define POKERD_LINK_MESSAGES_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each message is one packet on a SOCK_SEQPACKET socket. Both ends must be of one version, which MESSAGE_READY tells.
   But the runner does not trust the listener: a message that is not in this table means that the listener has been
   compromised. */
enum message_kind {
	MESSAGE_READY = 1, /* to the runner: ready to accept connections, and the version; waits for permission */
	MESSAGE_SERVE,     /* to the listener: accept them */
	MESSAGE_POKE,      /* to the runner: a request; each is answered by one verdict */
	MESSAGE_HEALTH,    /* to the runner: asks for its health; answered by a verdict */
	MESSAGE_VERDICT,   /* to the listener: the answer for the client */
	MESSAGE_DRAIN,     /* to the listener: accept nothing more, answer what has begun or begins soon, and end */
	/* To the runner: what the bearer of the status token may read, from offset on; each is answered by one piece. */
	MESSAGE_STATUS,  /* JSON */
	MESSAGE_RECORD,  /* of a run, JSON */
	MESSAGE_OUTPUT,  /* of a run, any bytes */
	MESSAGE_PIECE,   /* to the listener */
	MESSAGE_PING,    /* to the listener: show that its loop turns; answered by a pong */
	MESSAGE_PONG,    /* to the runner */
	MESSAGE_METRICS, /* to the runner: asks for the metrics, without a token; answered by pieces */
	MESSAGE_PLAIN,   /* to the runner: a client sent plain HTTP instead of TLS; its verdict is ignored */
};

enum message_direction { MESSAGE_TO_RUNNER, MESSAGE_TO_LISTENER };

/* The parts of a message besides its numbers; the table in messages.c shows which kind has which. */
enum message_part {
	MESSAGE_PEER, /* text: address and port */
	MESSAGE_PATH, /* text: of the rule, as in the configuration */
	MESSAGE_ID,   /* text: the header webhook-id, "" if missing; likewise the next two */
	MESSAGE_TIMESTAMP,
	MESSAGE_SIGNATURE,
	MESSAGE_BODY,   /* any bytes */
	MESSAGE_TEXT,   /* text: for a success the state of the poke, otherwise the error for the client */
	MESSAGE_TOKEN,  /* text: of the status, as the client gave it; "": it gave none */
	MESSAGE_RUN_ID, /* text: as the client gave it */
	MESSAGE_PARTS,
};

/* What follows a piece. */
enum piece_after {
	PIECE_LAST,
	PIECE_MORE,  /* at once */
	PIECE_LATER, /* perhaps: what it belongs to still grows */
};

struct message_bytes {
	const char *bytes; /* a NUL follows the last */
	size_t size;
};

/* Borrows its parts; parts that a kind does not have are "". */
struct message {
	enum message_kind kind;
	uint32_t request;       /* the listener counts its messages; a verdict has the number of its request */
	uint16_t status;        /* verdict: of HTTP */
	uint16_t retry_after_s; /* verdict: 0: the header is omitted */
	uint32_t grace_ms;      /* drain: for connected clients that have not sent a request yet */
	uint64_t offset;        /* of the piece that is asked for */
	uint64_t version;       /* piece: of all it belongs to; sent back with the question for the next, 0 for the first */
	uint32_t after;         /* piece: enum piece_after */
	struct message_bytes parts[MESSAGE_PARTS];
};

/* Limits of a request, and the size of every message buffer. */
enum {
	POKE_HEAD_BYTES_MAX = 16384, /* of all its headers together */
	POKE_BODY_BYTES_MAX = 65536,
	POKE_PATH_BYTES_MAX = 1024,
	PIECE_BYTES_MAX = 16384,
	STATUS_TOKEN_BYTES_MAX = 512,
	RUN_ID_TEXT_BYTES_MAX = 64, /* of a valid one and of most others */
	MESSAGE_BYTES_MAX = POKE_BODY_BYTES_MAX + POKE_HEAD_BYTES_MAX + 2048,
};

void message_set_text(struct message *message, enum message_part part, const char *text);

/* Sends one packet. ERROR_UNAVAILABLE: the (non-blocking) socket is full; ERROR_INTERNAL: the other end is gone, or the
   message is not in the table for that direction. */
bool message_send(int fd, enum message_direction direction, const struct message *message, struct error *err);

enum message_received {
	MESSAGE_RECEIVED,
	MESSAGE_NONE,  /* nothing there now */
	MESSAGE_END,   /* the other end is gone */
	MESSAGE_WRONG, /* not in the table: read nothing more from this socket */
};

/* Reads one packet into buffer, of MESSAGE_BYTES_MAX; *out borrows from it. For MESSAGE_WRONG, err has the reason. */
enum message_received message_receive(int fd, enum message_direction direction, char *buffer, struct message *out,
    struct error *err);

/* The parts of these two functions that do no I/O. buffer has MESSAGE_BYTES_MAX; 0: not in the table. */
size_t message_encode(enum message_direction direction, const struct message *message, char *buffer);
bool message_decode(enum message_direction direction, const char *bytes, size_t size, struct message *out,
    struct error *err);

#endif
