/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/journal/past_ids.h"

#include "common/file.h"
#include "common/little_endian.h"
#include "common/memory.h"
#include "common/number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file:   16 bytes  PAST_IDS_MAGIC
              8 bytes  number of ids, little-endian
              8 bytes  running time at which the last of them ended, little-endian
             16 bytes  the beginning of the SHA-256 of all the rest
             for each id, in ascending order: its digest, and one byte for its state (enum poke_state)

   To change this: give PAST_IDS_MAGIC the next number, read the former one too for a year, write only the new one. */
#define PAST_IDS_MAGIC "pokerd ids 1\n\n\n\n"

enum {
	MAGIC_BYTES = sizeof(PAST_IDS_MAGIC) - 1,
	COUNT_AT = MAGIC_BYTES,
	NEWEST_AT = COUNT_AT + 8,
	CHECK_AT = NEWEST_AT + 8,
	HEAD_BYTES = CHECK_AT + 16,
	ID_BYTES = PAST_ID_BYTES + 1,
	FILE_BYTES_MAX = 256 << 20,
};

struct past_file {
	uint64_t number; /* its name */
	size_t count;
	int64_t newest_ms;
};

struct past_ids {
	char *folder;
	struct past_file *files; /* the oldest first */
	size_t count;
};

void past_id_of(const char *id, unsigned char out[PAST_ID_BYTES])
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (!EVP_Digest(id, strlen(id), digest, NULL, EVP_sha256(), NULL))
		abort();
	memcpy(out, digest, PAST_ID_BYTES);
}

static char *past_file_path(const struct past_ids *past, uint64_t number, const char *suffix)
{
	return memory_format("%s/%010llu%s", past->folder, (unsigned long long)number, suffix);
}

/* ---- one file as bytes ---- */

static void checksum(const char *bytes, size_t size, unsigned char out[EVP_MAX_MD_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (!context || !EVP_DigestInit_ex(context, EVP_sha256(), NULL) || !EVP_DigestUpdate(context, bytes, CHECK_AT) ||
	    !EVP_DigestUpdate(context, bytes + HEAD_BYTES, size - HEAD_BYTES) || !EVP_DigestFinal_ex(context, out, NULL))
		abort();
	EVP_MD_CTX_free(context);
}

static char *past_file_encode(const struct past_id *list, size_t count, int64_t newest_ms, size_t *out_size)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t size = HEAD_BYTES + count * ID_BYTES;
	char *bytes = memory_allocate(size);

	memcpy(bytes, PAST_IDS_MAGIC, MAGIC_BYTES);
	little_endian_write(bytes + COUNT_AT, NEWEST_AT - COUNT_AT, count);
	little_endian_write(bytes + NEWEST_AT, CHECK_AT - NEWEST_AT, (uint64_t)newest_ms);
	for (size_t i = 0; i < count; i++) {
		memcpy(bytes + HEAD_BYTES + i * ID_BYTES, list[i].digest, PAST_ID_BYTES);
		bytes[HEAD_BYTES + i * ID_BYTES + PAST_ID_BYTES] = (char)list[i].state;
	}
	checksum(bytes, size, digest);
	memcpy(bytes + CHECK_AT, digest, HEAD_BYTES - CHECK_AT);
	*out_size = size;
	return bytes;
}

static bool past_file_check(const char *bytes, size_t size, struct past_file *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (size < HEAD_BYTES || memcmp(bytes, PAST_IDS_MAGIC, MAGIC_BYTES) != 0)
		return false;
	out->count = little_endian_read(bytes + COUNT_AT, NEWEST_AT - COUNT_AT);
	out->newest_ms = (int64_t)little_endian_read(bytes + NEWEST_AT, CHECK_AT - NEWEST_AT);
	checksum(bytes, size, digest);
	return !memcmp(bytes + CHECK_AT, digest, HEAD_BYTES - CHECK_AT) && (size - HEAD_BYTES) / ID_BYTES == out->count &&
	       (size - HEAD_BYTES) % ID_BYTES == 0;
}

/* ---- the folder ---- */

static void append_file(struct past_ids *past, const struct past_file *file)
{
	past->files = memory_grow(past->files, past->count + 1, sizeof(*past->files));
	past->files[past->count++] = *file;
}

/* False: it is damaged, and was put aside. */
static bool load_file(struct past_ids *past, uint64_t number)
{
	char *path = past_file_path(past, number, ""), *bytes = NULL;
	struct past_file file = { .number = number };
	size_t size;
	bool loaded =
	    file_read(path, FILE_BYTES_MAX, FILE_OURS, &bytes, &size, NULL) && past_file_check(bytes, size, &file);

	if (loaded) {
		append_file(past, &file);
	} else {
		char *aside = past_file_path(past, number, ".damaged");
		(void)rename(path, aside);
		free(aside);
	}
	free(bytes);
	free(path);
	return loaded;
}

