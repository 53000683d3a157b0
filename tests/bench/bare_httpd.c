/* bare_httpd - the least that libmicrohttpd needs to answer every request with the same bytes from an epoll loop.
   Started by tests/bench/run: bare_httpd BODY_FILE [HEADER VALUE]... */
/* SPDX-License-Identifier: Apache-2.0 */

#include <microhttpd.h>

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/epoll.h>

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **seen)
{
	(void)url, (void)method, (void)version, (void)upload, (void)upload_size;
	/* An answer queued at the first call would close the connection. */
	if (*seen == NULL) {
		*seen = context;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, context);
}

static struct MHD_Response *prebuilt(const char *body_file, char **headers)
{
	static char body[65536];
	FILE *file = fopen(body_file, "rb");
	if (file == NULL)
		return NULL;
	size_t size = fread(body, 1, sizeof body, file);
	fclose(file);
	struct MHD_Response *response = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_PERSISTENT);
	for (; headers[0] != NULL && headers[1] != NULL; headers += 2)
		MHD_add_response_header(response, headers[0], headers[1]);
	return response;
}

/* libmicrohttpd's own epoll descriptor is edge-triggered inside, so it is waited for from an outer one. */
static int wait_for(int inner)
{
	int outer = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	return epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event) == 0 ? outer : -1;
}

int main(int argc, char **argv)
{
	struct MHD_Response *response = argc > 1 ? prebuilt(argv[1], argv + 2) : NULL;
	if (response == NULL) {
		fprintf(stderr, "usage: bare_httpd BODY_FILE [HEADER VALUE]...\n");
		return 64;
	}
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, response, MHD_OPTION_SOCK_ADDR,
	    &address, MHD_OPTION_END);
	if (daemon == NULL)
		return 75;
	int epoll = wait_for(MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
	fprintf(stderr, "bare_httpd: ready on http://127.0.0.1:%u\n",
	    (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	for (;;) {
		struct epoll_event event;
		MHD_UNSIGNED_LONG_LONG timeout_ms;
		bool bounded = MHD_get_timeout(daemon, &timeout_ms) == MHD_YES;
		epoll_wait(epoll, &event, 1, bounded ? (int)timeout_ms : -1);
		MHD_run(daemon);
	}
}
