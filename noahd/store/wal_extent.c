/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/wal_extent.h"

#include "common/file.h"
#include "common/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	HEAD_BYTES = 32,
	HEAD_CHECKED_BYTES = 24,
	FRAME_HEAD_BYTES = 24,
	FRAME_CHECKED_BYTES = 8,
	FORMAT = 3007000,
	PAGE_BYTES_MAX = 65536,
};
#define MAGIC UINT32_C(0x377f0682) /* its last bit: the words that are summed are big-endian */

struct sum {
	uint32_t first, second;
	bool is_big_endian;
};

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t word_at(const unsigned char *bytes, bool is_big_endian)
{
	if (is_big_endian)
		return big_endian(bytes);
	return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

static void sum_up(struct sum *sum, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i += 8) {
		sum->first += word_at(bytes + i, sum->is_big_endian) + sum->second;
		sum->second += word_at(bytes + i + 4, sum->is_big_endian) + sum->first;
	}
}

static bool is_sum(const struct sum *sum, const unsigned char *bytes)
{
	return sum->first == big_endian(bytes) && sum->second == big_endian(bytes + 4);
}

uint64_t wal_log_name(const unsigned char bytes[WAL_LOG_BYTES])
{
	return (uint64_t)big_endian(bytes) << 32 | big_endian(bytes + 4);
}

/* The size of a page; 0: the head is damaged. */
static size_t read_head(const unsigned char head[HEAD_BYTES], struct sum *sum)
{
	uint32_t magic = big_endian(head), page_bytes = big_endian(head + 8);

	*sum = (struct sum){ .is_big_endian = magic & 1 };
	sum_up(sum, head, HEAD_CHECKED_BYTES);
	bool is_good = (magic & ~UINT32_C(1)) == MAGIC && big_endian(head + 4) == FORMAT && page_bytes >= 512 &&
	               page_bytes <= PAGE_BYTES_MAX && !(page_bytes & (page_bytes - 1)) &&
	               is_sum(sum, head + HEAD_CHECKED_BYTES);
	return is_good ? page_bytes : 0;
}

/* The checksum of each frame continues that of the frame before. */
static uint32_t count_frames(FILE *file, size_t page_bytes, struct sum *sum, uint64_t log)
{
	const size_t size = FRAME_HEAD_BYTES + page_bytes;
	unsigned char *frame = memory_allocate(size);
	uint32_t count = 0, committed = 0;

	while (fread(frame, 1, size, file) == size && wal_log_name(frame + 8) == log && big_endian(frame)) {
		sum_up(sum, frame, FRAME_CHECKED_BYTES);
		sum_up(sum, frame + FRAME_HEAD_BYTES, page_bytes);
		if (!is_sum(sum, frame + 16))
			break;
		count++;
		if (big_endian(frame + 4))
			committed = count;
	}
	free(frame);
	return committed;
}

bool wal_extent_measure(const char *path, struct wal_extent *out, struct error *err)
{
	unsigned char head[HEAD_BYTES];
	struct wal_extent extent = { 0 };
	struct sum sum;
	FILE *file = fopen(path, "re");

	if (!file && errno != ENOENT)
		return error_set_errno(err, file_error_kind(errno), "cannot open %s", path);
	size_t page_bytes = file && fread(head, 1, sizeof(head), file) == sizeof(head) ? read_head(head, &sum) : 0;
	if (page_bytes) {
		extent.log = wal_log_name(head + WAL_LOG_AT);
		extent.frames = count_frames(file, page_bytes, &sum, extent.log);
	}
	bool is_read = !file || !ferror(file) || error_set_errno(err, ERROR_INTERNAL, "cannot read %s", path);
	if (file)
		fclose(file);
	if (is_read)
		*out = extent;
	return is_read;
}
