/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static const unsigned char MAPPED_PREFIX[12] = { [10] = 0xff, 0xff };

static void set_ipv4(struct address *out, const unsigned char bytes[4])
{
	unsigned char copy[4]; /* bytes may point into *out */

	memcpy(copy, bytes, sizeof(copy));
	memcpy(out->bytes, MAPPED_PREFIX, sizeof(MAPPED_PREFIX));
	memcpy(out->bytes + sizeof(MAPPED_PREFIX), copy, sizeof(copy));
}

/* IPv6 addresses that only wrap an IPv4 address. */
static const struct embedding {
	unsigned char prefix[12];
	unsigned char prefix_bytes, offset;
	bool inverted;
} EMBEDDINGS[] = {
	{ { 0x00, 0x64, 0xff, 0x9b }, 12, 12, false }, /* 64:ff9b::/96, NAT64 */
	{ { 0x20, 0x02 }, 2, 2, false },               /* 2002::/16, 6to4 */
	{ { 0x20, 0x01, 0x00, 0x00 }, 4, 12, true },   /* 2001::/32, Teredo */
	{ { [8] = 0xff, [9] = 0xff }, 12, 12, false }, /* ::ffff:0:0:0/96, IPv4-translated */
	{ { 0 }, 12, 12, false },                      /* ::/96, IPv4-compatible */
};

/* Both have the prefix of IPv4-compatible addresses. */
static bool is_unspecified_or_loopback(const unsigned char bytes[16])
{
	static const unsigned char zeros[15];
	return !memcmp(bytes, zeros, sizeof(zeros)) && bytes[15] <= 1;
}

/* 64:ff9b:1::/48 (RFC 8215) is for the local network, which chooses a prefix of one of four lengths within it. The
   zeros after the IPv4 address show where it is (RFC 6052, 2.2): byte 8 is skipped, and a host's address does not end
   in zero. */
static bool set_local_nat64(struct address *out)
{
	static const unsigned char prefix[] = { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 };
	static const unsigned char layouts[][4] = { { 6, 7, 9, 10 }, { 7, 9, 10, 11 }, { 9, 10, 11, 12 },
		{ 12, 13, 14, 15 } };
	unsigned char last = sizeof(out->bytes) - 1, ipv4[4];
	size_t layout = 0;

	if (memcmp(out->bytes, prefix, sizeof(prefix)) != 0)
		return false;
	while (last >= sizeof(prefix) && !out->bytes[last])
		last--;
	while (layouts[layout][3] < last)
		layout++;
	for (size_t i = 0; i < sizeof(ipv4); i++)
		ipv4[i] = out->bytes[layouts[layout][i]];
	set_ipv4(out, ipv4);
	return true;
}

static void set_ipv6(struct address *out, const struct in6_addr *ipv6)
{
	memcpy(out->bytes, ipv6, sizeof(out->bytes));
	if (is_unspecified_or_loopback(out->bytes) || set_local_nat64(out))
		return;
	for (size_t i = 0; i < sizeof(EMBEDDINGS) / sizeof(*EMBEDDINGS); i++) {
		const struct embedding *embedding = &EMBEDDINGS[i];
		if (memcmp(out->bytes, embedding->prefix, embedding->prefix_bytes))
			continue;
		for (size_t k = 0; k < 4; k++)
			out->bytes[embedding->offset + k] ^= embedding->inverted ? 0xff : 0;
		set_ipv4(out, out->bytes + embedding->offset);
		return;
	}
}

bool address_parse(const char *text, struct address *out)
{
	unsigned char ipv4[4];
	struct in6_addr ipv6;

	if (inet_pton(AF_INET, text, ipv4) == 1)
		set_ipv4(out, ipv4);
	else if (inet_pton(AF_INET6, text, &ipv6) == 1)
		set_ipv6(out, &ipv6);
	else
		return false;
	return true;
}

bool address_of_socket(const struct sockaddr *socket_address, struct address *out_address, uint16_t *out_port)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;

	if (socket_address->sa_family == AF_INET) {
		memcpy(&ipv4, socket_address, sizeof(ipv4));
		set_ipv4(out_address, (const unsigned char *)&ipv4.sin_addr);
		*out_port = ntohs(ipv4.sin_port);
		return true;
	}
	if (socket_address->sa_family != AF_INET6)
		return false;
	memcpy(&ipv6, socket_address, sizeof(ipv6));
	set_ipv6(out_address, &ipv6.sin6_addr);
	*out_port = ntohs(ipv6.sin6_port);
	return true;
}

/* A socket can only be bound to a local address; a dual-stack socket accepts the mapped form of IPv4. */
bool address_is_local(const struct address *address)
{
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	bool is_ipv4 = !memcmp(address->bytes, MAPPED_PREFIX, sizeof(MAPPED_PREFIX));
	int fd = socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&ipv6.sin6_addr, address->bytes, sizeof(address->bytes));
	memcpy(&ipv4.sin_addr, address->bytes + sizeof(MAPPED_PREFIX), sizeof(ipv4.sin_addr));
	if (fd < 0)
		return false;
	bool bound = is_ipv4 ? !bind(fd, (const struct sockaddr *)&ipv4, sizeof(ipv4))
	                     : !bind(fd, (const struct sockaddr *)&ipv6, sizeof(ipv6));
	close(fd);
	return bound;
}