static int oldest_first(const void *a, const void *b)
{
	const struct past_file *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

struct past_ids *past_ids_open(const char *folder, size_t *out_damaged, struct error *err)
{
	struct past_ids *past;
	struct dirent *entry;
	size_t damaged = 0;
	uint64_t number;

	if (!file_make_folder(folder, 0700, err))
		return NULL;
	DIR *entries = opendir(folder);
	if (!entries) {
		error_set_errno(err, ERROR_UNAVAILABLE, "cannot read the folder %s", folder);
		return NULL;
	}
	past = memory_zeroed(1, sizeof(*past));
	past->folder = memory_text(folder);
	while ((entry = readdir(entries)))
		if (strlen(entry->d_name) == 10 && strspn(entry->d_name, "0123456789") == 10 &&
		    number_parse_uint64(entry->d_name + strspn(entry->d_name, "0"), UINT64_MAX, &number))
			damaged += !load_file(past, number);
	closedir(entries);
	if (past->count)
		qsort(past->files, past->count, sizeof(*past->files), oldest_first);
	*out_damaged = damaged;
	return past;
}

void past_ids_close(struct past_ids *past)
{
	if (!past)
		return;
	free(past->files);
	free(past->folder);
	free(past);
}

/* ---- finding ---- */

static bool past_file_find(int fd, size_t count, const unsigned char digest[PAST_ID_BYTES], enum poke_state *out_state)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		unsigned char id[ID_BYTES];
		if (pread(fd, id, ID_BYTES, (off_t)(HEAD_BYTES + middle * ID_BYTES)) != ID_BYTES)
			return false;
		int order = memcmp(digest, id, PAST_ID_BYTES);
		if (!order) {
			*out_state = (enum poke_state)id[PAST_ID_BYTES];
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool past_ids_find(const struct past_ids *past, const char *id, enum poke_state *out_state)
{
	unsigned char digest[PAST_ID_BYTES];
	bool found = false;

	if (past->count)
		past_id_of(id, digest);
	for (size_t i = past->count; !found && i-- > 0;) { /* a replay mostly follows soon */
		char *path = past_file_path(past, past->files[i].number, "");
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		free(path);
		if (fd < 0)
			continue;
		found = past_file_find(fd, past->files[i].count, digest, out_state);
		close(fd);
	}
	return found;
}

/* ---- adding and forgetting ---- */

static int by_digest(const void *a, const void *b)
{
	return memcmp(((const struct past_id *)a)->digest, ((const struct past_id *)b)->digest, PAST_ID_BYTES);
}

bool past_ids_add(struct past_ids *past, struct past_id *list, size_t count, int64_t newest_ms, struct error *err)
{
	struct past_file file = { past->count ? past->files[past->count - 1].number + 1 : 1, count, newest_ms };
	size_t size;

	qsort(list, count, sizeof(*list), by_digest);
	char *bytes = past_file_encode(list, count, newest_ms, &size);
	char *path = past_file_path(past, file.number, "");
	bool added = file_replace(path, bytes, size, 0600, err);
	if (added)
		append_file(past, &file);
	free(path);
	free(bytes);
	return added;
}

/* A list of what has ended, to be sorted. */
struct ended_ids {
	struct past_id *list;
	size_t count;
	int64_t newest_ms;
};

static void collect_ended(const struct past_ids *past, const struct replay_cache *replay_cache, struct ended_ids *out)
{
	struct ended_ids ended = { .newest_ms = past_ids_newest_ms(past) };

	ended.list = memory_allocate((replay_cache_count(replay_cache) + 1) * sizeof(*ended.list));
	for (const struct replay_entry *entry = replay_cache_first(replay_cache); entry; entry = replay_cache_next(entry)) {
		if (!poke_state_is_final(entry->state))
			continue;
		past_id_of(entry->id, ended.list[ended.count].digest);
		ended.list[ended.count++].state = entry->state;
		if (entry->ended_ms > ended.newest_ms)
			ended.newest_ms = entry->ended_ms;
	}
	*out = ended;
}

bool past_ids_take_ended(struct past_ids *past, struct replay_cache *replay_cache, size_t least)
{
	struct ended_ids ended;

	collect_ended(past, replay_cache, &ended);
	bool taken =
	    ended.count && ended.count >= least && past_ids_add(past, ended.list, ended.count, ended.newest_ms, NULL);
	if (taken)
		replay_cache_forget_before(replay_cache, INT64_MAX);
	free(ended.list);
	return taken;
}

static void remove_oldest(struct past_ids *past)
{
	char *path = past_file_path(past, past->files[0].number, "");

	(void)unlink(path); /* one that stays is found at the next start, and removed then */
	free(path);
	past->count--;
	memmove(past->files, past->files + 1, past->count * sizeof(*past->files));
}

void past_ids_forget(struct past_ids *past, int64_t forget_ms, int64_t young_ms)
{
	while (past->count && (past->files[0].newest_ms < forget_ms ||
	                          (past->count > PAST_IDS_FILES_MAX && past->files[0].newest_ms < young_ms)))
		remove_oldest(past);
}

int64_t past_ids_newest_ms(const struct past_ids *past)
{
	return past->count ? past->files[past->count - 1].newest_ms : 0;
}

size_t past_ids_files(const struct past_ids *past)
{
	return past->count;
}
