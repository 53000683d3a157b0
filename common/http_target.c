/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_target.h"

#include "common/ascii.h"
#include "common/memory.h"
#include "common/percent.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A target being split: the positions of reading and writing. */
struct splitter {
	const char *next;
	struct http_target *target;
	bool is_request; /* forms that only a request's target may have are accepted */
	struct error *err;
};

static bool http_target_is_control(unsigned char byte)
{
	return byte < 0x20 || byte == 0x7f;
}

/* The C1 controls, U+0080 to U+009F, in UTF-8. */
static bool has_c1_control(const char *text, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++)
		if ((unsigned char)text[i] == 0xc2 && (unsigned char)text[i + 1] < 0xa0)
			return true;
	return false;
}

/* A '+' in the target. */
enum plus { PLUS_IS_PLUS, PLUS_IS_SPACE };

/* Reads and decodes the next byte; -1: it is not allowed there. */
static int decode_byte(struct splitter *splitter, enum plus plus)
{
	int byte = (unsigned char)*splitter->next++;

	if (byte == ' ' || byte == '#' || http_target_is_control((unsigned char)byte)) {
		error_set(splitter->err, ERROR_INVALID, "the byte 0x%02x is not allowed in a request target", (unsigned)byte);
		return -1;
	}
	if (byte == '+')
		return plus == PLUS_IS_SPACE ? ' ' : '+';
	if (byte != '%')
		return byte;
	byte = percent_byte(splitter->next);
	if (byte < 0) {
		error_set(splitter->err, ERROR_INVALID, "a %% in the request target without two hexadecimal digits after it");
		return -1;
	}
	splitter->next += 2;
	if (!http_target_is_control((unsigned char)byte))
		return byte;
	error_set(splitter->err, ERROR_INVALID, "the control character %%%02X in the request target", (unsigned)byte);
	return -1;
}

/* The number of leading bytes that need no decoding and are no separators: most of a target. */
static size_t plain_size(const char *text)
{
	size_t size = 0;

	while (ascii_is_alphanumeric(text[size]) || text[size] == '-')
		size++;
	return size;
}

/* Appends the decoded text up to one of the stops, and a NUL. Returns its beginning, NULL on failure. */
static const char *decode_until(struct splitter *splitter, const char *stops, enum plus plus)
{
	char *start = splitter->target->text + splitter->target->text_bytes, *end = start;
	bool is_ascii = true;

	while (*splitter->next && !strchr(stops, *splitter->next)) {
		const size_t plain = plain_size(splitter->next);
		if (plain > 0) {
			end = mempcpy(end, splitter->next, plain);
			splitter->next += plain;
			continue;
		}
		int byte = decode_byte(splitter, plus);
		if (byte < 0)
			return NULL;
		is_ascii &= byte < 0x80;
		*end++ = (char)byte;
	}
	*end = '\0';
	size_t size = (size_t)(end - start);
	if (!is_ascii && (!utf8_is_valid(start, size) || has_c1_control(start, size))) {
		error_set(splitter->err, ERROR_INVALID, "the request target is not UTF-8 without control characters");
		return NULL;
	}
	splitter->target->text_bytes += size + 1;
	return start;
}

/* Whether nothing follows, or only a '/'. */
static bool http_target_is_last(const struct splitter *splitter)
{
	const char *next = splitter->next + (*splitter->next == '/');
	return *next == '\0' || *next == '?';
}

/* "/a//b": the text before the last segment ends with a '/'. */
static bool accept_empty(struct splitter *splitter)
{
	struct http_target *target = splitter->target;
	const bool is_before_last = splitter->next[0] == '/' && splitter->next[1] && !strchr("/?", splitter->next[1]);

	if (!splitter->is_request || !is_before_last || target->slash_before_last || target->segment_count == 0)
		return error_set(splitter->err, ERROR_INVALID, "an empty segment in the path");
	target->slash_before_last = true;
	target->text_bytes--;
	return true;
}

