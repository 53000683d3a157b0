/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_origin.h"

#include "common/host_name.h"
#include "common/number.h"

#include <string.h>
#include <strings.h>

static const struct scheme {
	const char *prefix, *port;
} schemes[] = { { "http://", ":80" }, { "https://", ":443" } };

static const struct scheme *scheme_of(const char *origin)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (strncasecmp(origin, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
			return &schemes[i];
	return NULL;
}

const char *http_origin_authority(const char *origin)
{
	const char *separator = strstr(origin, "://");
	return separator ? separator + strlen("://") : NULL;
}

size_t http_authority_host_size(const char *authority)
{
	return *authority == '[' ? strcspn(authority, "]") + (strchr(authority, ']') != NULL) : strcspn(authority, ":");
}

static bool has_valid_host(const char *authority)
{
	char host[HOST_NAME_BYTES_MAX + 1];
	const size_t size = http_authority_host_size(authority);

	if (size >= sizeof(host))
		return false;
	memcpy(host, authority, size);
	host[size] = '\0';
	return host_is_valid(host);
}

static bool is_port(const char *text)
{
	uint64_t port;
	return *text == '\0' || (*text == ':' && number_parse_uint64(text + 1, 65535, &port) && port > 0);
}

bool http_origin_is_valid(const char *text)
{
	const char *authority = scheme_of(text) ? http_origin_authority(text) : NULL;

	return authority && has_valid_host(authority) && is_port(authority + http_authority_host_size(authority));
}

/* Without the scheme's own port. */
static size_t significant_size(const char *origin, const struct scheme *scheme)
{
	const size_t size = strlen(origin), port_size = strlen(scheme->port);
	const bool has_own_port = size > port_size && strcmp(origin + size - port_size, scheme->port) == 0;

	return has_own_port ? size - port_size : size;
}

bool http_origin_is_same(const char *a, const char *b)
{
	const struct scheme *scheme = scheme_of(a);
	const size_t size = scheme ? significant_size(a, scheme) : 0;

	return scheme && scheme_of(b) == scheme && significant_size(b, scheme) == size && strncasecmp(a, b, size) == 0;
}
