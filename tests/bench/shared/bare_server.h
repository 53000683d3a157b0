/* bare_server.h - libmicrohttpd in an epoll loop and nothing around it, for what noahd is compared with. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_SHARED_BARE_SERVER_H
#define TESTS_BENCH_SHARED_BARE_SERVER_H

#include <microhttpd.h>
#include <stddef.h>

/* Listens on a free port of loopback, tells "NAME: ready on URL" on stderr, and serves until it is killed. Returns only
   where it cannot: the exit status. */
int bare_serve(const char *name, MHD_AccessHandlerCallback answer, void *context);

/* For handlers and content readers: takes the connection out of the loop until the next bare_resume_all. */
void bare_suspend(struct MHD_Connection *connection);
void bare_resume_all(void);

/* The whole file, NUL-terminated; ends the process where there is none. */
char *bare_read_file(const char *path, size_t *out_size);

#endif
