/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/agent.h"

#include "common/endpoint_url.h"
#include "common/memory.h"
#include "common/number.h"
#include "noahd/watch/agents/http.h"

#include <curl/curl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct agent *const AGENTS[] = { &http_agent };

enum { AGENT_COUNT = sizeof(AGENTS) / sizeof(*AGENTS), ENDPOINT_BYTES_MAX = 2048 };

struct agents {
	void *states[AGENT_COUNT];
};

/* ---- which agent ------------------------------------------------------------------------------------------------- */

static bool serves(const struct agent *agent, const char *scheme, size_t size)
{
	for (const char *const *known = agent->schemes; *known; known++) {
		if (!strncasecmp(*known, scheme, size) && !(*known)[size])
			return true;
	}
	return false;
}

/* AGENT_COUNT: none serves it. */
static size_t find_agent(const char *endpoint)
{
	const char *end = strstr(endpoint, "://");
	size_t i = 0;

	if (!end)
		return AGENT_COUNT;
	while (i < AGENT_COUNT && !serves(AGENTS[i], endpoint, (size_t)(end - endpoint)))
		i++;
	return i;
}

/* "http, https" */
static const char *known_schemes(char *out, size_t size)
{
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < AGENT_COUNT; i++) {
		for (const char *const *scheme = AGENTS[i]->schemes; *scheme && used + strlen(*scheme) + 3 < size; scheme++)
			used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", *scheme);
	}
	return out;
}

/* ---- what a watch may have --------------------------------------------------------------------------------------- */

static bool check_scheme(const char *endpoint, struct error *err)
{
	char known[128];

	if (find_agent(endpoint) < AGENT_COUNT)
		return true;
	return error_set(err, ERROR_INVALID, "endpoint must be a URL that begins with one of these, then \"://\": %s",
	    known_schemes(known, sizeof(known)));
}

/* A password would be visible to everyone who may list the watches; a fragment is never sent. */
static bool parse_url(CURLU *url, const char *endpoint, struct error *err)
{
	char *fragment = NULL;
	CURLUcode code = curl_url_set(url, CURLUPART_URL, endpoint, CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME);

	if (code)
		return error_set(err, ERROR_INVALID, "endpoint is not a URL that can be used: %s", curl_url_strerror(code));
	if (curl_url_get(url, CURLUPART_FRAGMENT, &fragment, 0))
		return true;
	curl_free(fragment);
	return error_set(err, ERROR_INVALID, "endpoint must not have a fragment (what follows \"#\")");
}

/* Copies the host from curl's memory, without IPv6's brackets; NULL: the URL has no host. */
static char *host_of(CURLU *url)
{
	char *host = NULL;
	char *copy = NULL;

	if (curl_url_get(url, CURLUPART_HOST, &host, 0))
		return NULL;
	copy = *host == '[' ? memory_copy(host + 1, strlen(host) - 2) : memory_text(host);
	curl_free(host);
	return copy;
}

/* 0: there is no usable port. */
static uint16_t port_of(CURLU *url)
{
	char *text = NULL;
	uint64_t port = 0;

	if (curl_url_get(url, CURLUPART_PORT, &text, CURLU_DEFAULT_PORT))
		return 0;
	(void)number_parse_uint64(text, UINT16_MAX, &port);
	curl_free(text);
	return (uint16_t)port;
}

static bool has_zone(CURLU *url)
{
	char *zone = NULL;
	bool has = !curl_url_get(url, CURLUPART_ZONEID, &zone, 0);

	curl_free(zone);
	return has;
}

static bool check_destination(CURLU *url, const struct address_policy *policy, struct error *err)
{
	struct address address;
	struct destination to = { .port = port_of(url) };

	if (!to.port)
		return error_set(err, ERROR_INVALID, "endpoint has no usable port");
	if (has_zone(url))
		return error_set(err, ERROR_INVALID,
		    "endpoint's host has a zone, so it is link-local: nothing is delivered there");
	char *host = host_of(url);
	if (!host)
		return error_set(err, ERROR_INVALID, "endpoint has no host");
	to.host = host;
	to.address = address_parse(host, &address) ? &address : NULL;
	bool permitted = address_policy_permits(policy, &to, err);
	free(host);
	return permitted;
}

