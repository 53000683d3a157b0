/* SPDX-License-Identifier: Apache-2.0 */
#include "common/control_client.h"

#include "common/json.h"
#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_BYTES_FIRST = 65536 };

int control_connect(const char *path, const char *program, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t size = strlen(path);
	int fd;

	if (size >= sizeof(address.sun_path)) {
		error_set(err, ERROR_INVALID, "%s is too long for a socket", path);
		return -1;
	}
	memcpy(address.sun_path, path, size);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	bool is_nobody = errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR;
	error_set_errno(err, is_nobody ? ERROR_NOT_FOUND : ERROR_UNAVAILABLE, "no %s answers at %s", program, path);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A busy daemon answers before it is asked and hangs up: even if the line cannot be sent, there may be an answer. */
static void send_line(int fd, const char *line, int passed)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	char *whole = memory_format("%s\n", line);
	struct iovec text = { whole, strlen(whole) };
	struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1 };

	if (passed >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		control.header =
		    (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
		memcpy(CMSG_DATA(&control.header), &passed, sizeof(passed));
	}
	(void)sendmsg(fd, &message, MSG_NOSIGNAL);
	free(whole);
}

/* Reads to the end of the line. NULL: it does not arrive. */
static char *receive_line(int fd, size_t *out_size)
{
	size_t size = 0, room = ANSWER_BYTES_FIRST;
	char *bytes = memory_allocate(room);
	ssize_t more;

	while ((more = read(fd, bytes + size, room - size)) > 0 || (more < 0 && errno == EINTR)) {
		size += more < 0 ? 0 : (size_t)more;
		if (size && bytes[size - 1] == '\n') {
			*out_size = size - 1;
			return bytes;
		}
		if (size == room)
			bytes = memory_grow(bytes, room *= 2, 1);
	}
	free(bytes);
	return NULL;
}

bool control_ask(int fd, const char *line, int passed, json_t **out_answer, struct error *err)
{
	json_t *answer = NULL;
	size_t size = 0;

	send_line(fd, line, passed);
	char *text = receive_line(fd, &size);
	bool answered = text ? json_decode(text, size, &answer, err)
	                     : error_set(err, ERROR_UNAVAILABLE, "the daemon closed the connection without an answer");
	free(text);
	const char *result = json_string_value(json_object_get(answer, "result"));
	const char *why = json_string_value(json_object_get(answer, "error_message"));
	if (answered && result && !strcmp(result, "failure"))
		answered = error_set(err, (enum error_kind)json_integer_value(json_object_get(answer, "kind")), "%s",
		    why ? why : "refused");
	if (answered)
		*out_answer = answer;
	else
		json_decref(answer);
	return answered;
}
