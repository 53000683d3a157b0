/* SPDX-License-Identifier: Apache-2.0 */
#include "common/control_socket.h"

#include "common/file.h"
#include "common/json.h"
#include "common/memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 8, PATIENCE_MS = 5000, ACCEPT_PAUSE_MS = 200 };

struct control_client {
	LIST_ENTRY(control_client) in_list;
	struct control_socket *control;
	struct event_source source;
	struct event_timer deadline;   /* for the rest of a line or an answer that has begun */
	char line[CONTROL_LINE_BYTES]; /* received so far */
	size_t line_size;
	int descriptor; /* received with it; -1: none */
	char *answer;   /* NULL: no answer is being sent */
	size_t answer_size, sent;
};

struct control_socket {
	struct control_options options;
	char *path;
	struct event_source source;
	struct event_timer accept_again; /* set while nothing can be accepted */
	LIST_HEAD(, control_client) clients;
	unsigned client_count;
};

/* ---- one client ---- */

static void control_socket_wait_for(struct control_client *client, uint32_t events)
{
	(void)event_loop_change(client->control->options.loop, &client->source, events | EPOLLRDHUP, NULL);
}

static void set_deadline(struct control_client *client)
{
	struct event_loop *loop = client->control->options.loop;
	event_timer_set(loop, &client->deadline, event_loop_now_ms(loop) + PATIENCE_MS);
}

static void keep_descriptor(struct control_client *client, int fd)
{
	if (client->descriptor >= 0)
		close(client->descriptor);
	client->descriptor = fd;
}

static void client_close(struct control_client *client)
{
	struct control_socket *control = client->control;

	if (control->options.gone)
		control->options.gone(client, control->options.context);
	event_timer_cancel(control->options.loop, &client->deadline);
	event_loop_remove(control->options.loop, &client->source);
	close(client->source.fd);
	keep_descriptor(client, -1);
	LIST_REMOVE(client, in_list);
	control->client_count--;
	free(client->answer);
	free(client);
	malloc_trim(0); /* an answer may be large and is rarely requested */
}

static void client_timed_out(void *context, int64_t now_ms)
{
	(void)now_ms;
	client_close(context);
}

static json_t *control_socket_make_refusal(const struct error *err)
{
	return json_pack("{s:s, s:s, s:i}", "result", "failure", "error_message", err->text, "kind", (int)err->kind);
}

void control_answer(struct control_client *client, json_t *take_answer)
{
	client->answer = json_render(take_answer, &client->answer_size);
	client->answer[client->answer_size++] = '\n'; /* replaces its NUL */
	client->sent = 0;
	json_decref(take_answer);
	set_deadline(client);
	control_socket_wait_for(client, EPOLLOUT);
}

void control_refuse(struct control_client *client, const struct error *err)
{
	control_answer(client, control_socket_make_refusal(err));
}

int control_take_descriptor(struct control_client *client)
{
	int fd = client->descriptor;
	client->descriptor = -1;
	return fd;
}

/* At most one descriptor per line: the last one received. */
static ssize_t receive(struct control_client *client)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec room = { client->line + client->line_size, sizeof(client->line) - 1 - client->line_size };
	struct msghdr message = {
		.msg_iov = &room, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)
	};
	ssize_t size = recvmsg(client->source.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = size < 0 ? NULL : CMSG_FIRSTHDR(&message);
	int fd;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
		keep_descriptor(client, fd);
	}
	return size;
}

/* False: the client has hung up or sent too much. Anything after the line's end is dropped: a client waits for its
   answer first. */
static bool control_socket_read_line(struct control_client *client)
{
	ssize_t size = receive(client);
	char *end;

	if (size < 0)
		return errno == EAGAIN || errno == EINTR;
	client->line_size += (size_t)size;
	client->line[client->line_size] = '\0';
	end = strchr(client->line, '\n');
	if (!end)
		return size > 0 && client->line_size < sizeof(client->line) - 1;
	*end = '\0';
	client->line_size = 0;
	event_timer_cancel(client->control->options.loop, &client->deadline);
	control_socket_wait_for(client, 0);
	client->control->options.ask(client, client->line, client->control->options.context);
	return true;
}

