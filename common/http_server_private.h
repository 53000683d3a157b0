/* http_server_private.h - what the files of the HTTP server share. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_SERVER_PRIVATE_H
#define COMMON_HTTP_SERVER_PRIVATE_H

#include "common/http_address.h"
#include "common/http_server.h"
#include "common/http_tls.h"

#include <microhttpd.h>
#include <sys/queue.h>
#include <sys/socket.h>

struct http_connection;

/* Connections that may stay in their state for limit_ms, the oldest first. */
struct http_wait {
	TAILQ_HEAD(, http_connection) connections;
	int64_t limit_ms; /* below 0: for ever */
};

/* Since when a client has not kept up with its answer, and how much it had read by then. */
struct http_reader_pace {
	int64_t since_ms; /* 0: it keeps up */
	uint64_t taken_bytes;
};

/* Memory for texts that the daemon reads; freed with the request. */
struct http_text {
	SLIST_ENTRY(http_text) in_connection;
	char *text;
};

struct http_connection {
	struct http_server *server;
	struct MHD_Connection *mhd;
	int fd;
	bool was_used;                  /* a request has begun here before */
	bool has_unread_body;           /* an answer is on its way to a client that may still be sending */
	struct http_request *request;   /* NULL between requests */
	struct http_identity *identity; /* the certificate that it got */
	char peer[HTTP_ADDRESS_BYTES];  /* "" until asked for */
	SLIST_HEAD(, http_text) texts;
	struct http_wait *wait; /* where it is listed */
	int64_t since_ms, idle_since_ms;
	TAILQ_ENTRY(http_connection) in_wait;
	bool is_suspended, is_resumable;
	uint32_t turn; /* in which it began to wait for a head, counted by the server, modulo 2^32 */
	TAILQ_ENTRY(http_connection) in_resumable;
	struct event_source disconnect; /* while is_watched: until the client stops sending */
	bool is_watched, is_half_closed;
	bool has_left; /* what is left of its answer is not sent */
	struct http_reader_pace reader_pace;
};

/* A listening socket and the server that accepts from it. */
struct http_listener {
	struct http_server *server;
	struct event_source source;
};

/* A socket that was accepted and is not served yet. */
struct http_newcomer {
	int fd; /* -1: none */
	struct sockaddr_storage address;
	socklen_t address_size;
};

struct http_linger;

struct http_server {
	struct http_server_options options; /* its borrowed pointers are not used after the start */
	struct MHD_Daemon *mhd;
	struct event_source mhd_events;
	bool runnable; /* MHD_run has something to do */
	struct event_timer run_soon;
	int64_t run_at_ms; /* when it will have, even if nothing happens; -1: never */
	struct http_listener *listeners;
	size_t listener_count; /* 0 once quiesced */
	bool accepting;
	struct event_timer accept_again;
	struct http_newcomer newcomer; /* waits until a connection has been closed for it */
	uint32_t turns;
	size_t connection_count, request_count;
	size_t large_count; /* of those, with a larger body than most requests may have */
	/* idle: between requests, checked repeatedly; reading: a request is arriving; answering: it has arrived, and its
	   client is checked repeatedly. */
	struct http_wait idle, reading, answering;
	struct http_wait half_closed; /* instead of idle and reading; checked repeatedly */
	struct event_timer deadlines;
	TAILQ_HEAD(, http_connection) resumable; /* suspended ones that have work again */
	size_t unsent_bytes;
	TAILQ_HEAD(, http_linger) lingering; /* the longest there first */
	size_t lingering_count;
	SLIST_HEAD(, http_request) spare_requests;
	size_t spare_request_count;
	struct http_identity *identity; /* NULL: plain HTTP */
	bool needs_client_certificate;
};

enum http_request_stage {
	HTTP_REQUEST_HEAD,   /* only the target is known */
	HTTP_REQUEST_BODY,   /* the head has passed or been refused, its body is arriving */
	HTTP_REQUEST_WHOLE,  /* it is complete, the daemon has not seen it */
	HTTP_REQUEST_PARKED, /* with the daemon, the connection suspended */
	HTTP_REQUEST_ANSWERED,
	HTTP_REQUEST_ABANDONED,
};

/* One of 64 bits for the name of a header, which other names may share: shows without a search that a request does not
   have a header. */
static inline uint64_t http_header_bit(const char *name, size_t size)
{
	const unsigned first = (unsigned char)name[0] | 0x20, last = (unsigned char)name[size - 1] | 0x20;
	return UINT64_C(1) << ((first * 5 + last * 3 + size) % 64);
}

struct http_request {
	struct http_connection *connection;
	SLIST_ENTRY(http_request) in_spare;
	enum http_request_stage stage;
	const char *raw_target; /* libmicrohttpd's: only until the head has been read, and without its query */
	size_t raw_target_size; /* with it */
	const char *method;
	char *body; /* NULL until there is one; kept for the next request while it is small */
	size_t body_size, body_room;
	size_t discarded_bytes;
	uint64_t headers; /* http_header_bit of each */
	unsigned status;
	const char *own_header, *own_value; /* of its answer alone; NULL: none */
	bool is_unchanged;                  /* a 200 becomes a 304 */
	struct http_response *response;     /* of a request that is answered */
	void (*hung_up)(void *context);     /* when the client stops sending while it is parked; may be NULL */
	void *hung_up_context;
	const void *label; /* the daemon's, as caller */
	const void *caller;
	const char *remark;
	void *kept; /* NULL: nothing */
	void (*release_kept)(void *kept);
	int64_t whole_us;      /* when it was complete; -1: it is not yet */
	unsigned refused_with; /* a status, 0: not refused */
	bool is_chunked;       /* its body comes in chunks */
	bool is_large;         /* its body may be larger than most */
	struct error refusal;
	struct http_target target;
};

