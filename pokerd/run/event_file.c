/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/event_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The bodies are JSON that was decoded before it was accepted. They are joined unchanged, so that signatures over them
   stay valid. */
static void write_pokes(FILE *file, const struct run_request *request)
{
	size_t first = run_pokes_dropped(request->pokes), written = 0;

	fprintf(file, "{\"run\":\"%s\",\"pokes\":[", request->run_id);
	for (size_t i = first; i < request->pokes->count; i++) {
		char *body;
		size_t size;
		if (!request->body(request->context, request->pokes->list[i].id, &body, &size))
			continue;
		if (written++)
			fputc(',', file);
		fwrite(body, 1, size, file);
		free(body);
	}
	fprintf(file, "],\"dropped\":%zu}\n", request->pokes->count - written);
}

static FILE *event_file_create(const char *path, const struct spawn_identity *identity)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = NULL;

	if (fd >= 0 && !fchown(fd, identity->uid, identity->gid))
		file = fdopen(fd, "w");
	if (fd >= 0 && !file)
		close(fd);
	return file;
}

bool event_file_write(const char *path, const struct run_request *request, struct error *err)
{
	FILE *file = event_file_create(path, request->identity);

	if (!file)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot create %s", path);
	write_pokes(file, request);
	bool failed = ferror(file);
	if (fclose(file) || failed)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot write %s", path);
	return true;
}
