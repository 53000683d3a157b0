/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

static bool ipv6_text(const struct sockaddr_in6 *address, char *out, size_t out_size)
{
	char host[INET6_ADDRSTRLEN];
	bool is_mapped = IN6_IS_ADDR_V4MAPPED(&address->sin6_addr);

	if (is_mapped)
		inet_ntop(AF_INET, &address->sin6_addr.s6_addr[12], host, sizeof(host));
	else
		inet_ntop(AF_INET6, &address->sin6_addr, host, sizeof(host));
	snprintf(out, out_size, is_mapped ? "%s:%u" : "[%s]:%u", host, (unsigned)ntohs(address->sin6_port));
	return true;
}

bool http_address_text(const struct sockaddr *address, char *out, size_t out_size)
{
	char host[INET_ADDRSTRLEN];

	if (address->sa_family == AF_INET6)
		return ipv6_text((const struct sockaddr_in6 *)address, out, out_size);
	if (address->sa_family != AF_INET)
		return false;
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;
	inet_ntop(AF_INET, &ipv4->sin_addr, host, sizeof(host));
	snprintf(out, out_size, "%s:%u", host, (unsigned)ntohs(ipv4->sin_port));
	return true;
}
