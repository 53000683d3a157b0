/* http_answer.h - takes HTTP/1.1 answers apart as their bytes come. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_SHARED_HTTP_ANSWER_H
#define TESTS_BENCH_SHARED_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

enum { HTTP_ANSWER_LINE_BYTES_MAX = 256 };

enum http_answer_state {
	HTTP_ANSWER_STATUS,
	HTTP_ANSWER_HEADERS,
	HTTP_ANSWER_BODY,
	HTTP_ANSWER_CHUNK_SIZE,
	HTTP_ANSWER_CHUNK,
	HTTP_ANSWER_CHUNK_END,
	HTTP_ANSWER_TRAILER,
	HTTP_ANSWER_COMPLETE,
};

/* Zeroed: waits for the first byte of an answer. Of a body without Content-Length only chunks are understood. */
struct http_answer {
	enum http_answer_state state;
	int status;
	bool is_chunked;
	size_t left; /* of the body or of the chunk */
	size_t line_size;
	char line[HTTP_ANSWER_LINE_BYTES_MAX + 1]; /* of the head, as far as it has come; what is longer is cut */
	void (*take_body)(void *context, const char *bytes, size_t size); /* NULL: not wanted */
	void *context;
};

/* Takes as much as belongs to this answer: up to HTTP_ANSWER_COMPLETE. Returns how many bytes that were. */
size_t http_answer_take(struct http_answer *answer, const char *bytes, size_t size);

/* For the next answer on the same connection. */
void http_answer_renew(struct http_answer *answer);

#endif
