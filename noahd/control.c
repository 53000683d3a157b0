/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "common/memory.h"
#include "noahd/control_private.h"
#include "noahd/copy_folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* A new command is a row here and its handler. */
static const struct {
	const char *word;
	void (*run)(struct control *control, struct control_client *client, const json_t *request);
} orders[] = {
	{ "copy", control_copy },
	{ "import", control_import },
	{ "token", control_token },
};

static void run_order(struct control *control, struct control_client *client, const json_t *request)
{
	const char *word = json_string_value(json_object_get(request, "command"));
	struct error err;

	for (size_t i = 0; word && i < sizeof(orders) / sizeof(*orders); i++)
		if (!strcmp(word, orders[i].word)) {
			orders[i].run(control, client, request);
			return;
		}
	error_set(&err, ERROR_INVALID, "this noahd does not know that command");
	control_refuse(client, &err);
}

static void ask(struct control_client *client, const char *line, void *context)
{
	struct error err;
	json_t *request;

	if (!json_decode_object(line, strlen(line), &request, &err)) {
		control_refuse(client, &err);
		return;
	}
	run_order(context, client, request);
	json_decref(request);
}

/* ---- who has the store ------------------------------------------------------------------------------------------- */

static void end_task_when_left(struct control *control)
{
	if (!control->task || !control->is_errand_over || control->owner)
		return;
	control->task->end(control);
	control->task = NULL;
}

bool control_may_begin(struct control *control, struct control_client *client)
{
	const struct store_engine *engine = control->host.engine;
	struct error err;

	if (!control->task && engine->copy)
		return true;
	if (control->task)
		error_set(&err, ERROR_UNAVAILABLE, "%s is under way; try again when it is over", control->task->name);
	else
		error_set(&err, ERROR_INVALID, "store.engine %s keeps nothing that could be copied or filled", engine->name);
	control_refuse(client, &err);
	return false;
}

void control_begin(struct control *control, struct control_client *client, const struct task *task, void *take_work)
{
	control->task = task;
	control->owner = client;
	control->work = take_work;
	control->is_errand_over = false;
	control->errand = (struct store_errand){ .step = task->step };
	store_thread_errand(control->host.store, &control->errand);
}

struct control *control_of_errand(struct store_errand *errand)
{
	return (struct control *)((char *)errand - offsetof(struct control, errand));
}

static void on_errand_back(void *context, uint32_t events)
{
	struct control *control = context;

	(void)events;
	while (store_thread_errand_back(control->host.store)) {
		control->is_errand_over = true;
		control->task->over(control);
		end_task_when_left(control);
	}
}

static void gone(struct control_client *client, void *context)
{
	struct control *control = context;

	token_orders_gone(control, client);
	if (control->owner != client)
		return;
	control->owner = NULL;
	end_task_when_left(control);
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

char *control_path(const char *state_directory)
{
	return memory_format("%s/control", state_directory);
}

/* What a killed noahd has left. */
static void remove_copy(const struct control *control)
{
	char *folder = copy_folder_path(control->host.state_directory);

	copy_folder_remove(folder);
	free(folder);
}

static bool control_open_socket(struct control *control, struct error *err)
{
	char *path = control_path(control->host.state_directory);
	const struct control_options options = {
		.loop = control->host.loop,
		.path = path,
		.program = "noahd",
		.ask = ask,
		.gone = gone,
		.context = control,
	};

	control->socket = control_socket_open(&options, err);
	free(path);
	return control->socket;
}

struct control *control_open(const struct control_host *host, struct error *err)
{
	struct control *control = memory_zeroed(1, sizeof(*control));

	control->host = *host;
	remove_copy(control);
	control->errand_back = (struct event_source){ store_thread_errand_fd(host->store), on_errand_back, control };
	if (event_loop_add(host->loop, &control->errand_back, EPOLLIN, err)) {
		if (control_open_socket(control, err))
			return control;
		event_loop_remove(host->loop, &control->errand_back);
	}
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
	event_loop_remove(control->host.loop, &control->errand_back);
}

void control_destroy(struct control *control)
{
	if (!control)
		return;
	if (control->task)
		control->task->end(control);
	token_orders_end(control);
	free(control);
}
