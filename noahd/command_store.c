/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/command_store.h"

#include "common/control_client.h"
#include "noahd/control.h"
#include "noahd/server_key.h"

#include <stdlib.h>

int command_store_connect(const struct noahd_settings *settings, struct error *err)
{
	char *path = control_path(settings->state_directory);
	int fd = control_connect(path, "noahd", err);

	free(path);
	return fd;
}

static void ignore_record(void *context, const struct record *record)
{
	(void)context;
	(void)record;
}

static void command_store_ignore_progress(void *context, const struct watch_progress *row)
{
	(void)context;
	(void)row;
}

bool command_store_open(const struct noahd_settings *settings, unsigned wishes, const struct store_reader *reader,
    struct command_store *out, struct error *err)
{
	static const struct store_reader ignored = { ignore_record, command_store_ignore_progress, NULL };
	const struct store_options options = {
		.state_directory = settings->state_directory,
		.must_exist = wishes & STORE_MUST_EXIST,
		.accepts_loss = wishes & STORE_ACCEPTS_LOSS,
		.events_kept = (uint64_t)settings->events_kept,
		.events_kept_max = (uint64_t)settings->events_kept_max,
		.events_bytes_max = (uint64_t)settings->events_bytes_max,
	};
	struct command_store store = { .engine = store_engine_find(noahd_store_engine_names[settings->store.engine]) };

	if (!store.engine->copy)
		return error_set(err, ERROR_INVALID, "store.engine %s has nothing that could be copied or loaded",
		    store.engine->name);
	if (!store.engine->open(&options, &store.state, err))
		return false;
	if (store.engine->load(store.state, reader ? reader : &ignored, &store.head, err)) {
		*out = store;
		return true;
	}
	command_store_close(&store);
	return false;
}

bool command_store_start(const struct noahd_settings *settings, struct command_store *store, struct error *err)
{
	struct signing_key *key;
	bool has_key = store->head.revision ? server_key_read(settings->state_directory, &key, err)
	                                    : server_key_read_or_make(settings->state_directory, &key, err);

	if (!has_key)
		return false;
	signing_key_destroy(key);
	return store->engine->start(store->state, err);
}

void command_store_close(struct command_store *store)
{
	if (store->state)
		store->engine->close(store->state);
	store->state = NULL;
}
