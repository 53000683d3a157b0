/* stamp - the command of a rule under test: writes down when it ran, for which pokes, and whether it ran alone. Started
   by pokerd: stamp RECORD_FILE [MILLISECONDS]. One line at its start, "begin <run> <ns> <event file>" (or "overlap" in
   place of "begin"), one at its end, "end <run> <ns>"; times are CLOCK_MONOTONIC. */
/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { EVENT_BYTES_MAX = 1 << 20 };

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The event file's text in one line; "-" when there is none. JSON has no line break inside a string. */
static const char *event_text(void)
{
	static char text[EVENT_BYTES_MAX + 1];
	const char *path = getenv("POKERD_EVENT_FILE");
	FILE *file = path != NULL ? fopen(path, "rbe") : NULL;
	if (file == NULL)
		return "-";
	text[fread(text, 1, EVENT_BYTES_MAX, file)] = '\0';
	fclose(file);
	for (char *end = strchr(text, '\n'); end != NULL; end = strchr(end, '\n'))
		*end = ' ';
	return text;
}

int main(int argc, char **argv)
{
	int64_t begun_ns = now_ns();
	int fd = argc > 1 ? open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	if (fd < 0) {
		fprintf(stderr, "usage: stamp RECORD_FILE [MILLISECONDS]\n");
		return 64;
	}
	bool alone = flock(fd, LOCK_EX | LOCK_NB) == 0;
	const char *run = getenv("POKERD_RUN_ID") != NULL ? getenv("POKERD_RUN_ID") : "-";
	dprintf(fd, "%s %s %" PRId64 " %s\n", alone ? "begin" : "overlap", run, begun_ns, event_text());
	if (argc > 2)
		usleep((useconds_t)atoi(argv[2]) * 1000);
	dprintf(fd, "end %s %" PRId64 "\n", run, now_ns());
	close(fd);
	return 0;
}
