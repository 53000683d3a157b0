/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/pattern.h"

#include "common/memory.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

static const char PREFIX[] = "//noah";

static const char ANY_SEGMENT[] = { PATTERN_ANY_SEGMENT, '\0' };

static int pattern_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The decoded character at text, *size its length there; -1: a bad escape. */
static int decode_character(const char *text, size_t *size)
{
	*size = 1;
	if (*text != '%')
		return (unsigned char)*text;

	int high = pattern_hex_digit(text[1]);
	int low = high < 0 ? -1 : pattern_hex_digit(text[2]);
	*size = 3;
	return low < 0 ? -1 : high * 16 + low;
}

static bool check_segment(const char *segment, size_t size, struct error *err)
{
	if (!strcmp(segment, ".") || !strcmp(segment, ".."))
		return error_set(err, ERROR_INVALID, "pattern contains the segment \"%s\"", segment);
	if (!utf8_is_valid(segment, size))
		return error_set(err, ERROR_INVALID, "pattern is not UTF-8 after decoding");
	return true;
}

static bool add_segment(struct pattern *out, const char *segment, struct error *err)
{
	if (out->segment_count == PATTERN_SEGMENTS_MAX)
		return error_set(err, ERROR_TOO_LARGE, "pattern has more than %d segments", PATTERN_SEGMENTS_MAX);
	out->segments[out->segment_count++] = segment;
	return true;
}

/* Parses one encoded segment, which "%2F" divides into several. */
static bool parse_segment(const char *raw, size_t size, struct pattern *out, char **room, struct error *err)
{
	const char *end = raw + size;
	const char *segment = *room;

	if (size == 1 && *raw == '*')
		return add_segment(out, NULL, err);
	for (size_t step; raw < end; raw += step) {
		int c = decode_character(raw, &step);
		if (c < 0)
			return error_set(err, ERROR_INVALID, "pattern has a bad %%-escape: \"%.3s\"", raw);
		if (c < ' ' || c == 0x7f)
			return error_set(err, ERROR_INVALID, "pattern contains a control character");
		*(*room)++ = (char)(c == '/' ? '\0' : c);
		if (c != '/')
			continue;
		if (!check_segment(segment, strlen(segment), err) || !add_segment(out, segment, err))
			return false;
		segment = *room;
	}
	*(*room)++ = '\0';
	/* The name of a watch is base64, which may end with '/', written %2F: ignored like the trailing '/' of a path. */
	if (!*segment)
		return true;
	return check_segment(segment, strlen(segment), err) && add_segment(out, segment, err);
}

bool pattern_parse(const char *text, struct pattern *out, struct error *err)
{
	const char *raw = text + sizeof(PREFIX) - 1;
	char *room = out->text;

	if (strncmp(text, PREFIX, sizeof(PREFIX) - 1) || (*raw && *raw != '/'))
		return error_set(err, ERROR_INVALID, "pattern must begin with \"//noah/\", as in \"//noah/hosts/web1\"");
	if (strlen(text) > PATTERN_BYTES_MAX)
		return error_set(err, ERROR_TOO_LARGE, "pattern is longer than %d bytes", PATTERN_BYTES_MAX);
	out->segment_count = 0;
	while (raw[0] == '/' && raw[1]) {
		size_t size = strcspn(++raw, "/");
		if (!size)
			return error_set(err, ERROR_INVALID, "pattern has an empty segment");
		if (!parse_segment(raw, size, out, &room, err))
			return false;
		raw += size;
	}
	return true;
}

bool pattern_check(const char *pattern, struct error *err)
{
	struct pattern parsed;
	return pattern_parse(pattern, &parsed, err);
}

char *pattern_decode(const char *pattern)
{
	struct pattern parsed;

	if (!pattern_parse(pattern, &parsed, NULL))
		return NULL;
	char *decoded = memory_zeroed(strlen(pattern) + 1, 1);
	char *end = decoded;
	for (size_t i = 0; i < parsed.segment_count; i++) {
		*end++ = '/';
		end = stpcpy(end, parsed.segments[i] ? parsed.segments[i] : ANY_SEGMENT);
	}
	return decoded;
}

bool pattern_covers(const char *above, const char *below)
{
	for (; *above; above++) {
		if (*above == PATTERN_ANY_SEGMENT)
			below += strcspn(below, "/");
		else if (*above != *below++)
			return false;
	}
	return !*below || *below == '/';
}

bool pattern_matches(const char *pattern, const char *path)
{
	struct pattern parsed;
	struct path_segment segment;

	if (!pattern_parse(pattern, &parsed, NULL))
		return false;
	for (size_t i = 0; i < parsed.segment_count; i++) {
		const char *wanted = parsed.segments[i];
		if (!path_next(&path, &segment))
			return false;
		if (wanted && (strncmp(wanted, segment.text, segment.size) || wanted[segment.size]))
			return false;
	}
	return true;
}

bool path_next(const char **rest, struct path_segment *out_segment)
{
	const char *text = *rest;

	if (text[0] != '/' || !text[1])
		return false;
	out_segment->text = ++text;
	out_segment->size = strcspn(text, "/");
	*rest = text + out_segment->size;
	return true;
}
