/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/event_file.h"

#include "pokerd/run/run_folder.h"

#include <stdio.h>
#include <stdlib.h>
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

bool event_file_write(const char *path, const struct run_request *request, struct error *err)
{
	int fd = run_folder_file_create(path, request->identity);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file) {
		error_set_errno(err, ERROR_UNAVAILABLE, "cannot create %s", path);
		if (fd >= 0)
			close(fd);
		return false;
	}
	write_pokes(file, request);
	bool failed = ferror(file);
	if (fclose(file) || failed)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot write %s", path);
	return true;
}
