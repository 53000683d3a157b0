/* run_output.h - the output of a command: all of it counted, the beginning in a file, the end in memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_RUN_OUTPUT_H
#define POKERD_RUN_RUN_OUTPUT_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RUN_OUTPUT_TAIL_BYTES = 4096 };

struct run_output {
	int fd;
	uint64_t bytes_max; /* of the file */
	uint64_t bytes;     /* bytes taken so far */
	bool truncated;     /* the file has fewer, because of its limit or lack of space */
	size_t tail_size;
	char tail[RUN_OUTPUT_TAIL_BYTES];
};

/* Creates the file, mode 0600. */
bool run_output_open(struct run_output *output, const char *path, uint64_t bytes_max, struct error *err);
void run_output_close(struct run_output *output);

void run_output_take(struct run_output *output, const char *bytes, size_t size);

/* The end of the output, readable. The caller frees it. */
char *run_output_tail(const struct run_output *output);

#endif
