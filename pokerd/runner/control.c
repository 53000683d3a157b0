/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/control.h"

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

enum { CLIENTS_MAX = 8, PATIENCE_MS = 5000 };

struct client {
	LIST_ENTRY(client) in_list;
	struct control *control;
	struct event_source source;
	struct event_timer deadline;
	char word[CONTROL_WORD_BYTES]; /* what has come of it */
	size_t word_size;
	char *answer; /* NULL: the word is not complete */
	size_t answer_size, sent;
};

struct control {
	struct control_options options;
	char *path;
	struct event_source source;
	LIST_HEAD(, client) clients;
	unsigned client_count;
};

/* ---- one client ---- */

static void client_close(struct client *client)
{
	struct control *control = client->control;

	event_timer_cancel(control->options.loop, &client->deadline);
	event_loop_remove(control->options.loop, &client->source);
	close(client->source.fd);
	LIST_REMOVE(client, in_list);
	control->client_count--;
	free(client->answer);
	free(client);
	malloc_trim(0); /* a history is large, and seldom asked for */
}

static void client_is_late(void *context, int64_t now_ms)
{
	(void)now_ms;
	client_close(context);
}

static json_t *make_refusal(const char *text)
{
	return json_pack("{s:s, s:s}", "result", "failure", "error_message", text);
}

static void make_answer(struct client *client)
{
	const struct control_options *options = &client->control->options;
	json_t *answer = options->answer(client->word, options->context);

	if (!answer)
		answer = make_refusal("this pokerd does not know that command");
	client->answer = json_render(answer, &client->answer_size);
	json_decref(answer);
}

/* False: the client has gone, or says too much. */
static bool read_word(struct client *client)
{
	size_t room = sizeof client->word - 1 - client->word_size;
	ssize_t size = recv(client->source.fd, client->word + client->word_size, room, MSG_DONTWAIT);
	char *end;

	if (size < 0)
		return errno == EAGAIN || errno == EINTR;
	client->word_size += (size_t)size;
	client->word[client->word_size] = '\0';
	end = strchr(client->word, '\n');
	if (!end)
		return size > 0 && (size_t)size < room;
	*end = '\0';
	make_answer(client);
	return event_loop_change(client->control->options.loop, &client->source, EPOLLOUT, NULL);
}

/* False: all is sent, or nobody takes it. */
static bool send_answer(struct client *client)
{
	ssize_t size = send(client->source.fd, client->answer + client->sent, client->answer_size - client->sent,
	    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (size < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += (size_t)size;
	return client->sent < client->answer_size;
}

static void client_ready(void *context, uint32_t events)
{
	struct client *client = context;

	(void)events;
	if (!(client->answer ? send_answer(client) : read_word(client)))
		client_close(client);
}

/* Whatever it may ask. */
static void send_busy(int fd)
{
	json_t *answer = make_refusal("this pokerd answers others and is busy; try again");
	size_t size;
	char *text = json_render(answer, &size);

	(void)send(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	free(text);
	json_decref(answer);
}

static bool client_open(struct control *control, int fd)
{
	struct client *client = memory_zeroed(1, sizeof *client);

	client->control = control;
	client->source = (struct event_source){ fd, client_ready, client };
	client->deadline = (struct event_timer){ .fire = client_is_late, .context = client };
	if (!event_loop_add(control->options.loop, &client->source, EPOLLIN, NULL)) {
		free(client);
		return false;
	}
	event_timer_set(control->options.loop, &client->deadline, event_loop_now_ms(control->options.loop) + PATIENCE_MS);
	LIST_INSERT_HEAD(&control->clients, client, in_list);
	control->client_count++;
	return true;
}

static void accept_client(void *context, uint32_t events)
{
	struct control *control = context;
	int fd = accept4(control->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0 || (control->client_count < CLIENTS_MAX && client_open(control, fd)))
		return;
	send_busy(fd);
	close(fd);
}

/* ---- the socket ---- */

static bool make_folder(const char *path, struct error *err)
{
	char *folder = memory_copy(path, (size_t)(strrchr(path, '/') - path));
	bool made = !*folder || file_make_folder(folder, 0755, err);

	free(folder);
	return made;
}

/* A socket that nobody answers at is what a killed pokerd leaves behind. */
static bool clear_way(const struct sockaddr_un *address, struct error *err)
{
	struct stat status;
	int fd;

	if (lstat(address->sun_path, &status))
		return true;
	if (!S_ISSOCK(status.st_mode))
		return error_set(err, ERROR_INVALID, "%s is there, and no socket", address->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answers = fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN);
	if (fd >= 0)
		close(fd);
	if (answers)
		return error_set(err, ERROR_UNAVAILABLE, "another pokerd answers at %s", address->sun_path);
	return !unlink(address->sun_path) || error_set_errno(err, ERROR_DENIED, "cannot remove %s", address->sun_path);
}

static int listen_at(const struct sockaddr_un *address, struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);
	bool listens = fd >= 0 && !bind(fd, (const struct sockaddr *)address, sizeof *address) && !listen(fd, CLIENTS_MAX);

	umask(mask);
	if (listens)
		return fd;
	error_set_errno(err, ERROR_UNAVAILABLE, "cannot listen at %s", address->sun_path);
	if (fd >= 0)
		close(fd);
	return -1;
}

struct control *control_open(const struct control_options *options, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t size = strlen(options->path);
	struct control *control;
	int fd;

	if (size >= sizeof address.sun_path) {
		error_set(err, ERROR_INVALID, "%s is too long for a socket", options->path);
		return NULL;
	}
	memcpy(address.sun_path, options->path, size);
	if (!make_folder(options->path, err) || !clear_way(&address, err) || (fd = listen_at(&address, err)) < 0)
		return NULL;
	control = memory_zeroed(1, sizeof *control);
	control->options = *options;
	control->path = memory_text(options->path);
	control->source = (struct event_source){ fd, accept_client, control };
	LIST_INIT(&control->clients);
	if (event_loop_add(options->loop, &control->source, EPOLLIN, err))
		return control;
	close(fd);
	free(control->path);
	free(control);
	return NULL;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	while (!LIST_EMPTY(&control->clients))
		client_close(LIST_FIRST(&control->clients));
	event_loop_remove(control->options.loop, &control->source);
	close(control->source.fd);
	(void)unlink(control->path);
	free(control->path);
	free(control);
}
