/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

bool http_address_text(const struct sockaddr *address, char *out, size_t out_size)
{
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)address;
	char host[INET6_ADDRSTRLEN];

	if (address->sa_family == AF_INET) {
		inet_ntop(AF_INET, &ipv4->sin_addr, host, sizeof(host));
		snprintf(out, out_size, "%s:%u", host, (unsigned)ntohs(ipv4->sin_port));
	} else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr)) {
		inet_ntop(AF_INET, &ipv6->sin6_addr.s6_addr[12], host, sizeof(host));
		snprintf(out, out_size, "%s:%u", host, (unsigned)ntohs(ipv6->sin6_port));
	} else if (address->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &ipv6->sin6_addr, host, sizeof(host));
		snprintf(out, out_size, "[%s]:%u", host, (unsigned)ntohs(ipv6->sin6_port));
	} else {
		return false;
	}
	return true;
}
