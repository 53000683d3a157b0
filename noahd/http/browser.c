/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/browser.h"

#include "common/http_origin.h"
#include "common/http_server.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the page it is sent by -------------------------------------------------------------------------------------- */

/* Behind a proxy that ends TLS, the page's scheme is not the one that reaches us. */
static bool is_own_origin(const struct http_call *call, const struct site *site, const char *origin)
{
	const char *host = http_request_authority(call->request), *separator = strstr(origin, "://");
	const char *scheme = http_request_scheme(call->request);

	if (*site->public_url && http_origin_is_same(site->public_url, origin))
		return true;
	if (!host || !separator || strcasecmp(separator + 3, host))
		return false;
	return site->plain_tokens ||
	       (strlen(scheme) == (size_t)(separator - origin) && !strncasecmp(origin, scheme, strlen(scheme)));
}

static bool check_page(const struct http_call *call, const struct site *site, struct error *err)
{
	const char *origin = http_request_header(call->request, "Origin");
	const char *fetch_site = http_request_header(call->request, "Sec-Fetch-Site");

	if (origin && !is_own_origin(call, site, origin))
		return error_set(err, ERROR_DENIED, "A page of another site (Origin %.128s) must not write here", origin);
	if (fetch_site && strstr(fetch_site, "cross-site"))
		return error_set(err, ERROR_DENIED, "A page of another site must not write here");
	return true;
}

/* ---- the name it is sent to -------------------------------------------------------------------------------------- */

static bool browser_is_name(const char *host, size_t size, const char *name)
{
	return strlen(name) == size && !strncasecmp(host, name, size);
}

static bool is_loopback_address(const char *host, size_t size)
{
	char *address = memory_format("%.*s:0", (int)size, host);
	bool is_loopback = false, is_address = http_listen_check(address, &is_loopback);

	free(address);
	return is_address && is_loopback;
}

static bool is_ours(const struct site *site, const char *host)
{
	const char *public = http_origin_authority(site->public_url);
	size_t size = http_authority_host_size(host);

	if (browser_is_name(host, size, "127.0.0.1") || browser_is_name(host, size, "localhost"))
		return true;
	if (public && http_authority_host_size(public) == size && !strncasecmp(host, public, size))
		return true;
	for (size_t i = 0; i < site->name_count; i++)
		if (browser_is_name(host, size, site->names[i]))
			return true;
	return is_loopback_address(host, size);
}

bool browser_check(const struct http_call *call, const struct site *site, unsigned *out_status, struct error *err)
{
	const char *host = site->is_local ? http_request_authority(call->request) : NULL;
	const char *method = http_request_method(call->request);
	bool is_safe = !strcmp(method, "GET") || !strcmp(method, "HEAD");

	if (host && !is_ours(site, host)) {
		*out_status = 421;
		return error_set(err, ERROR_DENIED,
		    "\"%.128s\" is not a name of this noahd: set names or public_url to allow it", host);
	}
	if (!is_safe && !check_page(call, site, err)) {
		*out_status = 403;
		return false;
	}
	return true;
}
