/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "common/memory.h"
#include "noahd/control_private.h"
#include "noahd/copy_folder.h"

#include <stdlib.h>
#include <string.h>

/* A new command is a row here and its handler. */
static const struct {
	const char *word;
	void (*run)(struct control *control, struct control_client *client, const json_t *request);
} commands[] = {
	{ "copy", control_copy },
	{ "import", control_import },
	{ "token", control_token },
};

static void ask(struct control_client *client, const char *line, void *context)
{
	struct error err;
	json_t *request;

	if (!json_decode_object(line, strlen(line), &request, &err)) {
		control_refuse(client, &err);
		return;
	}
	const char *word = json_string_value(json_object_get(request, "command"));
	size_t i = 0;
	while (word && i < sizeof(commands) / sizeof(*commands) && strcmp(word, commands[i].word) != 0)
		i++;
	if (word && i < sizeof(commands) / sizeof(*commands)) {
		commands[i].run(context, client, request);
	} else {
		error_set(&err, ERROR_INVALID, "unknown command");
		control_refuse(client, &err);
	}
	json_decref(request);
}

/* ---- who has the store ------------------------------------------------------------------------------------------- */

static void end_job_when_left(struct control *control)
{
	if (!control->job || !control->is_store_job_over || control->owner)
		return;
	control->job->end(control);
	control->job = NULL;
}

bool control_may_begin(struct control *control, struct control_client *client)
{
	const struct store_engine *engine = control->host.engine;
	struct error err;

	if (!control->job && engine->copy)
		return true;
	if (control->job)
		error_set(&err, ERROR_UNAVAILABLE, "%s is in progress; try again later", control->job->name);
	else
		error_set(&err, ERROR_INVALID, "store.engine %s has nothing that could be copied or loaded", engine->name);
	control_refuse(client, &err);
	return false;
}

static void store_job_is_back(struct job *job)
{
	struct control *control = control_of_store_job(JOB_OF(job, struct store_job, job));

	control->is_store_job_over = true;
	control->job->over(control);
	end_job_when_left(control);
}

void control_begin(struct control *control, struct control_client *client, const struct control_job *job,
    void *take_work)
{
	control->job = job;
	control->owner = client;
	control->work = take_work;
	control->is_store_job_over = false;
	control->store_job = (struct store_job){ .job = { .answers = control->host.inbox, .answered = store_job_is_back },
		.step = job->step };
	store_thread_run(control->host.store, &control->store_job);
}

struct control *control_of_store_job(struct store_job *job)
{
	return JOB_OF(job, struct control, store_job);
}

static void gone(struct control_client *client, void *context)
{
	struct control *control = context;

	token_jobs_gone(control, client);
	if (control->owner != client)
		return;
	control->owner = NULL;
	end_job_when_left(control);
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

char *control_path(const char *state_directory)
{
	return memory_format("%s/control", state_directory);
}

struct control *control_open(const struct control_host *host, struct error *err)
{
	struct control *control = memory_zeroed(1, sizeof(*control));
	char *folder = copy_folder_path(host->state_directory), *path = control_path(host->state_directory);
	const struct control_options options = {
		.loop = host->loop,
		.path = path,
		.program = "noahd",
		.ask = ask,
		.gone = gone,
		.context = control,
	};

	control->host = *host;
	copy_folder_remove(folder); /* what a killed noahd has left */
	control->socket = control_socket_open(&options, err);
	free(folder);
	free(path);
	if (control->socket)
		return control;
	free(control);
	return NULL;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	atomic_store(&control->is_closing, true);
	control_socket_close(control->socket);
	control->socket = NULL;
}

void control_destroy(struct control *control)
{
	if (!control)
		return;
	if (control->job)
		control->job->end(control);
	token_jobs_end(control);
	free(control);
}
