/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/journal_record.h"

#include "common/json.h"
#include "common/memory.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_BYTES = 8, SIZE_BYTES = JOURNAL_RECORD_PREFIX_BYTES - DIGEST_BYTES };

static void digest_of(const char *bytes, size_t size, unsigned char out[DIGEST_BYTES])
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (!EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL))
		abort();
	memcpy(out, digest, DIGEST_BYTES);
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
	char *end = bytes + DIGEST_BYTES;

	for (int i = 0; i < SIZE_BYTES; i++)
		*end++ = (char)(content >> 8 * i);
	end = mempcpy(end, text, head_size);
	*end++ = '\n';
	if (body_size)
		memcpy(end, body, body_size);
	digest_of(bytes + DIGEST_BYTES, SIZE_BYTES + content, (unsigned char *)bytes);
	free(text);
	*out_size = JOURNAL_RECORD_PREFIX_BYTES + content;
	return bytes;
}

size_t journal_record_size(const char *bytes, size_t size)
{
	size_t content = 0;

	if (size < JOURNAL_RECORD_PREFIX_BYTES)
		return 0;
	for (int i = SIZE_BYTES; i-- > 0;)
		content = content << 8 | (unsigned char)bytes[DIGEST_BYTES + i];
	if (!content || content > JOURNAL_RECORD_BYTES_MAX - JOURNAL_RECORD_PREFIX_BYTES)
		return 0;
	return JOURNAL_RECORD_PREFIX_BYTES + content;
}

bool journal_record_decode(const char *bytes, size_t size, struct journal_record *out)
{
	unsigned char digest[DIGEST_BYTES];
	const char *head = bytes + JOURNAL_RECORD_PREFIX_BYTES;
	json_t *json;

	digest_of(bytes + DIGEST_BYTES, size - DIGEST_BYTES, digest);
	if (memcmp(bytes, digest, DIGEST_BYTES) != 0)
		return false;
	const char *head_end = memchr(head, '\n', size - JOURNAL_RECORD_PREFIX_BYTES);
	if (!head_end || !json_decode_object(head, (size_t)(head_end - head), &json, NULL))
		return false;
	out->head = json;
	out->body = head_end + 1;
	out->body_size = (size_t)(bytes + size - out->body);
	return true;
}
