/* SPDX-License-Identifier: Apache-2.0 */
/* A request target is whatever a client sends: what is taken of it is clean, and all of it within its own text. */
#include "common/http_target.h"
#include "common/memory.h"
#include "common/utf8.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct http_target target;

static size_t check_text(const char *text)
{
	size_t size = strlen(text);

	assert(utf8_is_valid(text, size));
	for (size_t i = 0; i < size; i++)
		assert((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
	return size;
}

static void check_path(void)
{
	bool has_slash = false;

	assert(target.segment_count <= HTTP_TARGET_SEGMENTS_MAX);
	for (size_t i = 0; i < target.segment_count; i++) {
		size_t size = check_text(target.segments[i]);
		assert(size > 0 && (size <= HTTP_TARGET_NAME_BYTES_MAX || target.long_segment));
		assert(strcmp(target.segments[i], ".") != 0 && strcmp(target.segments[i], "..") != 0);
		has_slash |= strchr(target.segments[i], '/') != NULL;
	}
	assert(target.slash_in_segment == has_slash);
	const char *whole_path = target.whole_path;
	assert(check_text(whole_path) == check_text(target.path) + target.trailing_slash);
	assert(whole_path + strlen(whole_path) < (char *)target.memory + target.memory_bytes);
	assert(target.segment_count > 0 || !target.trailing_slash);
}

static void check_query(void)
{
	assert(target.parameter_count <= HTTP_TARGET_PARAMETERS_MAX);
	for (size_t i = 0; i < target.parameter_count; i++) {
		check_text(target.parameters[i].value);
		check_text(target.parameters[i].name);
		assert(http_target_parameter(&target, target.parameters[i].name));
	}
}

static void check_parsing(bool (*parse)(const char *raw, struct http_target *target, struct error *err),
    const char *raw)
{
	struct error err;

	if (parse(raw, &target, &err)) {
		assert(target.text + target.text_bytes <= (char *)target.memory + target.memory_bytes);
		check_path();
		check_query();
	} else {
		assert(err.kind == ERROR_INVALID || err.kind == ERROR_TOO_LARGE);
	}
	http_target_finish(&target);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *raw = memory_copy(bytes, size);

	check_parsing(http_target_parse, raw);
	check_parsing(http_target_parse_request, raw);
	free(raw);
	return 0;
}
