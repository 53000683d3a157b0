/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/shared/bare_server.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum { CONNECTIONS_MAX = 20000, POOL_BYTES = 16384, FILE_BYTES_MAX = 1 << 24 };

/* One server a process. */
static struct MHD_Connection *suspended[CONNECTIONS_MAX];
static size_t suspended_count;
static bool resumed;

void bare_suspend(struct MHD_Connection *connection)
{
	MHD_suspend_connection(connection);
	suspended[suspended_count++] = connection;
}

void bare_resume_all(void)
{
	for (; suspended_count > 0; suspended_count--)
		MHD_resume_connection(suspended[suspended_count - 1]);
	resumed = true;
}

char *bare_read_file(const char *path, size_t *out_size)
{
	char *bytes = malloc(FILE_BYTES_MAX + 1);
	FILE *file = fopen(path, "rbe");
	if (bytes == NULL || file == NULL) {
		perror(path);
		exit(66);
	}
	*out_size = fread(bytes, 1, FILE_BYTES_MAX, file);
	bytes[*out_size] = '\0';
	fclose(file);
	return bytes;
}

static struct MHD_Daemon *start(MHD_AccessHandlerCallback answer, void *context)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, answer, context,
	    MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES, MHD_OPTION_END);
}

/* libmicrohttpd's own epoll descriptor is edge-triggered inside, so it is waited for from an outer one. */
static int wait_for(int inner)
{
	int outer = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	return epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event) == 0 ? outer : -1;
}

int bare_serve(const char *name, MHD_AccessHandlerCallback answer, void *context)
{
	struct MHD_Daemon *daemon = start(answer, context);
	if (daemon == NULL)
		return 75;
	int epoll = wait_for(MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
	fprintf(stderr, "%s: ready on http://127.0.0.1:%u\n", name,
	    (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	for (;;) {
		struct epoll_event event;
		MHD_UNSIGNED_LONG_LONG timeout_ms;
		bool bounded = MHD_get_timeout(daemon, &timeout_ms) == MHD_YES;
		/* Of what was resumed by a handler it does not know. */
		epoll_wait(epoll, &event, 1, resumed ? 0 : bounded ? (int)timeout_ms : -1);
		resumed = false;
		MHD_run(daemon);
	}
}
