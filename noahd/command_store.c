/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/command_store.h"

#include "common/control_client.h"
#include "noahd/control.h"

#include <stdlib.h>

int command_store_connect(const struct noahd_settings *settings, struct error *err)
{
	char *path = control_path(settings->state_directory);
	int fd = control_connect(path, "noahd", err);

	free(path);
	return fd;
}

bool command_store_open(const struct noahd_settings *settings, bool must_exist, const struct store_engine **out_engine,
    void **out_state, struct error *err)
{
	const struct store_options options = {
		.state_directory = settings->state_directory,
		.must_exist = must_exist,
		.events_kept = (uint64_t)settings->events_kept,
		.events_kept_max = (uint64_t)settings->events_kept_max,
	};
	const struct store_engine *engine = store_engine_find(noahd_store_engine_names[settings->store.engine]);

	if (!engine->copy)
		return error_set(err, ERROR_INVALID, "store.engine %s keeps nothing that could be copied or filled",
		    engine->name);
	*out_engine = engine;
	return engine->open(&options, out_state, err);
}