struct http_response {
	struct MHD_Response *mhd;
	unsigned references, answers; /* answers: requests that it is being sent to */
	const void *body;             /* within mhd; NULL: streamed, or a 304's */
	size_t size;                  /* that it occupies */
	struct http_streaming *streaming;
};

struct http_streaming {
	struct http_stream stream;
	struct http_connection *connection; /* NULL: it does not answer a request yet */
};

void http_wait_init(struct http_wait *wait, int64_t limit_ms);
/* Moves a connection to the end of another list, where its time begins now. */
void http_connection_move(struct http_connection *connection, struct http_wait *wait);
/* Its client has stopped sending before a request is complete: closes it once everything is read. */
void http_connection_await_end(struct http_connection *connection);
/* Whether the network of that client (peer_network.h) may have one more. */
bool http_connections_have_room_for(const struct http_server *server, const struct sockaddr *address);
/* Closes the connection that has waited longest for the head of a request, in the handshake too. False: none. */
bool http_connections_cut_oldest(struct http_server *server);
/* A request has begun; a request has ended. */
void http_connection_reads(struct http_connection *connection);
void http_connection_rests(struct http_connection *connection);
/* Makes libmicrohttpd ignore a connection, and continue with it: a few hundred in each round of the loop, so that the
   others do not wait for thousands. Resuming a connection that is not suspended does nothing. A connection that is
   suspended in the round in which it was read is read again when it is resumed, before its answer: if its client sends
   nothing more, it would be closed. So a request that is likely to be parked is passed to the daemon one round later.
   It is not passed at once and parked one round later, since a connection that is not suspended may end while the
   daemon has its request. */
void http_connection_suspend(struct http_connection *connection);
void http_connection_resume(struct http_connection *connection);
void http_connections_resume_some(struct http_server *server);
void http_connections_resume_all(struct http_server *server);

/* From the start of a connection to its end: detects that its client stops sending. Then the daemon of a parked request
   is notified, a waiting stream ends, and a connection without a complete request is closed once everything is read. */
void http_disconnect_watch(struct http_connection *connection);
void http_disconnect_ignore(struct http_connection *connection);

/* Whether a client has read too little of its waiting answer; called repeatedly. */
bool http_reader_is_slow(struct http_connection *connection, int64_t now_ms);

/* A timer's callback: closes connections that have waited too long. */
void http_connections_overdue(void *server, int64_t now_ms);
/* Whether the libmicrohttpd at run time, which may differ from the one at build time, is 1.0 or later. In strict mode
   it rejects malformed heads itself. 0.9.75 does not, and its strict mode would reject without a reason what we reject
   with one: there, http_head finds them. */
bool http_library_is_1_0(void);

/* libmicrohttpd's callback for a connection's start and end. */
void http_connection_changed(void *server, struct MHD_Connection *mhd, void **connection,
    enum MHD_ConnectionNotificationCode code);

/* Accepting: prepares the listening sockets of the options; begins; suspends it; ends it for good. */
void http_accepting_init(struct http_server *server);
bool http_accepting_start(struct http_server *server, struct error *err);
void http_accepting_pause(struct http_server *server);
void http_accepting_stop(struct http_server *server);
/* Continues if it was paused and there is room, or room can be made. */
void http_accepting_resume(struct http_server *server);
/* MHD_run has something to do that its descriptor does not show. */
void http_server_run_soon(struct http_server *server);
/* Takes the socket, and closes it if it cannot be served. */
void http_server_adopt(struct http_server *server, int fd, const struct sockaddr *address, socklen_t address_size);

/* libmicrohttpd's callbacks for a request, in the order in which they are called. */
void *http_request_began(void *server, const char *raw_target, struct MHD_Connection *mhd);
enum MHD_Result http_request_continues(void *server, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **request);
void http_request_ended(void *server, struct MHD_Connection *mhd, void **request,
    enum MHD_RequestTerminationCode reason);
/* Ends a connection's request, if it has one: libmicrohttpd does not report the end of some that it refuses. */
void http_request_forget(struct http_connection *connection);
/* Frees the texts that http_request_header has made. */
void http_request_texts_free(struct http_connection *connection);
/* Frees what is kept for later requests. */
void http_requests_finish(struct http_server *server);

struct http_response *http_response_retain(struct http_response *response);
/* The same response with one more header; the caller owns the reference. A stream or a 304, which is not shared, is not
   copied. */
struct http_response *http_response_with(struct http_response *response, const char *name, const char *value);
/* The 304 to send instead; the caller owns the reference. */
struct http_response *http_response_without_body(struct http_response *response);
/* It is being sent to a request; it has arrived or never will. */
void http_response_begin(struct http_response *response, struct http_connection *connection);
void http_response_finish(struct http_response *response, struct http_connection *connection);

/* Sends an answer without libmicrohttpd, which accepts none between the beginning and the end of a body. The connection
   must be closed right after it. */
void http_parting_send(struct http_connection *connection, unsigned status, const struct http_response *response);

/* Keeps a copy of a socket that is about to be closed until its client has read the answer: closing it with unread
   bytes would reset the connection and lose the answer. */
void http_linger_start(struct http_server *server, int fd);
/* Closes all remaining sockets. */
void http_linger_finish(struct http_server *server);

/* "127.0.0.1:4711"; as long as the connection. */
const char *http_connection_peer(struct http_connection *connection);

#endif
