/* SPDX-License-Identifier: Apache-2.0 */
/* The runner does not trust the listener: any packet is a message of the table, byte for byte, or is rejected. */
#include "pokerd/link/messages.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void decode(enum message_direction direction, const char *bytes, size_t size)
{
	static char again[MESSAGE_BYTES_MAX];
	struct message message;
	struct error err;

	if (!message_decode(direction, bytes, size, &message, &err)) {
		assert(*err.text);
		return;
	}
	for (size_t i = 0; i < MESSAGE_PARTS; i++)
		assert(message.parts[i].bytes >= bytes && message.parts[i].bytes + message.parts[i].size < bytes + size &&
		       !message.parts[i].bytes[message.parts[i].size]);
	assert(message_encode(direction, &message, again) == size && !memcmp(again, bytes, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size > MESSAGE_BYTES_MAX)
		return 0;
	decode(MESSAGE_TO_RUNNER, (const char *)bytes, size);
	decode(MESSAGE_TO_LISTENER, (const char *)bytes, size);
	return 0;
}
