/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"
#include "common/memory.h"
#include "common/plural.h"
#include "noahd/control_private.h"
#include "noahd/dump.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* {"command":"import"} and a file: into a store that has never had a change. Writes wait meanwhile, so that it is still
   so. */
struct import {
	FILE *in;
	struct record *records; /* what the registry is to have when the store has it */
	size_t count, room;
	struct dump_sum sum;
};

static void keep_record(void *context, const struct record *record)
{
	struct import *import = context;

	if (import->count == import->room) {
		import->room = import->room ? 2 * import->room : 1024;
		import->records = memory_grow(import->records, import->room, sizeof(*import->records));
	}
	record_copy(&import->records[import->count++], record);
}

static bool control_import_step(struct store_job *job, const struct store_engine *engine, void *state,
    uint64_t *revision, bool *out_more, struct error *err)
{
	struct control *control = control_of_store_job(job);
	struct import *import = control->work;
	const struct store_reader keep = { keep_record, NULL, import };
	const struct dump_input input = { import->in, &keep, &control->is_closing };

	*out_more = false;
	if (!dump_read(engine, state, &input, &import->sum, err))
		return false;
	*revision = import->sum.revision;
	return true;
}

/* In one step, so that no client sees half of it. */
static void control_import_show(struct control *control)
{
	const struct import *import = control->work;
	struct registry *registry = api_registry(control->host.api);

	for (size_t i = 0; i < import->count; i++)
		registry_restore(registry, &import->records[i]);
	registry_set_revision(registry, import->sum.revision);
	api_note_import(control->host.api);
	control->host.filled(import->sum.revision, control->host.context);
	log_info("imported %zu %s, up to revision %" PRIu64, import->sum.objects,
	    plural(import->sum.objects, "object", "objects"), import->sum.revision);
}

static void control_import_over(struct control *control)
{
	const struct import *import = control->work;

	if (control->store_job.done)
		control_import_show(control);
	else
		log_error("nothing was imported: %s", control->store_job.err.text);
	api_resume(control->host.api);
	if (!control->owner)
		return;
	if (control->store_job.done)
		control_answer(control->owner,
		    json_pack("{s:s, s:I, s:I}", "result", "success", "objects", (json_int_t)import->sum.objects, "revision",
		        (json_int_t)import->sum.revision));
	else
		control_refuse(control->owner, &control->store_job.err);
}

static void control_import_end(struct control *control)
{
	struct import *import = control->work;

	for (size_t i = 0; i < import->count; i++)
		record_finish(&import->records[i]);
	free(import->records);
	fclose(import->in);
	free(import);
}

static const struct control_job importing = { "an import", control_import_step, control_import_over,
	control_import_end };

/* The descriptor that came along. NULL: there is none, or it may not be used; the client has got the error. */
static FILE *take_file(struct control *control, struct control_client *client)
{
	int fd = control_take_descriptor(client);
	FILE *in = NULL;
	struct stat status;
	struct error err;

	/* Not a pipe, whose writer could keep the store waiting for ever. */
	if (fd < 0 || fstat(fd, &status) || !S_ISREG(status.st_mode))
		error_set(&err, ERROR_INVALID, "the request has no file");
	else if (!api_is_idle(control->host.api) || registry_revision(api_registry(control->host.api)) > 0)
		error_set(&err, ERROR_CONFLICT, "this noahd is not empty: an import needs one that has never been written to");
	else if (!(in = fdopen(fd, "r")))
		error_set_errno(&err, ERROR_UNAVAILABLE, "cannot read the file of the request");
	if (in)
		return in;
	if (fd >= 0)
		close(fd);
	control_refuse(client, &err);
	return NULL;
}

void control_import(struct control *control, struct control_client *client, const json_t *request)
{
	struct import *import;
	FILE *in;

	(void)request;
	if (!control_may_begin(control, client) || !(in = take_file(control, client)))
		return;
	import = memory_zeroed(1, sizeof(*import));
	import->in = in;
	log_info("writes wait for an import");
	api_pause(control->host.api);
	control_begin(control, client, &importing, import);
}
