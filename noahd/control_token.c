/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"
#include "common/memory.h"
#include "noahd/control_private.h"

#include <stdlib.h>
#include <utlist.h>

/* {"command":"token","name":"chef","rules":[…],"node":"web1"}: its secret, and how many watches get nothing; node is
   optional. The first token has to come from somewhere. */
struct token_job {
	struct api_token_job api_job; /* first */
	struct control *control;
	struct control_client *client; /* NULL: it has hung up */
	json_t *request;
	struct token_job *previous, *next;
};

static void control_token_end(struct token_job *job)
{
	DL_DELETE2(job->control->token_jobs, job, previous, next);
	json_decref(job->request);
	free(job);
}

static void done(struct api_token_job *api_job, const struct error *refusal)
{
	struct token_job *job = (struct token_job *)api_job;

	if (!refusal)
		log_info("the token \"%s\" was issued by command", job->api_job.name);
	if (job->client && refusal)
		control_refuse(job->client, refusal);
	else if (job->client)
		control_answer(job->client, json_pack("{s:s, s:s, s:I}", "result", "success", "token", job->api_job.secret,
		                                "unauthorized", (json_int_t)job->api_job.unauthorized));
	control_token_end(job);
}

void control_token(struct control *control, struct control_client *client, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "name"));
	struct error err;

	if (!name) {
		error_set(&err, ERROR_INVALID, "a token needs a name");
		control_refuse(client, &err);
		return;
	}
	struct token_job *job = memory_zeroed(1, sizeof(*job));
	*job = (struct token_job){ .control = control, .client = client, .request = json_incref((json_t *)request) };
	job->api_job = (struct api_token_job){ .name = name,
		.node = json_string_value(json_object_get(request, "node")),
		.rules = json_object_get(request, "rules"),
		.done = done };
	DL_APPEND2(control->token_jobs, job, previous, next);
	api_issue_token(control->host.api, &job->api_job);
}

void token_jobs_gone(struct control *control, const struct control_client *client)
{
	struct token_job *job;

	DL_FOREACH2 (control->token_jobs, job, next)
		if (job->client == client)
			job->client = NULL;
}

void token_jobs_end(struct control *control)
{
	while (control->token_jobs)
		control_token_end(control->token_jobs);
}
