/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/api/resources/resources.h"

void get_lifetimes(struct http_call *call)
{
	const struct lifetimes *lifetimes = api_of(call)->lifetimes;

	answer_json(call, 200,
	    json_pack("{s:I, s:I}", "running", (json_int_t)lifetimes_running(lifetimes), "held",
	        (json_int_t)lifetimes_held(lifetimes)));
}

static bool plan_release(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	size_t held = lifetimes_release(api_of(&write->call)->lifetimes);

	(void)plan, (void)err;
	*out_answer = json_pack("{s:s, s:I}", "result", "success", "released", (json_int_t)held);
	return true;
}

const struct operation release_lifetimes = { .is_alone = true, .plan = plan_release };
