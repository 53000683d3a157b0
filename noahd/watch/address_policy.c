/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/address_policy.h"

#include "common/memory.h"
#include "common/number.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct network {
	struct address address;
	unsigned bits; /* of the canonical form: 96 more than in the text of an IPv4 network */
};

/* Either a network or a host pattern. */
struct rule {
	char *host; /* NULL: network */
	struct network network;
};

struct rule_list {
	struct rule *rules;
	size_t count;
};

/* No setting can permit these. */
static const struct {
	const char *network, *what;
} FORBIDDEN[] = {
	{ "0.0.0.0/8", "is unspecified" },
	{ "::/128", "is unspecified" },
	{ "169.254.169.254/32", "is a metadata service's" },
	{ "100.100.100.200/32", "is a metadata service's" },
	{ "fd00:ec2::254/128", "is a metadata service's" },
	{ "169.254.0.0/16", "is link-local" },
	{ "fe80::/10", "is link-local" },
	{ "224.0.0.0/4", "is multicast" },
	{ "ff00::/8", "is multicast" },
	{ "240.0.0.0/4", "is reserved" },
};

struct address_policy {
	struct network forbidden[LENGTH(FORBIDDEN)];
	struct rule_list allow, deny;
	uint16_t *ports; /* that noahd listens on */
	size_t port_count;
	bool loopback_only; /* noahd listens on loopback only */
	bool (*is_local)(const struct address *address);
};

enum { IPV4_OFFSET_BITS = 96 };

static bool network_holds(const struct network *network, const struct address *address)
{
	unsigned bytes = network->bits / 8, bits = network->bits % 8;
	unsigned char mask = (unsigned char)(0xff00 >> bits);

	if (memcmp(network->address.bytes, address->bytes, bytes))
		return false;
	return !bits || !((network->address.bytes[bytes] ^ address->bytes[bytes]) & mask);
}

static bool is_ipv4(const struct address *address)
{
	static const struct network mapped = { { { [10] = 0xff, 0xff } }, IPV4_OFFSET_BITS };
	return network_holds(&mapped, address);
}

/* "::/0" means all of IPv6, without the IPv4 addresses whose canonical form is in it. */
static bool rule_holds(const struct network *network, const struct address *address)
{
	return (network->bits >= IPV4_OFFSET_BITS || !is_ipv4(address)) && network_holds(network, address);
}

static bool network_parse(const char *text, struct network *out)
{
	const char *slash = strchr(text, '/');
	char *address_text = slash ? strndup(text, (size_t)(slash - text)) : memory_text(text);
	unsigned offset = strchr(text, ':') ? 0 : IPV4_OFFSET_BITS;
	uint64_t bits = 128 - offset;
	struct network network;
	bool valid =
	    address_parse(address_text, &network.address) && (!slash || number_parse_uint64(slash + 1, bits, &bits));

	free(address_text);
	if (!valid)
		return false;
	network.bits = (unsigned)bits + offset;
	*out = network;
	return true;
}

static bool address_policy_is_loopback(const struct address *address)
{
	static const struct network loopback[] = {
		{ { { [10] = 0xff, 0xff, 127 } }, IPV4_OFFSET_BITS + 8 },
		{ { { [15] = 1 } }, 128 },
	};
	return network_holds(&loopback[0], address) || network_holds(&loopback[1], address);
}

/* ---- making one -------------------------------------------------------------------------------------------------- */

