/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/server_sockets.h"

#include "common/http_server.h"
#include "common/memory.h"

#include <stdlib.h>
#include <unistd.h>

enum { ADDRESS_TEXT_BYTES = 64 };

/* Takes the descriptor. */
static void add_socket(struct server_sockets *sockets, int fd)
{
	char address[ADDRESS_TEXT_BYTES] = "";

	(void)http_listen_address(fd, address, sizeof(address));
	sockets->addresses[sockets->count] = memory_text(address);
	sockets->fds[sockets->count++] = fd;
}

static const char *find_reachable(const struct server_sockets *sockets)
{
	bool is_loopback;

	for (size_t i = 0; i < sockets->count; i++)
		if (!http_listen_check(sockets->addresses[i], &is_loopback) || !is_loopback)
			return sockets->addresses[i];
	return NULL;
}

bool server_sockets_inherit(struct server_sockets *sockets, const struct noahd_settings *settings, struct error *err)
{
	int fds[LISTEN_FDS_MAX];
	size_t count;

	if (!listen_fds_take(fds, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		add_socket(sockets, fds[i]);
	sockets->reachable = count ? find_reachable(sockets) : noahd_settings_reachable(settings);
	return true;
}

bool server_sockets_bind(struct server_sockets *sockets, const struct noahd_settings *settings, struct error *err)
{
	if (sockets->count)
		return true;
	for (size_t i = 0; i < settings->listen.count && i < LISTEN_FDS_MAX; i++) {
		int fd = http_listen(settings->listen.items[i], err);
		if (fd < 0)
			return false;
		add_socket(sockets, fd);
	}
	return true;
}

void server_sockets_finish(struct server_sockets *sockets, bool are_handed_on)
{
	for (size_t i = 0; i < sockets->count; i++) {
		free(sockets->addresses[i]);
		if (!are_handed_on)
			close(sockets->fds[i]);
	}
	*sockets = (struct server_sockets){ 0 };
}