static CURLU *url_create(void)
{
	CURLU *url = curl_url();
	if (!url)
		abort();
	return url;
}

/* Its host as in the DNS; curl_free() it. NULL: it has no such form. libcurl reads letters in the locale's encoding. */
static char *host_in_dns(const char *endpoint)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = uselocale(utf8);
	CURLU *url = url_create();
	char *host = NULL;

	if (!curl_url_set(url, CURLUPART_URL, endpoint, CURLU_NON_SUPPORT_SCHEME))
		(void)curl_url_get(url, CURLUPART_HOST, &host, CURLU_PUNYCODE);
	curl_url_cleanup(url);
	uselocale(before);
	if (utf8)
		freelocale(utf8);
	return host;
}

bool endpoint_check_form(const char *endpoint, struct error *err)
{
	struct endpoint_url url;

	if (endpoint_url_parse(endpoint, &url, err))
		return true;
	char *host = endpoint_url_is_international(endpoint) ? host_in_dns(endpoint) : NULL;
	if (host)
		error_set(err, ERROR_INVALID, "endpoint's host has letters beyond ASCII: write it as the DNS does, %s", host);
	curl_free(host);
	return false;
}

bool endpoint_check(const char *endpoint, const struct address_policy *policy, struct error *err)
{
	bool permitted;

	if (strlen(endpoint) > ENDPOINT_BYTES_MAX)
		return error_set(err, ERROR_INVALID, "endpoint is longer than %d bytes", ENDPOINT_BYTES_MAX);
	if (!check_scheme(endpoint, err))
		return false;
	CURLU *url = url_create();
	permitted =
	    parse_url(url, endpoint, err) && check_destination(url, policy, err) && endpoint_check_form(endpoint, err);
	curl_url_cleanup(url);
	return permitted;
}

char *endpoint_host(const char *endpoint)
{
	CURLU *url = url_create();
	char *host = curl_url_set(url, CURLUPART_URL, endpoint, CURLU_NON_SUPPORT_SCHEME) ? NULL : host_of(url);

	curl_url_cleanup(url);
	return host;
}

char *endpoint_host_and_port(const char *endpoint)
{
	CURLU *url = url_create();
	bool is_url = !curl_url_set(url, CURLUPART_URL, endpoint, CURLU_NON_SUPPORT_SCHEME);
	char *host = is_url ? host_of(url) : NULL;
	char *both = host ? memory_format("%s:%u", host, port_of(url)) : NULL;

	free(host);
	curl_url_cleanup(url);
	return both;
}

/* ---- the running ones -------------------------------------------------------------------------------------------- */

struct agents *agents_start(const struct agent_options *options, struct error *err)
{
	struct agents *agents = memory_zeroed(1, sizeof(*agents));

	for (size_t i = 0; i < AGENT_COUNT; i++) {
		agents->states[i] = AGENTS[i]->start(options, err);
		if (!agents->states[i]) {
			agents_stop(agents);
			return NULL;
		}
	}
	return agents;
}

void agents_stop(struct agents *agents)
{
	if (!agents)
		return;
	for (size_t i = 0; i < AGENT_COUNT; i++)
		AGENTS[i]->stop(agents->states[i]);
	free(agents);
}

bool agents_send(struct agents *agents, struct agent_send *send, struct error *err)
{
	size_t i = find_agent(send->endpoint);

	if (i == AGENT_COUNT)
		return check_scheme(send->endpoint, err);
	return AGENTS[i]->send(agents->states[i], send, err);
}

void agents_cancel(struct agents *agents, struct agent_send *send)
{
	size_t i = find_agent(send->endpoint);
	AGENTS[i]->cancel(agents->states[i], send);
}
