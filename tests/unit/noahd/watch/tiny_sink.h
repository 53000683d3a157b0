/* tiny_sink.h - an endpoint in a thread of the test that remembers what it was sent. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NOAHD_WATCH_TINY_SINK_H
#define TESTS_UNIT_NOAHD_WATCH_TINY_SINK_H

#include <stddef.h>
#include <stdint.h>

struct tiny_request {
	char path[32];
	char id[48]; /* webhook-id */
	uint64_t revision;
	unsigned status;     /* that it was answered with; 0: with none */
	unsigned connection; /* numbered from 1 */
};

struct tiny_sink;

struct tiny_sink *tiny_sink_start(void);
void tiny_sink_stop(struct tiny_sink *sink);

/* "http://127.0.0.1:<port><path>" in a buffer of the sink's, one for each of the last four calls. */
const char *tiny_sink_url(struct tiny_sink *sink, const char *path);

/* The next so many requests get this status, with these header lines (each ended by "\r\n"); all later ones 200.
   Replaces what was planned. Status 0: the connection is closed without an answer. */
void tiny_sink_plan(struct tiny_sink *sink, unsigned status, size_t times, const char *header_lines);

/* Returns once that many requests have been answered; fails the test after a minute. */
void tiny_sink_wait(struct tiny_sink *sink, size_t count);
/* Returns once no client is connected, so that nothing more can come. */
void tiny_sink_wait_alone(struct tiny_sink *sink);
size_t tiny_sink_count(struct tiny_sink *sink);
struct tiny_request tiny_sink_request(struct tiny_sink *sink, size_t i);

#endif
