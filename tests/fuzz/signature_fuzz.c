/* SPDX-License-Identifier: Apache-2.0 */
/* Input: the lines id, timestamp, webhook-signature, then the body. What verifies must be what our own signing
   makes. */
#include "common/memory.h"
#include "common/signature.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { NOW_S = 1614265330, KEYS = 3 };

static struct signing_key *keys[KEYS]; /* HMAC, a public half, its private key */

static void parse_keys(void)
{
	static const char *const texts[KEYS] = {
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
		"whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
	};

	for (size_t i = 0; i < KEYS && !keys[i]; i++)
		if (!signing_key_parse(texts[i], &keys[i], NULL))
			abort();
}

/* A line of the input, without its end, as a string; what follows it is left in the input. free() it. */
static char *take_line(const uint8_t **bytes, size_t *size)
{
	const uint8_t *end = memchr(*bytes, '\n', *size);
	size_t length = end ? (size_t)(end - *bytes) : *size;
	char *line = memory_copy(*bytes, length);

	*bytes += length + (end != NULL);
	*size -= length + (end != NULL);
	return line;
}

static void check_verify(const struct signed_message *message, const char *header)
{
	char made[SIGNATURE_TEXT_BYTES];
	size_t which = KEYS;
	enum signature_version version;

	if (!signature_verify(message, header, NOW_S, keys, KEYS, &which, &version, NULL)) {
		if (which != KEYS)
			abort();
		return;
	}
	if (which >= KEYS || (version == SIGNATURE_V1) != (which == 0))
		abort();
	if (!signature_make(keys[which ? 2 : 0], message, made, NULL) || !strstr(header, made))
		abort();
}

/* Whatever is taken for a key is written again as it was read. */
static void check_key(const char *text)
{
	char again[SIGNING_KEY_TEXT_BYTES];
	struct signing_key *key;

	if (!signing_key_parse(text, &key, NULL))
		return;
	signing_key_text(key, again);
	if (strcmp(again, text))
		abort();
	signing_key_destroy(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	parse_keys();
	char *id = take_line(&bytes, &size), *timestamp = take_line(&bytes, &size), *header = take_line(&bytes, &size);
	const struct signed_message message = { id, timestamp, bytes, size };
	check_verify(&message, header);
	check_key(header);
	free(id);
	free(timestamp);
	free(header);
	return 0;
}
