/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/shared/http_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_data(enum http_answer_state state)
{
	return state == HTTP_ANSWER_BODY || state == HTTP_ANSWER_CHUNK;
}

static void enter_data(struct http_answer *answer, enum http_answer_state state, size_t size,
    enum http_answer_state when_empty)
{
	answer->left = size;
	answer->state = size > 0 ? state : when_empty;
}

static void take_header(struct http_answer *answer)
{
	static const char length[] = "Content-Length:", encoding[] = "Transfer-Encoding: chunked";
	if (strncasecmp(answer->line, length, sizeof(length) - 1) == 0)
		answer->left = strtoul(answer->line + sizeof(length) - 1, NULL, 10);
	else if (strcasecmp(answer->line, encoding) == 0)
		answer->is_chunked = true;
}

static void take_line(struct http_answer *answer)
{
	bool is_empty = answer->line[0] == '\0';
	switch (answer->state) {
	case HTTP_ANSWER_STATUS:
		answer->status = atoi(answer->line + strcspn(answer->line, " "));
		answer->state = HTTP_ANSWER_HEADERS;
		break;
	case HTTP_ANSWER_HEADERS:
		if (!is_empty)
			take_header(answer);
		else if (answer->is_chunked)
			answer->state = HTTP_ANSWER_CHUNK_SIZE;
		else
			enter_data(answer, HTTP_ANSWER_BODY, answer->left, HTTP_ANSWER_COMPLETE);
		break;
	case HTTP_ANSWER_CHUNK_SIZE:
		enter_data(answer, HTTP_ANSWER_CHUNK, strtoul(answer->line, NULL, 16), HTTP_ANSWER_TRAILER);
		break;
	case HTTP_ANSWER_CHUNK_END:
		answer->state = HTTP_ANSWER_CHUNK_SIZE;
		break;
	default:
		answer->state = is_empty ? HTTP_ANSWER_COMPLETE : HTTP_ANSWER_TRAILER;
	}
}

static size_t take_line_bytes(struct http_answer *answer, const char *bytes, size_t size)
{
	const char *end = memchr(bytes, '\n', size);
	size_t taken = end != NULL ? (size_t)(end - bytes) : size, room = HTTP_ANSWER_LINE_BYTES_MAX - answer->line_size;
	size_t kept = taken < room ? taken : room;
	memcpy(answer->line + answer->line_size, bytes, kept);
	answer->line_size += kept;
	if (end == NULL)
		return taken;
	if (answer->line_size > 0 && answer->line[answer->line_size - 1] == '\r')
		answer->line_size--;
	answer->line[answer->line_size] = '\0';
	answer->line_size = 0;
	take_line(answer);
	return taken + 1;
}

static size_t take_data(struct http_answer *answer, const char *bytes, size_t size)
{
	size_t taken = size < answer->left ? size : answer->left;
	if (answer->take_body != NULL)
		answer->take_body(answer->context, bytes, taken);
	answer->left -= taken;
	if (answer->left == 0)
		answer->state = answer->state == HTTP_ANSWER_CHUNK ? HTTP_ANSWER_CHUNK_END : HTTP_ANSWER_COMPLETE;
	return taken;
}

size_t http_answer_take(struct http_answer *answer, const char *bytes, size_t size)
{
	size_t taken = 0;
	while (taken < size && answer->state != HTTP_ANSWER_COMPLETE) {
		size_t (*take)(struct http_answer *, const char *, size_t) =
		    is_data(answer->state) ? take_data : take_line_bytes;
		taken += take(answer, bytes + taken, size - taken);
	}
	return taken;
}

void http_answer_renew(struct http_answer *answer)
{
	answer->state = HTTP_ANSWER_STATUS;
	answer->status = 0;
	answer->is_chunked = false;
	answer->left = 0;
}