/* One that is not the last of "/a/". */
static bool accept_segment(struct splitter *splitter, const char *segment)
{
	struct http_target *target = splitter->target;
	size_t size = (size_t)(target->text + target->text_bytes - segment) - 1;

	if (size == 0)
		return accept_empty(splitter);
	if (target->slash_before_last && !http_target_is_last(splitter))
		return error_set(splitter->err, ERROR_INVALID, "an empty segment in the path");
	if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
		return error_set(splitter->err, ERROR_INVALID, "the segment \"%s\" in the path", segment);
	if (target->segment_count == HTTP_TARGET_SEGMENTS_MAX)
		return error_set(splitter->err, ERROR_TOO_LARGE, "more than %d segments in the path", HTTP_TARGET_SEGMENTS_MAX);
	target->slash_in_segment |= memchr(segment, '/', size) != NULL;
	target->long_segment |= size > HTTP_TARGET_NAME_BYTES_MAX;
	target->segments[target->segment_count++] = segment;
	return true;
}

static bool split_path(struct splitter *splitter)
{
	struct http_target *target = splitter->target;
	const size_t before_bytes = target->text_bytes;

	while (*splitter->next == '/') {
		splitter->next++;
		if (*splitter->next == '\0' || *splitter->next == '?') {
			target->trailing_slash = target->segment_count > 0;
			break;
		}
		const char *segment = decode_until(splitter, "/?", PLUS_IS_PLUS);
		if (!segment || !accept_segment(splitter, segment))
			return false;
	}
	const size_t path_bytes = target->text_bytes - before_bytes;
	if (path_bytes > HTTP_TARGET_PATH_BYTES_MAX)
		return error_set(splitter->err, ERROR_TOO_LARGE, "a path of %zu bytes, at most %d are allowed", path_bytes,
		    HTTP_TARGET_PATH_BYTES_MAX);
	return true;
}

static bool split_query(struct splitter *splitter)
{
	struct http_target *target = splitter->target;

	while (*splitter->next) {
		splitter->next++; /* '?' or '&' */
		const char *name = decode_until(splitter, "=&", PLUS_IS_SPACE), *value = "";
		if (name && *splitter->next == '=') {
			splitter->next++;
			value = decode_until(splitter, "&", PLUS_IS_SPACE);
		}
		if (!name || !value)
			return false;
		if (*name == '\0' && *value == '\0')
			continue;
		if (target->parameter_count == HTTP_TARGET_PARAMETERS_MAX)
			return error_set(splitter->err, ERROR_INVALID, "more than %d parameters in the query",
			    HTTP_TARGET_PARAMETERS_MAX);
		target->parameters[target->parameter_count++] = (struct http_parameter){ name, value };
	}
	return true;
}

static size_t at_most(size_t count, size_t count_max)
{
	return count < count_max ? count : count_max;
}

/* Each segment and each parameter begins with a separator, which leaves room for its NUL. */
static void http_target_make_room(struct http_target *target, const char *raw, size_t size)
{
	size_t slashes = 0, ands = 1;

	for (const char *at = raw; *at; at++) {
		slashes += *at == '/';
		ands += *at == '&';
	}
	const size_t parameters_bytes = at_most(ands, HTTP_TARGET_PARAMETERS_MAX) * sizeof(*target->parameters);
	const size_t segments_bytes = at_most(slashes, HTTP_TARGET_SEGMENTS_MAX) * sizeof(*target->segments);
	const size_t path_size = strcspn(raw, "?");
	const size_t paths = path_size > 0 && raw[path_size - 1] == '/' ? 2 : 1;
	const size_t needed = parameters_bytes + segments_bytes + size + 1 + paths * (path_size + 1);
	if (needed > target->memory_bytes) {
		free(target->memory);
		target->memory = memory_allocate(needed);
		target->memory_bytes = needed;
	}
	target->parameters = target->memory;
	target->segments = (const char **)((char *)target->memory + parameters_bytes);
	target->text = (char *)target->memory + parameters_bytes + segments_bytes;
}

