/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_accept.h"
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/api/resources/resources.h"

/* redis_version stays a key that clients of Noah read; no Redis serves here. */
static json_t *versions(void)
{
	return json_pack("{s:s, s:s}", "redis_version", "", "noah_version", VERSION);
}

void get_version(struct http_call *call)
{
	answer_json(call, 200, versions());
}

static json_t *resources(void)
{
	static const char *const collections[] = { "hosts", "services", "applications", "configurations" };
	json_t *resources = json_object();

	for (size_t i = 0; i < sizeof(collections) / sizeof(*collections); i++)
		json_object_set_new(resources, collections[i], json_pack("{s:o}", "link", json_sprintf("/%s", collections[i])));
	return resources;
}

void get_start_page(struct http_call *call)
{
	const char *accept = http_request_header(call->request, "Accept");
	const struct http_accept page = http_accept_find(accept, "text/html");

	/* By name and not by a wildcard: browsers do, curl does not. */
	if (page.is_named && page.quality > 0 && page.quality >= http_accept_find(accept, "application/json").quality) {
		answer_start_page(call);
		return;
	}
	json_t *body = versions();
	json_object_set_new(body, "resources", resources());
	answer_json(call, 200, body);
}
