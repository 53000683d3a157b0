/* SPDX-License-Identifier: Apache-2.0 */
#include "common/process_stats.h"

#include "common/file.h"
#include "common/number.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { STATM_BYTES_MAX = 256 };

/* proc(5): total and resident size, in pages. */
static void read_memory(struct process_stats *out)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), pages;
	char *text, *rest;
	size_t size;

	if (!file_read("/proc/self/statm", STATM_BYTES_MAX, FILE_PUBLIC, &text, &size, NULL))
		return;
	rest = text;
	if (number_parse_uint64(strsep(&rest, " "), UINT64_MAX, &pages))
		out->virtual_bytes = pages * page;
	if (rest && number_parse_uint64(strsep(&rest, " "), UINT64_MAX, &pages))
		out->resident_bytes = pages * page;
	free(text);
}

static size_t count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	size_t count = 0;

	while (folder && (entry = readdir(folder)))
		count += *entry->d_name != '.';
	if (!folder)
		return 0;
	closedir(folder);
	return count - 1; /* without the folder's own */
}

void process_stats_read(struct process_stats *out)
{
	struct timespec cpu;
	struct rlimit fds;

	*out = (struct process_stats){ 0 };
	read_memory(out);
	if (!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu))
		out->cpu_seconds = (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9;
	if (!getrlimit(RLIMIT_NOFILE, &fds))
		out->open_fds_max = (size_t)fds.rlim_cur;
	out->open_fds = count_fds();
}
