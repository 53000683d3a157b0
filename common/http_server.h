/* http_server.h - libmicrohttpd driven by our event loop: whole requests in, one answer out, now or later. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_SERVER_H
#define COMMON_HTTP_SERVER_H

#include "common/error.h"
#include "common/event_loop.h"
#include "common/http_target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Everything runs on the loop's thread. */
struct http_server;
struct http_request;
struct http_response;

/* What became of a request. */
struct http_answered {
	const char *method; /* "" if its head could not be read */
	const void *label;  /* http_request_label; NULL: none */
	const void *caller; /* http_request_caller; NULL: none */
	const char *remark; /* http_request_remark; NULL: none */
	unsigned status;
	int64_t took_us;                    /* since the request was complete; -1: it was refused before that */
	const struct http_request *request; /* for reading; incomplete if it was refused early */
	const struct http_response *response;
};

struct http_server_options {
	struct event_loop *loop;
	const int *listen_fds; /* bound and listening, non-blocking, CLOEXEC; the server owns them once started */
	size_t listen_fd_count;
	const char *tls_certificate_pem, *tls_key_pem; /* both NULL: plain HTTP. Copied. */
	const char *tls_client_ca_pem;                 /* NULL: no client certificates; else every client needs one */
	size_t connections_max;
	size_t connections_per_address_max; /* by peer_network.h; 0: no limit */
	/* If all connections are taken, the one that has waited longest for the head of a request, or for the end of its
	   handshake, is closed for a newcomer; otherwise the newcomer waits. */
	bool makes_room;
	size_t pool_bytes;     /* of one connection: bounds its headers; 16384 */
	size_t body_bytes_max; /* beyond: 413 before it is read */
	/* The limit for a request whose body is larger than body_bytes_max; NULL: none may be. Called when its head has
	   been read. At most 64 such requests at a time: others get a 503. */
	size_t (*body_bytes_max_of)(struct http_request *request, void *context);
	int64_t
	    /* From a request's first byte to its last, however slowly it arrives; then the connection is closed. */
	    request_deadline_ms;
	int64_t idle_timeout_ms; /* of a connection between requests, or of a client that reads nothing */
	/* A client that reads fewer than reader_bytes_min of a waiting answer within reader_window_ms is disconnected. */
	size_t reader_bytes_min;
	int64_t reader_window_ms; /* 0: no limit */
	size_t unsent_bytes_max;  /* of all answers that are being sent; beyond, requests get a 503. 0: no limit */
	/* Called once for each complete request that passed http_request_check.h. It answers with http_request_respond
	   before it returns or at any later time: until then the connection is parked. */
	void (*handle)(struct http_request *request, void *context);
	/* Whether handle may return before it answers; NULL: for any request. If it may not, handle is called one round
	   earlier, and if it parks the request all the same, a client that stops sending gets no answer. */
	bool (*may_park)(struct http_request *request, void *context);
	/* Makes the answer to a request that was refused before handle: err is borrowed, status by RFC 9110. The server
	   owns the answer. */
	struct http_response *(*refusal)(unsigned status, const struct error *err, void *context);
	/* A client has sent plain HTTP to a server that speaks TLS, and is disconnected; may be NULL. */
	void (*spoke_plainly)(const char *peer, void *context);
	/* Called for each answer when it is given; may be NULL. */
	void (*answered)(const struct http_answered *answered, void *context);
	void *context;
};

struct http_server *http_server_start(const struct http_server_options *options, struct error *err);

/* Later connections get this certificate; the server must have been started with one. ERROR_INVALID, with the old one
   still in use: the texts cannot be read, or do not belong together. */
bool http_server_reload_tls(struct http_server *server, const char *certificate_pem, const char *key_pem,
    struct error *err);

/* Stops accepting; existing connections continue. */
void http_server_quiesce(struct http_server *server);

/* The number of connections. */
size_t http_server_connections(const struct http_server *server);

/* The number of requests that have begun and are not yet answered to the last byte. */
size_t http_server_requests(const struct http_server *server);

/* Closes all connections; parked requests stay unanswered, and the daemon must forget them. NULL is fine. */
void http_server_stop(struct http_server *server);

/* Valid until http_request_respond or http_request_abandon. */
const char *http_request_method(const struct http_request *request);
const struct http_target *http_request_target(const struct http_request *request);
/* The header of that name (repeated ones are joined with ", "), or NULL. Lives as long as the request. */
const char *http_request_header(const struct http_request *request, const char *name);
/* "noah.example:5678", the client's name for the server: from an absolute target, else from Host (RFC 9112, 3.2.2).
   NULL: none. */