/* False: the client does not read it. */
static bool send_answer(struct control_client *client)
{
	ssize_t size = send(client->source.fd, client->answer + client->sent, client->answer_size - client->sent,
	    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (size < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += (size_t)size;
	if (client->sent < client->answer_size)
		return true;
	free(client->answer);
	client->answer = NULL;
	event_timer_cancel(client->control->options.loop, &client->deadline);
	control_socket_wait_for(client, EPOLLIN);
	return true;
}

static void client_ready(void *context, uint32_t events)
{
	struct control_client *client = context;
	bool stays = !(events & (EPOLLHUP | EPOLLERR));

	if (stays && events & EPOLLOUT)
		stays = send_answer(client);
	else if (stays && events & EPOLLIN)
		stays = control_socket_read_line(client);
	else
		stays = false; /* it hung up while it waited */
	if (!stays)
		client_close(client);
}

/* Whatever the client is going to ask. */
static void turn_client_away(int fd, const char *text)
{
	struct error err;
	error_set(&err, ERROR_UNAVAILABLE, "%s", text);
	json_t *answer = control_socket_make_refusal(&err);
	size_t size;
	char *line = json_render(answer, &size);

	line[size] = '\n';
	(void)send(fd, line, size + 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	free(line);
	json_decref(answer);
	close(fd);
}

static bool client_open(struct control_socket *control, int fd)
{
	struct control_client *client = memory_zeroed(1, sizeof(*client));

	client->control = control;
	client->descriptor = -1;
	client->source = (struct event_source){ fd, client_ready, client };
	client->deadline = (struct event_timer){ .fire = client_timed_out, .context = client };
	if (!event_loop_add(control->options.loop, &client->source, EPOLLIN | EPOLLRDHUP, NULL)) {
		free(client);
		return false;
	}
	set_deadline(client);
	LIST_INSERT_HEAD(&control->clients, client, in_list);
	control->client_count++;
	return true;
}

/* The socket's mode says the same, but some file systems ignore it. */
static bool may_ask(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) && (peer.uid == 0 || peer.uid == geteuid());
}

static void accept_again(void *context, int64_t now_ms)
{
	struct control_socket *control = context;

	(void)now_ms;
	(void)event_loop_change(control->options.loop, &control->source, EPOLLIN, NULL);
}

/* Out of descriptors or memory: the client stays in the queue, and would keep the loop busy. */
static void pause_accepting(struct control_socket *control)
{
	struct event_loop *loop = control->options.loop;

	(void)event_loop_change(loop, &control->source, 0, NULL);
	event_timer_set(loop, &control->accept_again, event_loop_now_ms(loop) + ACCEPT_PAUSE_MS);
}

static void accept_client(void *context, uint32_t events)
{
	struct control_socket *control = context;
	int fd = accept4(control->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_accepting(control);
		return;
	}
	if (!may_ask(fd)) {
		turn_client_away(fd, "only root and the user that runs it may give it commands");
	} else if (control->client_count == CLIENTS_MAX || !client_open(control, fd)) {
		char *text = memory_format("this %s answers others and is busy; try again", control->options.program);
		turn_client_away(fd, text);
		free(text);
	}
}

/* ---- the socket ---- */

static bool make_folder(const char *path, struct error *err)
{
	char *folder = memory_copy(path, (size_t)(strrchr(path, '/') - path));
	bool made = !*folder || file_make_folder(folder, 0755, err);

	free(folder);
	return made;
}

/* A killed daemon leaves a socket behind that refuses connections. */
static bool remove_stale_socket(const struct sockaddr_un *address, const char *program, struct error *err)
{
	struct stat status;
	int fd;

	if (lstat(address->sun_path, &status))
		return true;
	if (!S_ISSOCK(status.st_mode))
		return error_set(err, ERROR_INVALID, "%s exists and is not a socket", address->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answers = fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN);
	if (fd >= 0)
		close(fd);
	if (answers)
		return error_set(err, ERROR_UNAVAILABLE, "another %s answers at %s", program, address->sun_path);
	return !unlink(address->sun_path) || error_set_errno(err, ERROR_DENIED, "cannot remove %s", address->sun_path);
}

static int listen_at(const struct sockaddr_un *address, struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);
	bool listens = fd >= 0 && !bind(fd, (const struct sockaddr *)address, sizeof(*address)) && !listen(fd, CLIENTS_MAX);

	umask(mask);
	if (listens)
		return fd;
	error_set_errno(err, ERROR_UNAVAILABLE, "cannot listen at %s", address->sun_path);
	if (fd >= 0)
		close(fd);
	return -1;
}

struct control_socket *control_socket_open(const struct control_options *options, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t size = strlen(options->path);
	struct control_socket *control;
	int fd;

	if (size >= sizeof(address.sun_path)) {
		error_set(err, ERROR_INVALID, "%s is too long for a socket", options->path);
		return NULL;
	}
	memcpy(address.sun_path, options->path, size);
	if (!make_folder(options->path, err) || !remove_stale_socket(&address, options->program, err) ||
	    (fd = listen_at(&address, err)) < 0)
		return NULL;
	control = memory_zeroed(1, sizeof(*control));
	control->options = *options;
	control->path = memory_text(options->path);
	control->source = (struct event_source){ fd, accept_client, control };
	control->accept_again = (struct event_timer){ .fire = accept_again, .context = control };
	LIST_INIT(&control->clients);
	if (event_loop_add(options->loop, &control->source, EPOLLIN, err))
		return control;
	close(fd);
	free(control->path);
	free(control);
	return NULL;
}

void control_socket_close(struct control_socket *control)
{
	if (!control)
		return;
	while (!LIST_EMPTY(&control->clients))
		client_close(LIST_FIRST(&control->clients));
	event_timer_cancel(control->options.loop, &control->accept_again);
	event_loop_remove(control->options.loop, &control->source);
	close(control->source.fd);
	(void)unlink(control->path);
	free(control->path);
	free(control);
}
