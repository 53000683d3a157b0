/* replay.c - runs a fuzz target over the files of the folders given as arguments, without a fuzzer; prints TAP. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, INPUT_BYTES_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The input in memory of exactly its size, so that a sanitizer sees a read beyond it. NULL where it cannot be read. */
static uint8_t *read_input(const char *path, size_t *out_size)
{
	static uint8_t input[INPUT_BYTES_MAX];
	FILE *file = fopen(path, "rbe");

	if (!file)
		return NULL;
	size_t size = fread(input, 1, sizeof(input), file);
	bool whole = !ferror(file) && size < sizeof(input);
	fclose(file);
	uint8_t *bytes = whole ? malloc(size ? size : 1) : NULL;
	if (!bytes)
		return NULL;
	memcpy(bytes, input, size);
	*out_size = size;
	return bytes;
}

/* A target that finds a fault aborts: the name of the file is told before. */
static bool replay_file(const char *path, unsigned number)
{
	size_t size;
	uint8_t *bytes = read_input(path, &size);

	printf("# %s\n", path);
	fflush(stdout);
	if (bytes)
		LLVMFuzzerTestOneInput(bytes, size);
	printf("%sok %u - %s\n", bytes ? "" : "not ", number, path);
	free(bytes);
	return bytes != NULL;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* How many files were replayed; 0, which is a failure, for a folder that is missing or empty. */
static unsigned replay_folder(const char *folder, unsigned done, bool *out_failed)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_visible, alphasort);
	char path[PATH_BYTES];

	if (count < 0)
		return 0;
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (!replay_file(path, done + (unsigned)i + 1))
			*out_failed = true;
		free(entries[i]);
	}
	free(entries);
	return (unsigned)count;
}

int main(int argument_count, char **arguments)
{
	unsigned done = 0;
	bool failed = argument_count < 2;

	for (int i = 1; i < argument_count; i++) {
		unsigned replayed = replay_folder(arguments[i], done, &failed);
		if (!replayed) {
			printf("not ok %u - %s holds no input\n", ++done, arguments[i]);
			failed = true;
		}
		done += replayed;
	}
	printf("1..%u\n", done);
	return failed;
}
