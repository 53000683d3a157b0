/* SPDX-License-Identifier: Apache-2.0 */
/* A URL of an endpoint is whatever a client registers: what is in normal form means to libcurl what it means to us, and
   the spelling that a refusal gives is in normal form. To pokerd too, which knows itself by the URL. */
#include "common/endpoint_url.h"
#include "common/memory.h"
#include "common/utf8.h"
#include "pokerd/verify/addressee.h"

#include <arpa/inet.h>
#include <assert.h>
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* libcurl shortens IPv6 addresses, and keeps their brackets. */
static bool is_same_host(const char *curls, const char *ours)
{
	struct in6_addr a, b;
	char bare[ENDPOINT_URL_HOST_BYTES];

	if (*curls != '[')
		return !strcasecmp(curls, ours);
	snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(curls + 1, "]"), curls + 1);
	return inet_pton(AF_INET6, bare, &a) == 1 && inet_pton(AF_INET6, ours, &b) == 1 && !memcmp(&a, &b, sizeof(a));
}

static void check_libcurl(const char *text, const struct endpoint_url *ours)
{
	CURLU *url = curl_url();
	char *host, *port, *path;

	assert(!curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER));
	assert(!curl_url_get(url, CURLUPART_HOST, &host, 0));
	assert(!curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT));
	assert(!curl_url_get(url, CURLUPART_PATH, &path, 0));
	assert(is_same_host(host, ours->host));
	assert(strtoul(port, NULL, 10) == ours->port);
	assert(ours->path_size ? strlen(path) == ours->path_size && !memcmp(path, ours->path, ours->path_size)
	                       : !strcmp(path, "/"));
	curl_free(host);
	curl_free(port);
	curl_free(path);
	curl_url_cleanup(url);
}

static void check_pokerd(char *text)
{
	const struct setting_strings endpoints = { &text, 1 };

	assert(addressee_check(text, NULL));
	assert(addressee_is_ours(&(struct addressee_options){ .endpoints = &endpoints, .node = "" }, text));
}

/* Where the text has room for it whole; it is UTF-8, so other bytes are not what they were. */
static void check_spelling(const struct error *err)
{
	static const char mark[] = ": write http";
	const char *found = strstr(err->text, mark);
	struct endpoint_url url;

	assert(err->kind == ERROR_INVALID);
	if (found && strlen(err->text) < sizeof(err->text) - 1)
		assert(endpoint_url_parse(found + strlen(": write "), &url, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct error err;
	struct endpoint_url url;
	char *text = memory_copy(bytes, size);

	(void)endpoint_url_is_international(text);
	if (endpoint_url_parse(text, &url, &err)) {
		check_libcurl(text, &url);
		check_pokerd(text);
	} else if (utf8_is_valid(text, strlen(text)))
		check_spelling(&err);
	else
		assert(err.kind == ERROR_INVALID && !addressee_check(text, NULL));
	free(text);
	return 0;
}
