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

/* All of it on the loop's thread. */
struct http_server;
struct http_request;
struct http_response;

/* What became of a request. */
struct http_answered {
	const char *method; /* "" where its head could not be read */
	const void *label;  /* http_request_label; NULL: none */
	const void *caller; /* http_request_caller; NULL: none */
	const char *remark; /* http_request_remark; NULL: none */
	unsigned status;
	int64_t took_us;                    /* since all of it was there; -1: it was refused before that */
	const struct http_request *request; /* may be looked at; where it was refused before, it may not be whole */
	const struct http_response *response;
};

struct http_server_options {
	struct event_loop *loop;
	const int *listen_fds; /* bound and listening, non-blocking, CLOEXEC; the server owns them once started */
	size_t listen_fd_count;
	const char *tls_certificate_pem, *tls_key_pem; /* both NULL: plain HTTP. Copied. */
	const char *tls_client_ca_pem;                 /* NULL: no client certificates; else every client must have one */
	size_t connections_max;
	size_t connections_per_address_max; /* 0: no limit */
	size_t pool_bytes;                  /* of one connection: bounds its headers; 16384 */
	size_t body_bytes_max;              /* beyond: 413 before it is read */
	/* How much a request may send that would send more; NULL: none may. Called when its head has been read. No more
	   than 64 such requests at once: others get a 503. */
	size_t (*body_bytes_max_of)(struct http_request *request, void *context);
	int64_t request_deadline_ms; /* from a request's first byte to its last, whatever drips; then closed */
	int64_t idle_timeout_ms;     /* of a connection between requests, and of a client that reads nothing */
	/* A client that takes less than so many bytes of an answer that waits for it in so long a time is closed. */
	size_t reader_bytes_min;
	int64_t reader_window_ms; /* 0: no limit */
	size_t unsent_bytes_max; /* of answers that are on their way, all in all; beyond, requests get a 503. 0: no limit */
	/* Called once for each request that passed the gate (http_request_check.h), its body complete. It answers with
	   http_request_respond before it returns or at any later time: until then the connection is parked. */
	void (*handle)(struct http_request *request, void *context);
	/* Whether handle may leave the request unanswered; NULL: any request. Where that is not expected, handle is called
	   a round earlier, and a client that stops sending while its request is parked all the same gets no answer. */
	bool (*may_park)(struct http_request *request, void *context);
	/* Makes the answer to a request that was refused before handle: borrowed err, status as RFC 9110.
	   The answer is owned by the server. */
	struct http_response *(*refusal)(unsigned status, const struct error *err, void *context);
	/* Each answer, as it is given; NULL: nobody asks. */
	void (*answered)(const struct http_answered *answered, void *context);
	void *context;
};

struct http_server *http_server_start(const struct http_server_options *options, struct error *err);

/* Connections made from now on are greeted with this certificate; the server must have been started with one.
   ERROR_INVALID, the old one staying, for what cannot be read or does not belong together. */
bool http_server_reload_tls(struct http_server *server, const char *certificate_pem, const char *key_pem,
    struct error *err);

/* Stops accepting; the connections that are there go on. */
void http_server_quiesce(struct http_server *server);

/* How many connections there are. */
size_t http_server_connections(const struct http_server *server);

/* How many requests have begun and are not yet answered to the last byte. */
size_t http_server_requests(const struct http_server *server);

/* Closes what is left: parked requests unanswered, which the daemon must forget. NULL is fine. */
void http_server_stop(struct http_server *server);

/* Valid until http_request_respond or http_request_abandon. */
const char *http_request_method(const struct http_request *request);
const struct http_target *http_request_target(const struct http_request *request);
/* The only header of that name (several: those that may repeat are joined with ", "), or NULL. Lives as the request. */
const char *http_request_header(const struct http_request *request, const char *name);
/* "noah.example:5678", by which the client calls the server: what an absolute target says, else Host (RFC 9112, 3.2.2).
   NULL: it does not say. */
const char *http_request_authority(const struct http_request *request);
/* "http" or "https". */
const char *http_request_scheme(const struct http_request *request);
/* size 0: no body. Never NULL; NUL-terminated beyond size. */
const char *http_request_body(const struct http_request *request, size_t *out_size);
/* "127.0.0.1:4711", "[::1]:4711". */
const char *http_request_peer(const struct http_request *request);
/* The subject of the certificate that the client has shown, "CN=web1,O=example" (RFC 4514); NULL: none was asked
   for. */
