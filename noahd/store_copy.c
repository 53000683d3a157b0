/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store_copy.h"

#include "common/control_client.h"
#include "common/memory.h"
#include "noahd/command_store.h"
#include "noahd/copy_folder.h"

#include <stdlib.h>
#include <unistd.h>

static bool ask_for_copy(struct store_copy *copy, struct error *err)
{
	json_t *answer = NULL;
	bool is_made = control_ask(copy->control, "{\"command\":\"copy\"}", -1, &answer, err);

	json_decref(answer);
	return is_made;
}

static bool copy_here(const struct noahd_settings *settings, struct store_copy *copy, struct error *err)
{
	bool more = true;

	/* Without the key, which is no part of a copy. */
	if (!command_store_open(settings, STORE_MUST_EXIST, NULL, &copy->origin, err) ||
	    !copy->engine->start(copy->origin.state, err) || !copy_folder_make(copy->folder, err))
		return false;
	while (more)
		if (!copy->engine->copy(copy->origin.state, copy->folder, &more, err))
			return false;
	return true;
}

bool store_copy_make(const struct noahd_settings *settings, struct store_copy *out, struct error *err)
{
	*out = (struct store_copy){
		.engine = store_engine_find(noahd_store_engine_names[settings->store.engine]),
		.folder = copy_folder_path(settings->state_directory),
		.control = command_store_connect(settings, err),
	};
	bool is_made = out->control >= 0              ? ask_for_copy(out, err)
	               : err->kind == ERROR_NOT_FOUND ? copy_here(settings, out, err)
	                                              : false;
	out->is_there = is_made;
	if (!is_made)
		store_copy_finish(out);
	return is_made;
}

void store_copy_finish(struct store_copy *copy)
{
	/* By us, where a noahd would do it too: a large file takes its time, and clients wait for a noahd. */
	if (copy->is_there || copy->origin.state)
		copy_folder_remove(copy->folder);
	command_store_close(&copy->origin);
	if (copy->control >= 0)
		close(copy->control);
	free(copy->folder);
}
