/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/journal/journal_record.h"

#include "common/json.h"
#include "common/little_endian.h"
#include "common/memory.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	MARKER_BYTES = sizeof(JOURNAL_RECORD_MARKER) - 1,
	SIZE_AT = MARKER_BYTES,
	SIZE_BYTES = 4,
	CHECK_AT = SIZE_AT + SIZE_BYTES, /* of marker and size */
	CHECK_BYTES = 4,
	DIGEST_AT = CHECK_AT + CHECK_BYTES, /* of the content */
	DIGEST_BYTES = JOURNAL_RECORD_PREFIX_BYTES - DIGEST_AT,
};

static void digest_of(const char *bytes, size_t size, char *out, size_t out_size)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (!EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL))
		abort();
	memcpy(out, digest, out_size);
}

void journal_record_prefix(const char *content, size_t size, char out[JOURNAL_RECORD_PREFIX_BYTES])
{
	memcpy(out, JOURNAL_RECORD_MARKER, MARKER_BYTES);
	little_endian_write(out + SIZE_AT, SIZE_BYTES, size);
	digest_of(out, CHECK_AT, out + CHECK_AT, CHECK_BYTES);
	digest_of(content, size, out + DIGEST_AT, DIGEST_BYTES);
}

void journal_record_finish(struct journal_record *record)
{
	json_decref(record->head);
	*record = (struct journal_record){ 0 };
}

char *journal_record_encode(const json_t *head, const char *body, size_t body_size, size_t *out_size)
{
	size_t head_size;
	char *text = json_render(head, &head_size);
	size_t content = head_size + 1 + body_size;
	char *bytes = memory_allocate(JOURNAL_RECORD_PREFIX_BYTES + content);
	char *end = mempcpy(bytes + JOURNAL_RECORD_PREFIX_BYTES, text, head_size);

	*end++ = '\n';
	if (body_size)
		memcpy(end, body, body_size);
	journal_record_prefix(bytes + JOURNAL_RECORD_PREFIX_BYTES, content, bytes);
	free(text);
	*out_size = JOURNAL_RECORD_PREFIX_BYTES + content;
	return bytes;
}

size_t journal_record_size(const char *bytes, size_t size)
{
	char check[CHECK_BYTES];
	size_t content;

	if (size < JOURNAL_RECORD_PREFIX_BYTES || memcmp(bytes, JOURNAL_RECORD_MARKER, MARKER_BYTES) != 0)
		return 0;
	digest_of(bytes, CHECK_AT, check, CHECK_BYTES);
	if (memcmp(bytes + CHECK_AT, check, CHECK_BYTES) != 0)
		return 0;
	content = (size_t)little_endian_read(bytes + SIZE_AT, SIZE_BYTES);
	if (!content || content > JOURNAL_RECORD_BYTES_MAX - JOURNAL_RECORD_PREFIX_BYTES)
		return 0;
	return JOURNAL_RECORD_PREFIX_BYTES + content;
}

static bool is_undamaged(const char *bytes, size_t size)
{
	char digest[DIGEST_BYTES];

	digest_of(bytes + JOURNAL_RECORD_PREFIX_BYTES, size - JOURNAL_RECORD_PREFIX_BYTES, digest, DIGEST_BYTES);
	return !memcmp(bytes + DIGEST_AT, digest, DIGEST_BYTES);
}

size_t journal_record_find(const char *bytes, size_t size)
{
	const char *end = bytes + size, *at = bytes;

	while ((at = memmem(at, (size_t)(end - at), JOURNAL_RECORD_MARKER, MARKER_BYTES))) {
		size_t record_size = journal_record_size(at, (size_t)(end - at));
		if (record_size && record_size <= (size_t)(end - at) && is_undamaged(at, record_size))
			return (size_t)(at - bytes);
		at++;
	}
	return size;
}

bool journal_record_decode(const char *bytes, size_t size, struct journal_record *out)
{
	const char *head = bytes + JOURNAL_RECORD_PREFIX_BYTES;
	json_t *json;

	if (!is_undamaged(bytes, size))
		return false;
	const char *head_end = memchr(head, '\n', size - JOURNAL_RECORD_PREFIX_BYTES);
	if (!head_end || !json_decode_object(head, (size_t)(head_end - head), &json, NULL))
		return false;
	out->head = json;
	out->body = head_end + 1;
	out->body_size = (size_t)(bytes + size - out->body);
	return true;
}
