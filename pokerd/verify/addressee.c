/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/addressee.h"

#include "common/endpoint_url.h"
#include "common/http_target.h"
#include "common/memory.h"
#include "common/number.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* The part of a URL that identifies the machine and its socket. */
struct origin {
	char host[ENDPOINT_URL_HOST_BYTES];
	bool is_address;
	struct in6_addr address; /* IPv4 as ::ffff:a.b.c.d */
	int64_t port;
};

/* ---- texts ---- */

static struct in6_addr map_ipv4(struct in_addr ipv4)
{
	struct in6_addr address = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(&address.s6_addr[12], &ipv4, sizeof(ipv4));
	return address;
}

static bool parse_address(const char *text, struct in6_addr *out)
{
	struct in_addr ipv4;

	if (inet_pton(AF_INET6, text, out) == 1)
		return true;
	if (inet_pton(AF_INET, text, &ipv4) != 1)
		return false;
	*out = map_ipv4(ipv4);
	return true;
}

static void take_host(struct origin *out, const char *host, size_t size)
{
	memcpy(out->host, host, size);
	out->host[size] = '\0';
	if (size > 1 && out->host[size - 1] == '.') /* the root of DNS */
		out->host[size - 1] = '\0';
	out->is_address = parse_address(out->host, &out->address);
}

/* Parses "host", "host:port" or "[address]:port"; the text ends after size bytes. */
static bool parse_authority(const char *text, size_t size, int64_t default_port, struct origin *out)
{
	bool has_brackets = size && *text == '[';
	const char *host_end = memchr(text, has_brackets ? ']' : ':', size);
	const char *rest = host_end ? host_end + has_brackets : text + size;
	size_t host_size = (size_t)((host_end ? host_end : text + size) - text) - has_brackets;
	size_t rest_size = (size_t)(text + size - rest);
	char port[8] = "";

	if ((has_brackets && !host_end) || !host_size || host_size >= sizeof(out->host) || rest_size > sizeof(port))
		return false;
	take_host(out, text + has_brackets, host_size);
	out->port = default_port;
	if (!rest_size)
		return true;
	memcpy(port, rest + 1, rest_size - 1);
	return *rest == ':' && number_parse_int64(port, 1, 65535, &out->port);
}

/* Compares with the form that noahd registers: it never sends another spelling. */
static bool parse_url(const char *text, struct origin *out, struct error *err)
{
	struct endpoint_url url;

	if (!endpoint_url_parse(text, &url, err))
		return false;
	take_host(out, url.host, strlen(url.host));
	out->port = url.port;
	return true;
}

bool addressee_check(const char *url, struct error *err)
{
	struct origin origin;

	return parse_url(url, &origin, err);
}

static bool is_same_host(const struct origin *a, const struct origin *b)
{
	if (a->is_address != b->is_address)
		return false;
	return a->is_address ? IN6_ARE_ADDR_EQUAL(&a->address, &b->address) : !strcasecmp(a->host, b->host);
}

/* ---- this host ---- */

static bool is_wildcard(const struct in6_addr *address)
{
	const struct in6_addr any_ipv4 = map_ipv4((struct in_addr){ INADDR_ANY });

	return IN6_IS_ADDR_UNSPECIFIED(address) || IN6_ARE_ADDR_EQUAL(address, &any_ipv4);
}

static bool interface_has(const struct sockaddr *interface, const struct in6_addr *address)
{
	struct in6_addr own;

	if (interface && interface->sa_family == AF_INET)
		own = map_ipv4(((const struct sockaddr_in *)(const void *)interface)->sin_addr);
	else if (interface && interface->sa_family == AF_INET6)
		own = ((const struct sockaddr_in6 *)(const void *)interface)->sin6_addr;
	else
		return false;
	return IN6_ARE_ADDR_EQUAL(&own, address);
}

static bool host_has_address(const struct in6_addr *address)
{
	struct ifaddrs *interfaces;
	bool found = false;

	if (getifaddrs(&interfaces))
		return false;
	for (const struct ifaddrs *i = interfaces; i && !found; i = i->ifa_next)
		found = interface_has(i->ifa_addr, address);
	freeifaddrs(interfaces);
	return found;
}

/* An IPv6 wildcard accepts IPv4 too. */
static bool reaches(const struct origin *listening, const struct origin *addressed)
{
	if (listening->port != addressed->port)
		return false;
	if (!addressed->is_address)
		return true;
	if (!is_wildcard(&listening->address))
		return IN6_ARE_ADDR_EQUAL(&listening->address, &addressed->address);
	return host_has_address(&addressed->address) &&
	       (IN6_IS_ADDR_UNSPECIFIED(&listening->address) || IN6_IS_ADDR_V4MAPPED(&addressed->address));
}

