/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

struct http_response *http_response_create(const void *body, size_t size, const char *content_type)
{
	return http_response_create_take(memory_copy(body, size), size, content_type);
}

struct http_response *http_response_create_take(void *body, size_t size, const char *content_type)
{
	struct http_response *response = memory_allocate(sizeof *response);

	*response = (struct http_response){
		.mhd = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE),
		.references = 1,
		.body = body,
		.size = size,
	};
	if (!response->mhd)
		abort();
	if (content_type)
		http_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	return response;
}

void http_response_header(struct http_response *response, const char *name, const char *value)
{
	const char *old = MHD_get_response_header(response->mhd, name);

	if (old && strcmp(old, value) == 0)
		return;
	if (old)
		(void)MHD_del_response_header(response->mhd, name, old);
	(void)MHD_add_response_header(response->mhd, name, value);
}

struct http_response *http_response_retain(struct http_response *response)
{
	response->references++;
	return response;
}

void http_response_release(struct http_response *response)
{
	if (!response || --response->references)
		return;
	MHD_destroy_response(response->mhd);
	free(response);
}
