/* run_output.h - what a command writes: all of it counted, the beginning in a file, the end in memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RUN_OUTPUT_H
#define POKERD_RUNNER_RUN_OUTPUT_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RUN_OUTPUT_TAIL_BYTES = 4096 };

struct run_output {
	int fd;
	uint64_t bytes_max; /* of the file */
	uint64_t bytes;     /* taken in so far */
	bool truncated;     /* the file has fewer, by its limit or for want of room */
	size_t tail_size;
	char tail[RUN_OUTPUT_TAIL_BYTES];
};

/* Makes the file, mode 0600. */
bool run_output_open(struct run_output *output, const char *path, uint64_t bytes_max, struct error *err);
void run_output_close(struct run_output *output);

void run_output_take(struct run_output *output, const char *bytes, size_t size);

/* The last of it, readable. free() it. */
char *run_output_tail(const struct run_output *output);

#endif
