/* SPDX-License-Identifier: Apache-2.0 */
#include "common/endpoint_url.h"

#include "common/host_name.h"
#include "common/memory.h"
#include "common/number.h"
#include "common/percent.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PORT_TEXT_BYTES = 8 };

/* What a scheme adds to the rules for all URLs. */
static const struct scheme {
	const char *name;
	uint16_t port;
	bool resolves_dots; /* its clients remove "." and ".." from the path before they send it */
} SCHEMES[] = { { "http", 80, true }, { "https", 443, true } };

/* A URL in parts, corrected while it is split. */
struct draft {
	const struct scheme *scheme;
	struct endpoint_url url;
	const char *text, *authority, *query; /* query: with its "?"; "": none */
	size_t authority_size;
	bool in_brackets, has_port;
	char host[ENDPOINT_URL_HOST_BYTES]; /* as meant */
	char *path;                         /* as meant */
	const char *deviation;              /* from the form; NULL: none */
};

static void note_deviation(struct draft *draft, const char *what)
{
	if (!draft->deviation)
		draft->deviation = what;
}

/* ---- the parts --------------------------------------------------------------------------------------------------- */

static bool check_bytes(const char *text, struct error *err)
{
	for (const char *at = text; *at; at++) {
		if ((unsigned char)*at <= ' ' || *at == 0x7f)
			return error_set(err, ERROR_INVALID,
			    "endpoint must not have spaces or control characters: write them as %%20 and the like");
		if (*at == '#')
			return error_set(err, ERROR_INVALID, "endpoint must not have a fragment (what follows \"#\")");
	}
	return true;
}

static bool check_escapes(const char *text, size_t size, struct error *err)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] != '%')
			continue;
		if (i + 2 >= size || percent_byte(text + i + 1) < 0)
			return error_set(err, ERROR_INVALID,
			    "endpoint has a \"%%\" without two hexadecimal digits after it: write it as %%25");
	}
	return true;
}

static bool endpoint_url_split(struct draft *draft, struct error *err)
{
	const char *end = strstr(draft->text, "://");

	for (size_t i = 0; end && i < sizeof(SCHEMES) / sizeof(*SCHEMES); i++) {
		size_t size = strlen(SCHEMES[i].name);
		if (size == (size_t)(end - draft->text) && !strncasecmp(draft->text, SCHEMES[i].name, size))
			draft->scheme = &SCHEMES[i];
	}
	if (!draft->scheme)
		return error_set(err, ERROR_INVALID, "endpoint must begin with https:// or http://");
	draft->url.port = draft->scheme->port;
	draft->authority = end + 3;
	draft->authority_size = strcspn(draft->authority, "/?");
	draft->url.path = draft->authority + draft->authority_size;
	draft->url.path_size = strcspn(draft->url.path, "?");
	draft->query = draft->url.path + draft->url.path_size;
	if (memchr(draft->authority, '@', draft->authority_size))
		return error_set(err, ERROR_INVALID, "endpoint must not have a user or a password");
	return true;
}

static bool read_port(struct draft *draft, const char *digits, size_t size, struct error *err)
{
	const char *end = digits + size;
	char text[PORT_TEXT_BYTES];
	int64_t port;

	if (!size) {
		note_deviation(draft, "endpoint has a \":\" without a port behind it");
		return true;
	}
	while (*digits == '0' && digits + 1 < end) {
		note_deviation(draft, "endpoint's port has leading zeros");
		digits++;
	}
	snprintf(text, sizeof(text), "%.*s", (int)(end - digits), digits);
	if (end - digits >= PORT_TEXT_BYTES || !number_parse_int64(text, 1, UINT16_MAX, &port))
		return error_set(err, ERROR_INVALID, "endpoint's port must be a number from 1 to %d", UINT16_MAX);
	draft->url.port = (uint16_t)port;
	draft->has_port = true;
	return true;
}

/* The host as written, and the port. */
static bool read_authority(struct draft *draft, struct error *err)
{
	const char *text = draft->authority, *end = text + draft->authority_size;
	draft->in_brackets = *text == '[';
	const char *bracket = draft->in_brackets ? memchr(text, ']', draft->authority_size) : NULL;
	const char *host = text + draft->in_brackets;
	const char *colon = memrchr(bracket ? bracket : text, ':', (size_t)(end - (bracket ? bracket : text)));
	const char *host_end = bracket ? bracket : colon ? colon : end;
	size_t size = (size_t)(host_end - host);

	if (draft->in_brackets && (!bracket || (bracket + 1 != end && bracket + 1 != colon)))
		return error_set(err, ERROR_INVALID, "endpoint's host has unbalanced brackets");
	if (!size)
		return error_set(err, ERROR_INVALID, "endpoint has no host");
	if (!draft->in_brackets && memchr(host, ':', size))
		return error_set(err, ERROR_INVALID, "endpoint's host has a colon: an IPv6 address must stand in brackets");
	if (size >= sizeof(draft->url.host))
		return error_set(err, ERROR_INVALID, "endpoint's host is longer than %d bytes", HOST_NAME_BYTES_MAX);
	memcpy(draft->url.host, host, size);
	return !colon || read_port(draft, colon + 1, (size_t)(end - colon) - 1, err);
}

/* ---- hosts ------------------------------------------------------------------------------------------------------- */

static bool check_ipv6(struct draft *draft, struct error *err)
{
	struct in6_addr address;

	if (strchr(draft->host, '%'))
		return error_set(err, ERROR_INVALID,
		    "endpoint's host has a zone, so it is link-local: nothing is delivered there");
	return inet_pton(AF_INET6, draft->host, &address) == 1 ||
	       error_set(err, ERROR_INVALID, "endpoint's host [%s] is not an IPv6 address", draft->host);
}

