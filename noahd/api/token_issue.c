/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/token.h"

#include "common/clock.h"
#include "noahd/api/api.h"
#include "noahd/api/context.h"
#include "noahd/registry/watch.h"

#include <string.h>

static bool plan_issue(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	struct api_token_job *job = write->context;
	const struct token_terms terms = { .rules = job->rules, .node = job->node };
	struct token_result result;

	if (!token_issue(plan, job->name, &terms, &result, err))
		return false;
	memcpy(job->secret, result.secret, sizeof(job->secret));
	*out_answer = json_object();
	return true;
}

static void issued(void *context, const struct error *refusal)
{
	struct api_token_job *job = context;
	const struct api *api = job->api;

	if (!refusal)
		job->unauthorized = watch_count_unauthorized(api->registry, VERSION_APPLIED, api->tokens, clock_wall_ms());
	job->done(job, refusal);
}

void api_issue_token(struct api *api, struct api_token_job *job)
{
	static const struct operation operation = { .plan = plan_issue };

	job->api = api;
	write_queue_add(api->writes, write_create_own(&operation, issued, job));
}
