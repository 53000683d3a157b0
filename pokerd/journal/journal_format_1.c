/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/journal/journal_format_1.h"

#include "common/little_endian.h"
#include "common/memory.h"
#include "pokerd/journal/journal_record.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* A record: 8 bytes  the beginning of the SHA-256 of all that follows
             4 bytes  size of the content, little-endian
             content  as in the present format */
enum { DIGEST_BYTES = 8, SIZE_BYTES = 4, PREFIX_BYTES = DIGEST_BYTES + SIZE_BYTES };

/* Of the content; 0: no record begins here. */
static size_t format_1_size(const char *bytes, size_t size)
{
	if (size <= PREFIX_BYTES)
		return 0;

	const size_t content = (size_t)little_endian_read(bytes + DIGEST_BYTES, SIZE_BYTES);
	return content <= JOURNAL_RECORD_BYTES_MAX && content <= size - PREFIX_BYTES ? content : 0;
}

static bool format_1_is_undamaged(const char *bytes, size_t content)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (!EVP_Digest(bytes + DIGEST_BYTES, SIZE_BYTES + content, digest, NULL, EVP_sha256(), NULL))
		abort();
	return !memcmp(bytes, digest, DIGEST_BYTES);
}

void journal_format_1_convert(const char *bytes, size_t size, char **out, size_t *out_size,
    struct journal_damage *out_damage)
{
	struct journal_damage damage = { 0 };
	char *converted = NULL;
	size_t at = 0, to = 0, content;

	for (; (content = format_1_size(bytes + at, size - at)); at += PREFIX_BYTES + content) {
		const char *from = bytes + at + PREFIX_BYTES;
		if (!format_1_is_undamaged(bytes + at, content)) {
			damage.records++;
			continue;
		}
		converted = memory_grow(converted, to + JOURNAL_RECORD_PREFIX_BYTES + content, 1);
		journal_record_prefix(from, content, converted + to);
		memcpy(converted + to + JOURNAL_RECORD_PREFIX_BYTES, from, content);
		to += JOURNAL_RECORD_PREFIX_BYTES + content;
	}
	damage.tail_bytes = size - at;
	*out = converted;
	*out_size = to;
	*out_damage = damage;
}