/* Whether an address, or for a name only the port, leads to one of our sockets. */
static bool leads_to_us(const struct addressee_options *options, const struct origin *addressed)
{
	struct origin listening;

	for (size_t i = 0; i < options->listening_count; i++)
		if (parse_authority(options->listening[i], strlen(options->listening[i]), 0, &listening) &&
		    reaches(&listening, addressed))
			return true;
	return false;
}

/* An address in /etc/hosts, treated as if it were the addressee. Debian uses 127.0.1.1 for a host without a fixed
   address. */
static bool is_own_entry(const struct addressee_options *options, const struct hostent *entry, int64_t port)
{
	const struct in6_addr debian = map_ipv4((struct in_addr){ htonl(0x7f000101) });
	struct origin origin = { .is_address = true, .port = port };
	struct in_addr ipv4;

	if (entry->h_addrtype == AF_INET) {
		memcpy(&ipv4, entry->h_addr_list[0], sizeof(ipv4));
		origin.address = map_ipv4(ipv4);
	} else {
		memcpy(&origin.address, entry->h_addr_list[0], sizeof(origin.address));
	}
	return IN6_ARE_ADDR_EQUAL(&origin.address, &debian) || leads_to_us(options, &origin);
}

static bool entry_has_name(const struct hostent *entry, const char *name)
{
	if (!strcasecmp(entry->h_name, name))
		return true;
	for (char **alias = entry->h_aliases; *alias; alias++)
		if (!strcasecmp(*alias, name))
			return true;
	return false;
}

/* gethostent reads /etc/hosts and sends no DNS query. */
static bool hosts_file_has(const struct addressee_options *options, const struct origin *addressed)
{
	const struct hostent *entry;
	bool found = false;

	sethostent(0);
	while (!found && (entry = gethostent()) != NULL)
		found = entry->h_addr_list[0] && entry_has_name(entry, addressed->host) &&
		        is_own_entry(options, entry, addressed->port);
	endhostent();
	return found;
}

static bool is_host_name(const char *name)
{
	char own[HOST_NAME_MAX + 1] = "";

	if (gethostname(own, sizeof(own) - 1))
		return false;
	if (!strcasecmp(name, own))
		return true;
	own[strcspn(own, ".")] = '\0';
	return *own && !strcasecmp(name, own);
}

static bool is_own_name(const struct addressee_options *options, const struct origin *addressed)
{
	return !strcasecmp(addressed->host, "localhost") ||
	       (*options->node && !strcasecmp(addressed->host, options->node)) || is_host_name(addressed->host) ||
	       hosts_file_has(options, addressed);
}

static bool is_listed(const struct setting_strings *endpoints, const struct origin *addressed)
{
	struct origin ours;

	for (size_t i = 0; i < endpoints->count; i++)
		if (parse_url(endpoints->items[i], &ours, NULL) && ours.port == addressed->port &&
		    is_same_host(&ours, addressed))
			return true;
	return false;
}

bool addressee_is_ours(const struct addressee_options *options, const char *endpoint)
{
	struct origin addressed;

	if (!parse_url(endpoint, &addressed, NULL))
		return false;
	if (options->endpoints->count)
		return is_listed(options->endpoints, &addressed);
	return leads_to_us(options, &addressed) && (addressed.is_address || is_own_name(options, &addressed));
}

static bool addressee_parse_path(const char *text, struct http_target *out)
{
	struct endpoint_url url;

	if (!endpoint_url_parse(text, &url, NULL))
		return false;
	char *path = memory_format("%s%.*s", url.path_size ? "" : "/", (int)url.path_size, url.path);
	bool parsed = http_target_parse(path, out, NULL);
	free(path);
	return parsed;
}

static bool has_same_segments(const struct http_target *a, const struct http_target *b)
{
	if (a->segment_count != b->segment_count)
		return false;
	for (size_t i = 0; i < a->segment_count; i++)
		if (strcmp(a->segments[i], b->segments[i]) != 0)
			return false;
	return true;
}

bool addressee_has_path(const char *endpoint, const char *path)
{
	struct http_target addressed = { 0 }, rule = { 0 };
	bool has_path = addressee_parse_path(endpoint, &addressed) && http_target_parse(path, &rule, NULL) &&
	                has_same_segments(&addressed, &rule);

	http_target_finish(&addressed);
	http_target_finish(&rule);
	return has_path;
}
