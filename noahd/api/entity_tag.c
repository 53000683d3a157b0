/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/entity_tag.h"

#include "noahd/api/context.h"
#include "noahd/api/rights.h"
#include "noahd/api/routes.h"
#include "noahd/registry/kind.h"

static validator_finder *finder_of(const struct http_call *call)
{
	const struct route *route = call->row;
	return route ? route->validator : NULL;
}

bool entity_tag_is_known(const struct http_call *call)
{
	return finder_of(call) != NULL;
}

bool entity_tag_find(const struct http_call *call, enum version version, char out[ETAG_BYTES])
{
	validator_finder *find = finder_of(call);
	struct validator validator = { .representation = "" };

	if (!find || !find(call, version, &validator))
		return false;
	etag_write(api_of(call)->history.epoch, validator.number, validator.representation, out);
	return true;
}

void entity_tag_add_of(const struct api *api, const struct registry_entry *entry, struct http_response *response)
{
	char etag[ETAG_BYTES];

	etag_write(api->history.epoch, kind_fingerprint(api->registry, entry, VERSION_APPLIED, NULL, NULL), "", etag);
	http_response_header(response, "ETag", etag);
}

void entity_tag_add(const struct http_call *call, struct http_response *response)
{
	char etag[ETAG_BYTES];

	if (rights_check_read(call, NULL) && entity_tag_find(call, VERSION_APPLIED, etag))
		http_response_header(response, "ETag", etag);
}
