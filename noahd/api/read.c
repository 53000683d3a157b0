/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/read.h"

#include "common/memory.h"
#include "noahd/api/answer.h"
#include "noahd/api/api_private.h"
#include "noahd/api/looks.h"

static void answer_if(struct http_call *call, const struct conditions *conditions)
{
	const struct route *route = call->row;
	char etag[ETAG_BYTES];
	struct error err;

	/* What is not there is not found, whatever the conditions (RFC 9110, 13.2.1). */
	if (!looks_etag(call, VERSION_APPLIED, etag) || conditions_hold(conditions, etag, &err))
		route->get(call);
	else if (conditions_match(conditions, etag))
		answer_not_modified(call, etag);
	else
		answer_error(call->request, api_of(call), &err);
}

void read_answer(struct http_call *call)
{
	const struct route *route = call->row;
	struct conditions conditions = { 0 };
	struct error err;

	if (looks_finder_of(call))
		conditions = (struct conditions){ http_request_header(call->request, "If-Match"),
			http_request_header(call->request, "If-None-Match") };
	if (!conditions_are_set(&conditions))
		route->get(call);
	else if (conditions_check(&conditions, &err))
		answer_if(call, &conditions);
	else
		answer_error(call->request, api_of(call), &err);
}
