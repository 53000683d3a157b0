/* SPDX-License-Identifier: Apache-2.0 */
#include "common/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The socket of notify_connect; -1: none. */
static int kept_fd = -1;

/* -1: there is no manager, or it does not listen. */
static int notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t size = path ? strlen(path) : 0;

	if (size == 0 || size >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, size);
	if (*path == '@') /* the abstract namespace */
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || !connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)))
		return fd;
	close(fd);
	return -1;
}

void notify_connect(void)
{
	if (kept_fd < 0)
		kept_fd = notify_open();
}

void notify_send(const char *format, ...)
{
	int fd = kept_fd >= 0 ? kept_fd : notify_open();
	char text[512];
	va_list arguments;

	if (fd < 0)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
	if (fd != kept_fd)
		close(fd);
}
