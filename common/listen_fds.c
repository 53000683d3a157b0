/* SPDX-License-Identifier: Apache-2.0 */
#include "common/listen_fds.h"

#include "common/number.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

static bool count_passed(int64_t *out, struct error *err)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int64_t meant;

	*out = 0;
	if (!pid || !fds || !number_parse_int64(pid, 1, INT32_MAX, &meant) || meant != getpid())
		return true;
	return number_parse_int64(fds, 0, LISTEN_FDS_MAX, out) ||
	       error_set(err, ERROR_INVALID, "LISTEN_FDS is \"%.64s\", allowed is a number from 0 to %d", fds,
	           LISTEN_FDS_MAX);
}

static bool has_option(int fd, int option, int value)
{
	int found = -1;
	socklen_t size = sizeof(found);

	return getsockopt(fd, SOL_SOCKET, option, &found, &size) == 0 && found == value;
}

static bool is_listening_tcp(int fd)
{
	return has_option(fd, SO_PROTOCOL, IPPROTO_TCP) && has_option(fd, SO_TYPE, SOCK_STREAM) &&
	       has_option(fd, SO_ACCEPTCONN, 1);
}

static bool listen_fds_prepare(int fd, struct error *err)
{
	if (!is_listening_tcp(fd))
		return error_set(err, ERROR_INVALID, "descriptor %d, passed by LISTEN_FDS, is not a listening TCP socket", fd);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		return error_set_errno(err, ERROR_INTERNAL, "descriptor %d, passed by LISTEN_FDS, cannot be used", fd);
	return true;
}

bool listen_fds_take(int out_fds[static LISTEN_FDS_MAX], size_t *out_count, struct error *err)
{
	int64_t count;

	if (!count_passed(&count, err))
		return false;
	for (int i = 0; i < count; i++)
		if (!listen_fds_prepare(FIRST_FD + i, err))
			return false;
	for (int i = 0; i < count; i++)
		out_fds[i] = FIRST_FD + i;
	*out_count = (size_t)count;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return true;
}