const char *http_request_client(const struct http_request *request);

/* What http_server_options.answered is told beside the request's own; borrowed. */
void http_request_label(struct http_request *request, const void *label);
void http_request_caller(struct http_request *request, const void *caller);
void http_request_remark(struct http_request *request, const char *remark);

/* What the daemon has made of a request and needs again while it lasts; kept once, released when the request ends. */
void http_request_keep(struct http_request *request, void *take, void (*release)(void *kept));
void *http_request_kept(const struct http_request *request); /* NULL: nothing yet */

/* The response is borrowed: one may answer any number of requests. */
void http_request_respond(struct http_request *request, unsigned status, struct http_response *response);

/* One more header for the answer to this request alone, whoever its response is shared with. Copied; a second call
   replaces the first. */
void http_request_answer_header(struct http_request *request, const char *name, const char *value);

/* The client has what it asks for: a 200 that this request is answered with goes out as a 304 (RFC 9110, 15.4.5), with
   its headers but for those of the body, and with the length of the body that is not sent. Where that length is not
   known before the body is made, the 304 tells none and the connection is closed behind it. */
void http_request_answer_unchanged(struct http_request *request);

/* Closes the connection without an answer: nobody knows what became of the request. */
void http_request_abandon(struct http_request *request);

/* For a request that waits for something: hung_up is called once, at once, when its client stops sending before it is
   answered, from within this call too. The client may have left, or have shut down only its sending side ("nc -N"):
   which of the two cannot be told before it is written to (RFC 9112, 9.6). The request is still to be answered, and
   better soon. */
void http_request_on_hang_up(struct http_request *request, void (*hung_up)(void *context), void *context);

/* body is copied; content_type NULL: none. Never fails (small allocations abort). */
struct http_response *http_response_create(const void *body, size_t size, const char *content_type);
/* body from malloc, now the response's. */
struct http_response *http_response_create_take(void *body, size_t size, const char *content_type);
/* One that it has not yet; the value is not empty and holds no line break. */
void http_response_header(struct http_response *response, const char *name, const char *value);
/* One that it may have. Costs little where it is what it was. May be called between two http_request_respond, except
   for a request that was parked: its answer is rendered in the loop's next round. */
void http_response_replace_header(struct http_response *response, const char *name, const char *value);
/* The value of a header that was set; NULL: it was not. */
const char *http_response_find_header(const struct http_response *response, const char *name);
void http_response_release(struct http_response *response);

/* What read returns besides a number of bytes. */
enum {
	HTTP_STREAM_WAITS = 0,  /* nothing to send until http_response_wake */
	HTTP_STREAM_ENDS = -1,  /* that was all */
	HTTP_STREAM_BREAKS = -2 /* the connection is closed so that the client knows it has not got all */
};

/* A body that is made bit by bit, as fast as its client takes it. */
struct http_stream {
	/* Puts at most room bytes at out, never more than a few ms of work: every other client waits meanwhile. */
	ssize_t (*read)(void *context, char *out, size_t room);
	/* Called last and once: all was sent, or the client has left, or the server is stopped. */
	void (*end)(void *context);
	void *context;
	size_t held_bytes; /* kept in memory for it, counts towards unsent_bytes_max */
};

/* Answers one request only, chunked (RFC 9112, 7.1). Its pointer serves http_response_wake until end is called, also
   after it was released. The stream ends at once when it waits
   and its client stops sending. */
struct http_response *http_response_create_stream(const struct http_stream *stream, const char *content_type);
/* What is kept in memory for a stream has become more or less. From within read. */
void http_response_hold(struct http_response *response, size_t held_bytes);
/* The stream has something to send again, or an end. Not from within read; does nothing for one that does not wait. */
void http_response_wake(struct http_response *response);

/* Binds and listens on "127.0.0.1:5678" or "[::]:5679" (port 0: the kernel's choice). -1 and ERROR_INVALID for the
   text, ERROR_UNAVAILABLE for the port. An IPv6 wildcard takes IPv4 too. */
int http_listen(const char *address, struct error *err);
/* Whether http_listen understands the text, and whether only this machine reaches the address. Opens nothing. */
bool http_listen_check(const char *address, bool *out_is_loopback);
/* The address a listening socket has, in the form that http_listen takes. */
bool http_listen_address(int fd, char *out, size_t out_size);

#endif
