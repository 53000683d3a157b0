/* append - how many times a second this disk takes a record of so many bytes and says that it is durable.
   Started by tests/bench/run: append FILE RECORD_BYTES MILLISECONDS; prints the rate. */
/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: append FILE RECORD_BYTES MILLISECONDS\n");
		return 64;
	}
	size_t size = (size_t)atoi(argv[2]);
	int64_t duration_us = (int64_t)atoi(argv[3]) * 1000;
	char *record = calloc(1, size);
	int fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (record == NULL || fd < 0) {
		perror(argv[1]);
		return 75;
	}
	int64_t count = 0, start_us = now_us(), elapsed_us = 0;
	for (; elapsed_us < duration_us; elapsed_us = now_us() - start_us) {
		if (write(fd, record, size) != (ssize_t)size || fdatasync(fd) != 0) {
			perror(argv[1]);
			return 75;
		}
		count++;
	}
	printf("%.1f\n", (double)count * 1e6 / (double)elapsed_us);
	free(record);
	close(fd);
	return 0;
}
