/* entity_tag.h - the ETag of what a request's route shows, known without rendering it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_ENTITY_TAG_H
#define NOAHD_API_ENTITY_TAG_H

#include "common/http_route.h"
#include "common/http_server.h"
#include "noahd/http/conditions.h"
#include "noahd/registry/registry.h"

#include <stdbool.h>

struct api;

/* Whether what a call's route shows has entity tags, and so conditions and waiting. */
bool entity_tag_is_known(const struct http_call *call);

/* The entity tag of what a call's route shows in that version. False: it does not exist, or has no tags. */
bool entity_tag_find(const struct http_call *call, enum version version, char out[ETAG_BYTES]);

/* Adds ETag, where there is one, to an answer that shows the applied version: of what the route shows, or of one
   object. */
void entity_tag_add(const struct http_call *call, struct http_response *response);
void entity_tag_add_of(const struct api *api, const struct registry_entry *entry, struct http_response *response);

#endif
