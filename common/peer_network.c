/* SPDX-License-Identifier: Apache-2.0 */
#include "common/peer_network.h"

#include <arpa/inet.h>
#include <string.h>

enum { NETWORK_BYTES = 8, IPV4_AT = 12 };

static struct in6_addr network_of_ipv4(struct in_addr address)
{
	struct in6_addr network = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(&network.s6_addr[IPV4_AT], &address, sizeof(address));
	return network;
}

static struct in6_addr network_of_ipv6(struct in6_addr address)
{
	if (!IN6_IS_ADDR_V4MAPPED(&address))
		memset(&address.s6_addr[NETWORK_BYTES], 0, sizeof(address) - NETWORK_BYTES);
	return address;
}

struct in6_addr peer_network_of(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return network_of_ipv4(((const struct sockaddr_in *)(const void *)address)->sin_addr);
	if (address->sa_family == AF_INET6)
		return network_of_ipv6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
	return in6addr_any;
}

struct in6_addr peer_network_of_text(const char *peer)
{
	const char *colon = strrchr(peer, ':');
	size_t size = colon ? (size_t)(colon - peer) : strlen(peer);
	char text[INET6_ADDRSTRLEN] = "";
	struct in6_addr ipv6;
	struct in_addr ipv4;

	if (*peer == '[' && size > 2) {
		peer++;
		size -= 2;
	}
	memcpy(text, peer, size < sizeof(text) ? size : 0);
	if (inet_pton(AF_INET, text, &ipv4) == 1)
		return network_of_ipv4(ipv4);
	return inet_pton(AF_INET6, text, &ipv6) == 1 ? network_of_ipv6(ipv6) : in6addr_any;
}
