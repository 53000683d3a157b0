/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listen_sockets.h"

#include "common/http_server.h"
#include "common/listen_fds.h"
#include "common/log.h"
#include "common/memory.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ADDRESS_BYTES = 64 };

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

void listen_sockets_name(struct listen_sockets *sockets, const char *address)
{
	sockets->addresses = memory_grow(sockets->addresses, sockets->count + 1, sizeof(*sockets->addresses));
	sockets->addresses[sockets->count++] = memory_text(address);
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

static bool inherit(const struct pokerd_settings *settings, const int *fds, size_t count,
    struct listen_sockets *sockets, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (!listen_sockets_add(sockets, fds[i], err))
			return false;
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

/* Says where: with port 0 the kernel has chosen. */
static bool open_metrics(const char *address, struct listen_sockets *sockets, struct error *err)
{
	char found[ADDRESS_BYTES];
	int fd = *address ? http_listen(address, err) : -1;

	if (fd < 0)
		return !*address;
	sockets->metrics_fds = memory_copy(&fd, sizeof(fd));
	sockets->metrics_count = 1;
	if (http_listen_address(fd, found, sizeof(found)))
		log_info("metrics: http://%s/metrics", found);
	return true;
}

bool listen_sockets_open(const struct pokerd_settings *settings, struct listen_sockets *out, struct error *err)
{
	struct listen_sockets sockets = { 0 };
	int passed[LISTEN_FDS_MAX];
	size_t count;

	if (!listen_fds_take(passed, &count, err))
		return false;
	if (!(count ? inherit(settings, passed, count, &sockets, err) : bind_all(&settings->listen, &sockets, err)) ||
	    !open_metrics(settings->metrics_listen, &sockets, err)) {
		listen_sockets_close(&sockets);
		return false;
	}
	*out = sockets;
	return true;
}

bool listen_sockets_listen(const struct listen_sockets *sockets, struct error *err)
{
	for (size_t i = 0; i < sockets->count; i++)
		if (listen(sockets->fds[i], HTTP_LISTEN_BACKLOG))
			return error_set_errno(err, ERROR_UNAVAILABLE, "cannot listen on %s again", sockets->addresses[i]);
	for (size_t i = 0; i < sockets->metrics_count; i++)
		if (listen(sockets->metrics_fds[i], HTTP_LISTEN_BACKLOG))
			return error_set_errno(err, ERROR_UNAVAILABLE, "cannot listen on the address of the metrics again");
	return true;
}

void listen_sockets_close(struct listen_sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++) {
		if (sockets->fds)
			close(sockets->fds[i]);
		free(sockets->addresses[i]);
	}
	for (size_t i = 0; i < sockets->metrics_count; i++)
		close(sockets->metrics_fds[i]);
	free(sockets->metrics_fds);
	free(sockets->fds);
	free(sockets->addresses);
	*sockets = (struct listen_sockets){ 0 };
}
