/* streams - many streams of server-sent events, and the writes that they tell: how long until each has come everywhere.
   Started by tests/bench/run: streams PORT STREAMS CHANGES WRITERS STREAM_REQUEST PUT_REQUEST; prints milliseconds from
   the first PUT to the last event. Each stream must hold every change once and in order: ids without a gap, each with
   the data of its own revision. */
/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/bench/shared/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { LINE_BYTES_MAX = 8192, NAME_BYTES_MAX = 32 };

struct stream {
	struct http_client client;
	unsigned long first_id, id, events;
	bool has_data;    /* of the event that is coming */
	size_t line_size; /* of a line whose end has not come */
	char line[LINE_BYTES_MAX];
};

struct writes {
	unsigned long wanted, sent;
	const char *request;
};

static void take_id(struct stream *stream, unsigned long id)
{
	if (stream->id != 0 && id != stream->id + 1)
		fail("a stream tells %lu after %lu", id, stream->id);
	if (stream->id == 0)
		stream->first_id = id;
	stream->id = id;
}

static void take_data(struct stream *stream, const char *text, size_t size)
{
	char revision[NAME_BYTES_MAX];
	int length = snprintf(revision, sizeof(revision), "\"revision\":%lu", stream->id);
	const char *found = memmem(text, size, revision, (size_t)length);
	if (found == NULL || strspn(found + length, "0123456789") > 0)
		fail("an event has not the data of its id %lu: %.*s", stream->id, (int)size, text);
	stream->has_data = true;
}

static void end_event(struct stream *stream)
{
	stream->events += stream->has_data;
	stream->has_data = false;
}

static void take_line(struct stream *stream, const char *line, size_t size)
{
	if (size == 0)
		end_event(stream);
	else if (size > 4 && memcmp(line, "id: ", 4) == 0)
		take_id(stream, strtoul(line + 4, NULL, 10));
	else if (size > 6 && memcmp(line, "data: ", 6) == 0)
		take_data(stream, line + 6, size - 6);
}

static void keep(struct stream *stream, const char *bytes, size_t size)
{
	if (size > LINE_BYTES_MAX - stream->line_size)
		fail("a line of more than %d bytes", LINE_BYTES_MAX);
	memcpy(stream->line + stream->line_size, bytes, size);
	stream->line_size += size;
}

static void take_bytes(void *context, const char *bytes, size_t size)
{
	struct stream *stream = context;
	for (const char *end; (end = memchr(bytes, '\n', size)) != NULL;) {
		size_t part = (size_t)(end - bytes);
		if (stream->line_size > 0) {
			keep(stream, bytes, part + 1);
			take_line(stream, stream->line, stream->line_size - 1);
			stream->line_size = 0;
		} else {
			take_line(stream, bytes, part);
		}
		bytes += part + 1;
		size -= part + 1;
	}
	keep(stream, bytes, size);
}

static void open_stream(struct stream *stream, int epoll, uint16_t port, const char *request)
{
	stream->client.answer.take_body = take_bytes;
	stream->client.answer.context = stream;
	http_client_open(&stream->client, epoll, port);
	http_client_send(&stream->client, request);
	while (stream->client.answer.state <= HTTP_ANSWER_HEADERS)
		http_clients_turn(epoll);
}

static void send_next(struct http_client *writer, void *context)
{
	struct writes *writes = context;
	if (writes->sent < writes->wanted) {
		writes->sent++;
		http_client_send(writer, writes->request);
	}
}

static bool has_all(const struct stream *stream, const struct stream *first, unsigned long changes)
{
	if (stream->events > changes)
		fail("a stream tells %lu events of %lu", stream->events, changes);
	if (stream->events == changes && stream->first_id != first->first_id)
		fail("streams begin with %lu and %lu", first->first_id, stream->first_id);
	return stream->events == changes;
}

int main(int argc, char **argv)
{
	if (argc != 7)
		fail("usage: streams PORT STREAMS CHANGES WRITERS STREAM_REQUEST PUT_REQUEST");
	uint16_t port = (uint16_t)atoi(argv[1]);
	size_t stream_count = strtoul(argv[2], NULL, 10), writer_count = strtoul(argv[4], NULL, 10);
	struct writes writes = { .wanted = strtoul(argv[3], NULL, 10), .request = argv[6] };
	struct stream *streams = calloc(stream_count, sizeof(*streams));
	struct http_client *writers = calloc(writer_count, sizeof(*writers));
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (streams == NULL || writers == NULL)
		abort();
	for (size_t i = 0; i < stream_count; i++)
		open_stream(&streams[i], epoll, port, argv[5]);
	for (size_t i = 0; i < writer_count; i++) {
		writers[i] = (struct http_client){ .answered = send_next, .context = &writes };
		http_client_open(&writers[i], epoll, port);
	}
	double begun_ms = now_ms();
	for (size_t i = 0; i < writer_count; i++)
		send_next(&writers[i], &writes);
	for (size_t complete = 0; complete < stream_count;)
		if (has_all(&streams[complete], streams, writes.wanted))
			complete++;
		else
			http_clients_turn(epoll);
	printf("%.3f\n", now_ms() - begun_ms);
	return 0;
}