static bool is_host_pattern(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*";
	bool has_letter = strpbrk(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*") != NULL;

	return has_letter && !text[strspn(text, allowed)];
}

/* A mapped, translated or tunnelled network: its canonical form would be another network than its prefix length says. A
   single address is fine. */
static bool is_ipv4_inside_ipv6(const char *text, const struct network *network)
{
	static const struct network compatible = { .bits = IPV4_OFFSET_BITS };
	unsigned bits = network->bits;

	if (!strchr(text, ':'))
		return false;
	if (is_ipv4(&network->address))
		return bits < 128;
	/* Except up to ::/127, the unspecified address and loopback, which are not IPv4 addresses. */
	return bits >= IPV4_OFFSET_BITS && bits < 127 && network_holds(&compatible, &network->address);
}

static bool rule_parse(const char *text, struct rule *out, struct error *err)
{
	*out = (struct rule){ 0 };
	if (network_parse(text, &out->network))
		return !is_ipv4_inside_ipv6(text, &out->network) ||
		       error_set(err, ERROR_INVALID,
		           "\"%s\" is a network of IPv4 addresses inside IPv6: write it as IPv4, such as 10.0.0.0/8", text);
	if (!is_host_pattern(text))
		return error_set(err, ERROR_INVALID,
		    "\"%s\" is neither an address, a network such as 10.0.0.0/8 nor a host pattern", text);
	out->host = memory_text(text);
	return true;
}

bool address_policy_check(const char *text, struct error *err)
{
	struct rule rule;
	bool good = rule_parse(text, &rule, err);

	free(rule.host);
	return good;
}

static bool parse_rules(const char *const *texts, size_t count, struct rule_list *list, struct error *err)
{
	list->rules = memory_zeroed(count + 1, sizeof(*list->rules));
	for (; list->count < count; list->count++) {
		if (!rule_parse(texts[list->count], &list->rules[list->count], err))
			return false;
	}
	return true;
}

/* "127.0.0.1:5678", "[::1]:5678" */
static bool parse_listener(const char *text, struct address *out_address, uint16_t *out_port, struct error *err)
{
	const char *colon = strrchr(text, ':');
	size_t brackets = *text == '[';
	uint64_t port;

	if (!colon || (size_t)(colon - text) < 2 * brackets || !number_parse_uint64(colon + 1, UINT16_MAX, &port))
		return error_set(err, ERROR_INVALID, "\"%s\" is not address:port", text);
	char *address_text = strndup(text + brackets, (size_t)(colon - text) - 2 * brackets);
	bool valid = address_parse(address_text, out_address);
	free(address_text);
	if (!valid)
		return error_set(err, ERROR_INVALID, "\"%s\" is not address:port", text);
	*out_port = (uint16_t)port;
	return true;
}

static bool parse_listeners(struct address_policy *policy, const struct address_policy_options *options,
    struct error *err)
{
	struct address address;

	policy->ports = memory_zeroed(options->listen_count + 1, sizeof(*policy->ports));
	policy->loopback_only = true;
	for (; policy->port_count < options->listen_count; policy->port_count++) {
		if (!parse_listener(options->listen[policy->port_count], &address, &policy->ports[policy->port_count], err))
			return false;
		policy->loopback_only &= address_policy_is_loopback(&address);
	}
	return true;
}

struct address_policy *address_policy_create(const struct address_policy_options *options, struct error *err)
{
	struct address_policy *policy = memory_zeroed(1, sizeof(*policy));

	policy->is_local = options->is_local ? options->is_local : address_is_local;
	for (size_t i = 0; i < LENGTH(FORBIDDEN); i++)
		(void)network_parse(FORBIDDEN[i].network, &policy->forbidden[i]);
	if (parse_rules(options->allow, options->allow_count, &policy->allow, err) &&
	    parse_rules(options->deny, options->deny_count, &policy->deny, err) && parse_listeners(policy, options, err))
		return policy;
	address_policy_destroy(policy);
	return NULL;
}

static void finish_rules(struct rule_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->rules[i].host);
	free(list->rules);
}

void address_policy_destroy(struct address_policy *policy)
{
	if (!policy)
		return;
	finish_rules(&policy->allow);
	finish_rules(&policy->deny);
	free(policy->ports);
	free(policy);
}

/* ---- asking it --------------------------------------------------------------------------------------------------- */

/* "example.com." is "example.com" (RFC 1034, 3.1). */
static bool host_fits(const char *pattern, const char *host)
{
	size_t size = strlen(host);
	char *relative = memory_copy(host, size > 1 && host[size - 1] == '.' ? size - 1 : size);
	bool fits = fnmatch(pattern, relative, FNM_CASEFOLD) == 0;

	free(relative);
	return fits;
}

static bool is_on(const struct rule_list *list, const struct destination *destination)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct rule *rule = &list->rules[i];
		if (rule->host && host_fits(rule->host, destination->host))
			return true;
		if (!rule->host && destination->address && rule_holds(&rule->network, destination->address))
			return true;
	}
	return false;
}

static bool is_noahd(const struct address_policy *policy, const struct destination *destination)
{
	for (size_t i = 0; i < policy->port_count; i++) {
		if (policy->ports[i] == destination->port)
			return address_policy_is_loopback(destination->address) || policy->is_local(destination->address);
	}
	return false;
}

static bool address_policy_refuse(const struct destination *destination, const char *what, struct error *err)
{
	return error_set(err, ERROR_INVALID, "endpoint's host %s %s: nothing is delivered there", destination->host, what);
}

static bool permits_address(const struct address_policy *policy, const struct destination *destination,
    struct error *err)
{
	for (size_t i = 0; i < LENGTH(FORBIDDEN); i++)
		if (network_holds(&policy->forbidden[i], destination->address))
			return address_policy_refuse(destination, FORBIDDEN[i].what, err);
	if (is_noahd(policy, destination))
		return address_policy_refuse(destination, "is noahd itself", err);
	return true;
}

bool address_policy_permits(const struct address_policy *policy, const struct destination *destination,
    struct error *err)
{
	const struct address *address = destination->address;
	bool allowed = is_on(&policy->allow, destination);

	if (address && !permits_address(policy, destination, err))
		return false;
	if (is_on(&policy->deny, destination))
		return address_policy_refuse(destination, "is denied by endpoints.deny", err);
	if (address && policy->allow.count && !allowed)
		return address_policy_refuse(destination, "is not in endpoints.allow", err);
	if (address && address_policy_is_loopback(address) && !allowed && !policy->loopback_only)
		return address_policy_refuse(destination, "is this machine's loopback, which endpoints.allow does not name",
		    err);
	return true;
}
