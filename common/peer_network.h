/* peer_network.h - what a client counts as for limits per address: its IPv4 address, or the /64 of its IPv6 one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_PEER_NETWORK_H
#define COMMON_PEER_NETWORK_H

#include <netinet/in.h>
#include <sys/socket.h>

/* An IPv4 address as ::ffff:a.b.c.d, an IPv6 one with zeros after its first 64 bits: a host has all of those. Compare
   with IN6_ARE_ADDR_EQUAL. Any other family is ::. */
struct in6_addr peer_network_of(const struct sockaddr *address);

/* The same of "127.0.0.1:4711" or "[::1]:4711" (http_address.h); of any other text it is ::. */
struct in6_addr peer_network_of_text(const char *peer);

#endif