/* As inet_aton and libcurl read it: fewer than four numbers, octal, hexadecimal. */
static bool settle_ipv4(struct draft *draft, struct error *err)
{
	char *dot = draft->host + strlen(draft->host) - 1;
	char meant[INET_ADDRSTRLEN];
	struct in_addr address;

	if (*dot == '.')
		*dot = '\0';
	if (!inet_aton(draft->host, &address) || !inet_ntop(AF_INET, &address, meant, sizeof(meant)))
		return error_set(err, ERROR_INVALID, "endpoint's host %s is not an IPv4 address", draft->url.host);
	if (strcmp(draft->url.host, meant) != 0)
		note_deviation(draft, "endpoint's IPv4 address must be four decimal numbers");
	memcpy(draft->host, meant, sizeof(meant));
	return true;
}

static bool endpoint_url_check_name(const struct draft *draft, struct error *err)
{
	const size_t size = strlen(draft->host);

	if (!host_name_has_labels(draft->host))
		return error_set(err, ERROR_INVALID,
		    "endpoint's host %s is not a name: letters, digits, \"-\" and \"_\", at most %d between two dots",
		    draft->url.host, HOST_LABEL_BYTES_MAX);
	return size <= (size_t)HOST_NAME_BYTES_MAX + (draft->host[size - 1] == '.') ||
	       error_set(err, ERROR_INVALID, "endpoint's host is longer than %d bytes", HOST_NAME_BYTES_MAX);
}

/* Into draft->host. */
static bool decode_host(struct draft *draft, struct error *err)
{
	const char *from = draft->url.host;
	char *to = draft->host;

	if (!check_escapes(from, strlen(from), err))
		return false;
	for (; *from; to++) {
		bool escaped = *from == '%';
		*to = escaped ? (char)percent_byte(from + 1) : *from;
		from += escaped ? 3 : 1;
		if ((unsigned char)*to >= 0x80)
			return error_set(err, ERROR_INVALID,
			    "endpoint's host has letters beyond ASCII: write it as the DNS does, with xn--");
		if (!*to)
			return error_set(err, ERROR_INVALID, "endpoint's host has a control character");
		if (escaped)
			note_deviation(draft, "endpoint's host has %-escapes");
	}
	*to = '\0';
	return true;
}

static bool settle_host(struct draft *draft, struct error *err)
{
	if (draft->in_brackets) {
		memcpy(draft->host, draft->url.host, sizeof(draft->host));
		return check_ipv6(draft, err);
	}
	if (!decode_host(draft, err))
		return false;
	return host_name_is_numeric(draft->host) ? settle_ipv4(draft, err) : endpoint_url_check_name(draft, err);
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

/* The number of dots that the segment consists of, plain or escaped; 0: it has other characters. */
static size_t dots_of(const char *segment, size_t size)
{
	size_t dots = 0;

	for (size_t i = 0; i < size; dots++) {
		bool escaped = size - i >= 3 && !strncasecmp(segment + i, "%2e", 3);
		if (!escaped && segment[i] != '.')
			return 0;
		i += escaped ? 3 : 1;
	}
	return dots <= 2 ? dots : 0;
}

/* RFC 3986, 5.2.4, on a path that is empty or begins with "/". */
static void settle_path(struct draft *draft)
{
	const char *from = draft->url.path, *end = from + draft->url.path_size;
	char *to = draft->path = memory_zeroed(1, draft->url.path_size + 2);

	while (from < end) {
		const char *segment = from + 1, *slash = memchr(segment, '/', (size_t)(end - segment));
		size_t size = (size_t)((slash ? slash : end) - segment);
		size_t dots = draft->scheme->resolves_dots ? dots_of(segment, size) : 0;
		if (dots)
			note_deviation(draft, "endpoint's path has \".\" or \"..\" as a segment");
		if (dots == 2)
			while (to > draft->path && *--to != '/')
				;
		if (!dots) {
			memcpy(to, from, size + 1);
			to += size + 1;
		} else if (!slash) {
			*to++ = '/';
		}
		from = segment + size;
	}
	*to = '\0';
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static bool endpoint_url_refuse(const struct draft *draft, struct error *err)
{
	char port[PORT_TEXT_BYTES] = "";

	if (draft->has_port)
		snprintf(port, sizeof(port), ":%u", draft->url.port);
	return error_set(err, ERROR_INVALID, "%s: write %.*s%s%s%s%s%s%s", draft->deviation,
	    (int)(draft->authority - draft->text), draft->text, draft->in_brackets ? "[" : "", draft->host,
	    draft->in_brackets ? "]" : "", port, draft->path, *draft->query ? "?..." : "");
}

bool endpoint_url_parse(const char *text, struct endpoint_url *out, struct error *err)
{
	struct draft draft = { .text = text };
	bool is_valid = check_bytes(text, err) && endpoint_url_split(&draft, err) && read_authority(&draft, err) &&
	                settle_host(&draft, err) && check_escapes(draft.url.path, strlen(draft.url.path), err);

	if (is_valid)
		settle_path(&draft);
	if (is_valid && draft.deviation)
		is_valid = endpoint_url_refuse(&draft, err);
	if (is_valid)
		*out = draft.url;
	free(draft.path);
	return is_valid;
}

bool endpoint_url_is_international(const char *text)
{
	const char *mark = strstr(text, "://");
	const char *host = mark ? mark + 3 : text;
	size_t size = strcspn(host, "/?#");

	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)host[i] >= 0x80)
			return true;
		if (host[i] == '%' && percent_byte(host + i + 1) >= 0x80)
			return true;
	}
	return false;
}
