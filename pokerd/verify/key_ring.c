/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/key_ring.h"

#include "common/base64.h"
#include "common/file.h"
#include "common/memory.h"
#include "pokerd/verify/weak_key.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void key_ring_append(struct key_ring *ring, struct signing_key *take_key, const char *name)
{
	ring->keys = memory_grow(ring->keys, ring->count + 1, sizeof(*ring->keys));
	ring->names = memory_grow(ring->names, ring->count + 1, sizeof(*ring->names));
	ring->keys[ring->count] = take_key;
	ring->names[ring->count++] = name;
}

static bool is_weak(const struct signing_key *key)
{
	char text[SIGNING_KEY_TEXT_BYTES];
	unsigned char bytes[PUBLIC_KEY_BYTES];
	size_t size;

	signing_key_public_text(key, text);
	const char *base64 = strchr(text, '_') + 1;
	return base64_decode(base64, strlen(base64), bytes, sizeof(bytes), &size) && public_key_is_weak(bytes);
}

/* A node must not have a private key. */
static bool parse_key(const char *text, bool takes_private, struct signing_key **out, struct error *err)
{
	struct signing_key *key;

	if (!signing_key_parse(text, &key, err))
		return false;
	if (signing_key_kind(key) == SIGNING_KEY_PRIVATE && !takes_private) {
		signing_key_destroy(key);
		return error_set(err, ERROR_INVALID, "a whsk_ key is a private key; use its public key, whpk_");
	}
	if (signing_key_kind(key) == SIGNING_KEY_PUBLIC && is_weak(key)) {
		signing_key_destroy(key);
		return error_set(err, ERROR_INVALID, "this whpk_ key is weak: anyone can sign for it");
	}
	*out = key;
	return true;
}

/* The line, without surrounding space, NUL-terminated in place; returns the rest. */
static char *cut_line(char *text, char **out_line)
{
	size_t size = strcspn(text, "\n");
	char *rest = text[size] ? text + size + 1 : text + size;

	while (size && strchr(" \t\r", text[size - 1]))
		size--;
	text[size] = '\0';
	*out_line = text + strspn(text, " \t");
	return rest;
}

static bool add_line(struct key_ring *ring, const struct key_settings *settings, const char *line, struct error *err)
{
	struct signing_key *key = NULL;

	if (!*line || *line == '#')
		return true;
	if (strpbrk(line, " \t"))
		return error_set(err, ERROR_INVALID, "allowed is one key per line, with nothing after it");
	if (!parse_key(line, ring->takes_private_keys, &key, err))
		return false;
	key_ring_append(ring, key, settings->name);
	return true;
}

/* Everything after a zero byte would be ignored. */
static bool check_text(const char *path, const char *text, size_t size, struct error *err)
{
	size_t number = 1;

	if (!memchr(text, '\0', size))
		return true;
	for (; *text; text++)
		number += *text == '\n';
	return error_set(err, ERROR_INVALID, "%s:%zu: contains a zero byte", path, number);
}

static bool add_lines(struct key_ring *ring, const struct key_settings *settings, char *text, struct error *err)
{
	size_t number = 0, before = ring->count;
	struct error reason;
	char *line;

	while (*text) {
		text = cut_line(text, &line);
		number++;
		if (!add_line(ring, settings, line, &reason))
			return error_set(err, ERROR_INVALID, "%s:%zu: %s", settings->file, number, reason.text);
	}
	return ring->count > before || error_set(err, ERROR_INVALID, "%s: contains no key", settings->file);
}

static bool has_secret(const struct key_ring *ring, size_t first)
{
	for (size_t i = first; i < ring->count; i++)
		if (signing_key_kind(ring->keys[i]) != SIGNING_KEY_PUBLIC)
			return true;
	return false;
}

/* Anyone who can write the file can add a key. */
static bool check_writers(const char *path, struct error *err)
{
	struct stat status;

	if (stat(path, &status))
		return error_set_errno(err, ERROR_NOT_FOUND, "cannot open %s", path);
	if (status.st_mode & 022)
		return error_set(err, ERROR_DENIED, "%s has mode %04o: others can add keys to it; chmod go-w %s", path,
		    (unsigned)status.st_mode & 07777, path);
	if (status.st_uid && status.st_uid != geteuid())
		return error_set(err, ERROR_DENIED, "%s belongs to user %u; allowed is root or the current user (%u)", path,
		    (unsigned)status.st_uid, (unsigned)geteuid());
	return true;
}

static void cut_back(struct key_ring *ring, size_t count)
{
	while (ring->count > count)
		signing_key_destroy(ring->keys[--ring->count]);
}

bool key_ring_add_file(struct key_ring *ring, const struct key_settings *settings, struct error *err)
{
	size_t size, before = ring->count;
	char *text;

	if (!file_read(settings->file, KEY_FILE_BYTES_MAX, FILE_TRUSTED, &text, &size, err))
		return false;
	bool added = check_text(settings->file, text, size, err) && add_lines(ring, settings, text, err);
	OPENSSL_cleanse(text, size);
	free(text);
	if (added)
		added = has_secret(ring, before) ? file_check(settings->file, KEY_FILE_BYTES_MAX, FILE_SECRET, err)
		                                 : check_writers(settings->file, err);
	if (!added)
		cut_back(ring, before);
	return added;
}

void key_ring_finish(struct key_ring *ring)
{
	cut_back(ring, 0);
	free(ring->keys);
	free(ring->names);
	*ring = (struct key_ring){ 0 };
}