bool http_authority_is_clean(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const char byte = text[i];
		if (!ascii_is_alphanumeric(byte) && byte != '.' && byte != ':' &&
		    (byte == '\0' || !strchr("-_~%!$&'()*+,;=[]", byte)))
			return false;
	}
	return true;
}

/* The authority of an absolute form; NULL: it is not one. */
static const char *after_scheme(const char *raw)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (strncasecmp(raw, schemes[i], strlen(schemes[i])) == 0)
			return raw + strlen(schemes[i]);
	return NULL;
}

/* The scheme before it leaves room for the NUL. An empty path is "/". */
static bool split_authority(struct splitter *splitter, const char *authority)
{
	struct http_target *target = splitter->target;
	const size_t size = strcspn(authority, "/?");

	if (size == 0 || *authority == ':' || !http_authority_is_clean(authority, size))
		return error_set(splitter->err, ERROR_INVALID, "the URL in the request target does not name a host and port");
	char *text = target->text + target->text_bytes;
	memcpy(text, authority, size);
	text[size] = '\0';
	target->text_bytes += size + 1;
	target->authority = text;
	splitter->next = authority + size;
	return true;
}

static bool find_path(struct splitter *splitter)
{
	const char *authority = splitter->is_request ? after_scheme(splitter->next) : NULL;

	if (authority)
		return split_authority(splitter, authority);
	return *splitter->next == '/' ||
	       error_set(splitter->err, ERROR_INVALID, "the request target does not begin with \"/\"%s",
	           splitter->is_request ? " and is no http URL" : "");
}

/* Follows the text, which fits into its room. */
static void join_path(struct http_target *target)
{
	char *path = target->text + target->text_bytes, *end = path;

	*end = '\0';
	for (size_t i = 0; i < target->segment_count; i++) {
		*end++ = '/';
		end = stpcpy(end, target->segments[i]);
	}
	target->path = target->whole_path = path;
	if (!target->trailing_slash)
		return;
	target->whole_path = memcpy(end + 1, path, (size_t)(end - path));
	memcpy(end + 1 + (end - path), "/", sizeof("/"));
}

static bool http_target_split(struct splitter *splitter, const char *raw)
{
	struct http_target *target = splitter->target;
	struct error *err = splitter->err;
	size_t size = strnlen(raw, HTTP_TARGET_BYTES_MAX + 1);

	*target = (struct http_target){
		.path = "", .whole_path = "", .memory = target->memory, .memory_bytes = target->memory_bytes
	};
	if (size > HTTP_TARGET_BYTES_MAX)
		return error_set(err, ERROR_TOO_LARGE, "the request target is longer than %d bytes", HTTP_TARGET_BYTES_MAX);
	http_target_make_room(target, raw, size);
	bool good = find_path(splitter) && split_path(splitter) && split_query(splitter);
	join_path(target);
	return good;
}

bool http_target_parse(const char *raw, struct http_target *target, struct error *err)
{
	struct splitter splitter = { .next = raw, .target = target, .err = err };
	return http_target_split(&splitter, raw);
}

bool http_target_parse_request(const char *raw, struct http_target *target, struct error *err)
{
	struct splitter splitter = { .next = raw, .target = target, .is_request = true, .err = err };
	return http_target_split(&splitter, raw);
}

void http_target_finish(struct http_target *target)
{
	free(target->memory);
	*target = (struct http_target){ 0 };
}

const char *http_target_parameter(const struct http_target *target, const char *name)
{
	for (size_t i = 0; i < target->parameter_count; i++)
		if (strcmp(target->parameters[i].name, name) == 0)
			return target->parameters[i].value;
	return NULL;
}

bool http_target_check_once(const struct http_target *target, const char *name, struct error *err)
{
	size_t count = 0;

	for (size_t i = 0; i < target->parameter_count; i++)
		count += strcmp(target->parameters[i].name, name) == 0;
	return count <= 1 || error_set(err, ERROR_INVALID, "\"%.64s\" must be given only once", name);
}
