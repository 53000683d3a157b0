/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listen_sockets.h"

#include "common/http_server.h"
#include "common/memory.h"
#include "common/number.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIRST_INHERITED = 3, INHERITED_MAX = 16, ADDRESS_BYTES = 64 };

/* The number of sockets that the service manager has passed to this process. */
static bool count_inherited(int64_t *out, struct error *err)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int64_t meant;

	*out = 0;
	if (!pid || !fds || !number_parse_int64(pid, 1, INT32_MAX, &meant) || meant != getpid())
		return true;
	return number_parse_int64(fds, 0, INHERITED_MAX, out) ||
	       error_set(err, ERROR_INVALID, "LISTEN_FDS is \"%.64s\", allowed is a number from 0 to %d", fds,
	           INHERITED_MAX);
}

static bool listen_sockets_add(struct listen_sockets *sockets, int fd, struct error *err)
{
	char address[ADDRESS_BYTES];

	if (!http_listen_address(fd, address, sizeof(address)))
		return error_set(err, ERROR_INVALID, "descriptor %d is not an IPv4 or IPv6 socket", fd);
	sockets->fds = memory_grow(sockets->fds, sockets->count + 1, sizeof(*sockets->fds));
	sockets->addresses = memory_grow(sockets->addresses, sockets->count + 1, sizeof(*sockets->addresses));
	sockets->fds[sockets->count] = fd;
	sockets->addresses[sockets->count++] = memory_text(address);
	return true;
}

bool listen_sockets_check(const struct pokerd_settings *settings, const struct listen_sockets *sockets,
    struct error *err)
{
	bool is_loopback;

	for (size_t i = 0; i < sockets->count && !*settings->tls.certificate; i++)
		if (!http_listen_check(sockets->addresses[i], &is_loopback) || !is_loopback)
			return error_set(err, ERROR_INVALID,
			    "the open socket %s is reachable from other machines, and without tls.certificate only loopback is "
			    "allowed",
			    sockets->addresses[i]);
	return true;
}

static bool inherit(const struct pokerd_settings *settings, int count, struct listen_sockets *sockets,
    struct error *err)
{
	for (int fd = FIRST_INHERITED; fd < FIRST_INHERITED + count; fd++) {
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
			return error_set_errno(err, ERROR_INVALID, "descriptor %d of LISTEN_FDS cannot be used", fd);
		if (!listen_sockets_add(sockets, fd, err))
			return false;
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return listen_sockets_check(settings, sockets, err);
}

static bool bind_all(const struct setting_strings *addresses, struct listen_sockets *sockets, struct error *err)
{
	for (size_t i = 0; i < addresses->count; i++) {
		int fd = http_listen(addresses->items[i], err);
		if (fd < 0)
			return false;
		if (!listen_sockets_add(sockets, fd, err)) {
			close(fd);
			return false;
		}
	}
	return true;
}

bool listen_sockets_open(const struct pokerd_settings *settings, struct listen_sockets *out, struct error *err)
{
	struct listen_sockets sockets = { 0 };
	int64_t inherited;

	if (!count_inherited(&inherited, err))
		return false;
	if (!(inherited ? inherit(settings, (int)inherited, &sockets, err) : bind_all(&settings->listen, &sockets, err))) {
		listen_sockets_close(&sockets);
		return false;
	}
	*out = sockets;
	return true;
}

void listen_sockets_close(struct listen_sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++) {
		close(sockets->fds[i]);
		free(sockets->addresses[i]);
	}
	free(sockets->fds);
	free(sockets->addresses);
	*sockets = (struct listen_sockets){ 0 };
}
