/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"
#include "noahd/control_private.h"
#include "noahd/copy_folder.h"

#include <stdlib.h>

/* {"command":"copy"}: a copy of the store in a folder of ours, there until the client hangs up. It takes from it what
   it is to have, with its own rights and at its own pace: a backup's file, or the lines of an export. work is the
   folder's path. */

static bool control_copy_step(struct store_job *job, const struct store_engine *engine, void *state, uint64_t *revision,
    bool *out_more, struct error *err)
{
	(void)revision;
	return engine->copy(state, control_of_store_job(job)->work, out_more, err);
}

static void control_copy_over(struct control *control)
{
	const struct store_job *job = &control->store_job;

	if (!job->done)
		log_error("the store was not copied: %s", job->err.text);
	if (!control->owner)
		return;
	if (job->done)
		control_answer(control->owner,
		    json_pack("{s:s, s:I}", "result", "success", "revision", (json_int_t)job->revision));
	else
		control_refuse(control->owner, &job->err);
}

static void control_copy_end(struct control *control)
{
	copy_folder_remove(control->work);
	free(control->work);
}

static const struct control_job copying = { "a backup or an export", control_copy_step, control_copy_over,
	control_copy_end };

void control_copy(struct control *control, struct control_client *client, const json_t *request)
{
	char *folder;
	struct error err;

	(void)request;
	if (!control_may_begin(control, client))
		return;
	folder = copy_folder_path(control->host.state_directory);
	if (copy_folder_make(folder, &err)) {
		control_begin(control, client, &copying, folder);
		return;
	}
	control_refuse(client, &err);
	free(folder);
}
