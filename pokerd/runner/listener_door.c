/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/listener_door.h"

#include "common/log.h"
#include "common/memory.h"
#include "pokerd/link/link_socket.h"

#include <pwd.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct listener_door {
	struct event_loop *loop;
	struct listeners *listeners;
	struct event_source source;
	uid_t user;
	char path[LINK_SOCKET_PATH_BYTES];
};

static bool door_find_user(const char *name, uid_t *out, struct error *err)
{
	const struct passwd *entry = geteuid() ? NULL : getpwnam(name);

	if (!geteuid() && (!entry || !entry->pw_uid))
		return error_set(err, ERROR_INVALID, "user \"%s\" does not exist or is root", name);
	*out = entry ? entry->pw_uid : geteuid();
	return true;
}

/* The mode of the socket lets in no other user but root. */
static bool door_admits(const struct listener_door *door, int fd, pid_t *out_pid, struct error *err)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || peer.uid != door->user)
		return error_set(err, ERROR_DENIED, "process %d of user %u is not our listener", (int)peer.pid,
		    (unsigned)peer.uid);
	*out_pid = peer.pid;
	return true;
}

static void door_opened(void *context, uint32_t events)
{
	struct listener_door *door = context;
	int fd = accept4(door->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct error err;
	pid_t pid = 0;

	(void)events;
	if (fd < 0)
		return;
	if (door_admits(door, fd, &pid, &err) && listeners_adopt(door->listeners, fd, pid, &err))
		return;
	log_error("%s: %s", door->path, err.text);
	close(fd);
}

struct listener_door *listener_door_open(struct event_loop *loop, struct listeners *listeners,
    const char *control_socket, const char *user, struct error *err)
{
	struct listener_door *door = memory_zeroed(1, sizeof(*door));

	door->loop = loop;
	door->listeners = listeners;
	door->source = (struct event_source){ -1, door_opened, door };
	if (door_find_user(user, &door->user, err) && link_socket_path(control_socket, door->path, err) &&
	    (door->source.fd = link_socket_listen(door->path, door->user, err)) >= 0 &&
	    event_loop_add(loop, &door->source, EPOLLIN, err))
		return door;
	listener_door_close(door);
	return NULL;
}

void listener_door_close(struct listener_door *door)
{
	if (!door)
		return;
	if (door->source.fd >= 0) {
		event_loop_remove(door->loop, &door->source);
		close(door->source.fd);
		(void)unlink(door->path);
	}
	free(door);
}

const char *listener_door_path(const struct listener_door *door)
{
	return door->path;
}