const char *http_request_authority(const struct http_request *request);
/* "http" or "https". */
const char *http_request_scheme(const struct http_request *request);
/* size 0: no body. Never NULL; NUL-terminated beyond size. */
const char *http_request_body(const struct http_request *request, size_t *out_size);
/* "127.0.0.1:4711", "[::1]:4711". */
const char *http_request_peer(const struct http_request *request);
/* The subject of the client's certificate, "CN=web1,O=example" (RFC 4514); NULL: none was required. */
const char *http_request_client(const struct http_request *request);

/* Further values for http_server_options.answered; borrowed. */
void http_request_label(struct http_request *request, const void *label);
void http_request_caller(struct http_request *request, const void *caller);
void http_request_remark(struct http_request *request, const char *remark);

/* A value that the daemon has made for a request and needs again; kept once, released when the request ends. Its
   release tells what it is: NULL if there is nothing yet, or something with another release. */
void http_request_keep(struct http_request *request, void *take, void (*release)(void *kept));
void *http_request_kept(const struct http_request *request, void (*release)(void *kept));

/* The response is borrowed: it may answer any number of requests. */
void http_request_respond(struct http_request *request, unsigned status, struct http_response *response);

/* One more header for the answer to this request only, even if its response is shared. Copied; a second call replaces
   the first. */
void http_request_answer_header(struct http_request *request, const char *name, const char *value);

/* The client has a current copy: a 200 for this request is sent as a 304 (RFC 9110, 15.4.5), with its headers except
   those of the body, and with the length of the body that is not sent. If that length is not known before the body is
   made, the 304 has none, and the connection is closed after it. */
void http_request_answer_unchanged(struct http_request *request);

/* Closes the connection without an answer: the outcome of the request is unknown. */
void http_request_abandon(struct http_request *request);

/* For a request that waits for something: hung_up is called once, as soon as its client stops sending before it is
   answered, possibly from within this call. The client may have left, or have shut down only its sending side ("nc
   -N"): only writing to it shows which (RFC 9112, 9.6). The request must still be answered, preferably soon. */
void http_request_on_hang_up(struct http_request *request, void (*hung_up)(void *context), void *context);

/* body is copied; content_type NULL: none. Never fails (small allocations abort). */
struct http_response *http_response_create(const void *body, size_t size, const char *content_type);
/* body is from malloc; the response takes it. */
struct http_response *http_response_create_take(void *body, size_t size, const char *content_type);
/* Adds a header that the response does not have yet; the value is not empty and has no line break. */
void http_response_header(struct http_response *response, const char *name, const char *value);
/* Adds or replaces a header. Cheap if the value stays the same. May be called between two calls of
   http_request_respond, except for a request that was parked: its answer is rendered in the loop's next round. */
void http_response_replace_header(struct http_response *response, const char *name, const char *value);
/* The value of a header of the response; NULL: it has none. */
const char *http_response_find_header(const struct http_response *response, const char *name);
void http_response_release(struct http_response *response);

/* The results of read other than a number of bytes. */
enum {
	HTTP_STREAM_WAITS = 0,  /* nothing to send until http_response_wake */
	HTTP_STREAM_ENDS = -1,  /* the body is complete */
	HTTP_STREAM_BREAKS = -2 /* the connection is closed, so that the client knows that the body is incomplete */
};

/* A body that is made in pieces, as fast as its client reads it. */
struct http_stream {
	/* Writes at most room bytes to out and takes a few ms at most: all other clients wait meanwhile. */
	ssize_t (*read)(void *context, char *out, size_t room);
	/* Called once, last: all was sent, the client has left, or the server is stopping. */
	void (*end)(void *context);
	void *context;
	size_t held_bytes; /* kept in memory for it, counts towards unsent_bytes_max */
};

/* Answers one request only, chunked (RFC 9112, 7.1). http_response_wake may be called until end is called, even after
   the response was released. The stream ends at once if its client stops sending while it waits. */
struct http_response *http_response_create_stream(const struct http_stream *stream, const char *content_type);
/* The memory kept for a stream has changed. Called from within read. */
void http_response_hold(struct http_response *response, size_t held_bytes);
/* The stream has something to send again, or its end. Not from within read; does nothing for a stream that does not
   wait. */
void http_response_wake(struct http_response *response);

enum { HTTP_LISTEN_BACKLOG = 1024 };

/* Binds and listens on "127.0.0.1:5678" or "[::]:5679" (port 0: the kernel's choice). -1 and ERROR_INVALID for the
   text, ERROR_UNAVAILABLE for the port. An IPv6 wildcard accepts IPv4, too. */
int http_listen(const char *address, struct error *err);
/* Whether http_listen understands the text, and whether only this machine can reach the address. Opens nothing. */
bool http_listen_check(const char *address, bool *out_is_loopback);
/* The address a listening socket has, in the form that http_listen takes. */
bool http_listen_address(int fd, char *out, size_t out_size);

#endif
