/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_output.h"

#include "common/file.h"
#include "pokerd/run/readable.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool run_output_open(struct run_output *output, const char *path, uint64_t bytes_max, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot create %s", path);
	*output = (struct run_output){ .fd = fd, .bytes_max = bytes_max };
	return true;
}

void run_output_close(struct run_output *output)
{
	close(output->fd);
	output->fd = -1;
}

static void keep_tail(struct run_output *output, const char *bytes, size_t size)
{
	if (size >= RUN_OUTPUT_TAIL_BYTES) {
		bytes += size - RUN_OUTPUT_TAIL_BYTES;
		size = RUN_OUTPUT_TAIL_BYTES;
	}
	size_t room = RUN_OUTPUT_TAIL_BYTES - size;
	size_t kept = output->tail_size < room ? output->tail_size : room;
	memmove(output->tail, output->tail + output->tail_size - kept, kept);
	memcpy(output->tail + kept, bytes, size);
	output->tail_size = kept + size;
}

void run_output_take(struct run_output *output, const char *bytes, size_t size)
{
	uint64_t room = output->bytes < output->bytes_max ? output->bytes_max - output->bytes : 0;
	size_t kept = size < room ? size : (size_t)room;

	/* Once something is missing, the rest would be in the wrong place. */
	if (!output->truncated && !file_write_all(output->fd, bytes, kept))
		output->truncated = true;
	if (kept < size)
		output->truncated = true;
	output->bytes += size;
	keep_tail(output, bytes, size);
}

char *run_output_tail(const struct run_output *output)
{
	const char *tail = output->tail;
	size_t size = output->tail_size;

	/* The cut at the beginning may have left the end of a sequence. */
	if (output->bytes > size)
		for (; size && (*tail & 0xc0) == 0x80; size--)
			tail++;
	return readable_text(tail, size);
}
