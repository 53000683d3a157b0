/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/server_key.h"

#include "common/file.h"
#include "common/memory.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_FILE_BYTES_MAX = 4096, KEY_FILE_MODE = 0600 };

static bool key_make(const char *path, struct signing_key **out, struct error *err)
{
	char text[SIGNING_KEY_TEXT_BYTES], line[SIGNING_KEY_TEXT_BYTES + 1];
	struct signing_key *key = signing_key_generate(SIGNING_KEY_PRIVATE, err);

	if (!key)
		return false;
	signing_key_text(key, text);
	int size = snprintf(line, sizeof(line), "%s\n", text);
	bool written = file_replace(path, line, (size_t)size, KEY_FILE_MODE, err);
	OPENSSL_cleanse(text, sizeof(text));
	OPENSSL_cleanse(line, sizeof(line));
	if (written)
		*out = key;
	else
		signing_key_destroy(key);
	return written;
}

static bool key_read(const char *path, struct signing_key **out, struct error *err)
{
	struct signing_key *key;
	struct error reason;
	char *text;
	size_t size;

	if (!file_read(path, KEY_FILE_BYTES_MAX, FILE_SECRET, &text, &size, err))
		return false;
	text[strcspn(text, "\r\n")] = '\0';
	bool parsed = signing_key_parse(text, &key, &reason);
	OPENSSL_cleanse(text, size);
	free(text);
	if (!parsed)
		return error_set(err, ERROR_INVALID, "%s: %s", path, reason.text);
	if (signing_key_kind(key) != SIGNING_KEY_PRIVATE) {
		signing_key_destroy(key);
		return error_set(err, ERROR_INVALID, "%s: not a private signing key (whsk_…)", path);
	}
	*out = key;
	return true;
}

bool server_key_read(const char *state_directory, struct signing_key **out, struct error *err)
{
	char *path = memory_format("%s/signing.key", state_directory);
	bool done = access(path, F_OK) == 0
	                ? key_read(path, out, err)
	                : error_set(err, ERROR_NOT_FOUND,
	                      "%s is missing, but the database beside it is in use: put the key back, or create a new one "
	                      "with 'noahd public-key' and give its public half to every receiver",
	                      path);

	free(path);
	return done;
}

bool server_key_read_or_make(const char *state_directory, struct signing_key **out, struct error *err)
{
	char *path = memory_format("%s/signing.key", state_directory);
	bool done = access(path, F_OK) == 0 ? key_read(path, out, err) : key_make(path, out, err);

	free(path);
	return done;
}

bool server_key_find(const char *state_directory, uint64_t revision, struct signing_key **out, struct error *err)
{
	struct error reason;

	if (server_key_read(state_directory, out, &reason))
		return true;
	if (revision || reason.kind != ERROR_NOT_FOUND)
		return error_set(err, reason.kind, "%s", reason.text);
	*out = NULL;
	return true;
}
