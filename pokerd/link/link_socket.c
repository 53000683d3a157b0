/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/link/link_socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4 };

bool link_socket_path(const char *control_socket, char out[static LINK_SOCKET_PATH_BYTES], struct error *err)
{
	int size = snprintf(out, LINK_SOCKET_PATH_BYTES, "%s.listener", control_socket);

	return size < LINK_SOCKET_PATH_BYTES ||
	       error_set(err, ERROR_INVALID, "%s.listener is too long for a socket", control_socket);
}

static struct sockaddr_un address_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

int link_socket_listen(const char *path, uid_t user, struct error *err)
{
	const struct sockaddr_un address = address_at(path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);

	(void)unlink(path);
	bool listens = fd >= 0 && !bind(fd, (const struct sockaddr *)&address, sizeof(address)) &&
	               (user == geteuid() || !lchown(path, user, (gid_t)-1)) && !listen(fd, BACKLOG);
	umask(mask);
	if (listens)
		return fd;
	error_set_errno(err, ERROR_UNAVAILABLE, "cannot wait for the listener at %s", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

int link_socket_connect(const char *path, struct error *err)
{
	const struct sockaddr_un address = address_at(path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !connect(fd, (const struct sockaddr *)&address, sizeof(address)) && !fcntl(fd, F_SETFL, O_NONBLOCK))
		return fd;
	error_set_errno(err, ERROR_UNAVAILABLE, "no pokerd --runner answers at %s", path);
	if (fd >= 0)
		close(fd);
	return -1;
}
