/* address.h - a network address in the one form in which addresses are compared. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_ADDRESS_H
#define NOAHD_WATCH_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Canonical: an IPv4 address is kept as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), even if it came inside an IPv6 address:
   mapped, compatible or translated (RFC 4291, 2765), by NAT64 (RFC 6052, 8215), 6to4 (RFC 3056) or Teredo (RFC
   4380). */
struct address {
	unsigned char bytes[16];
};

/* Both fail for anything but an IPv4 or IPv6 address without a zone. */
bool address_parse(const char *text, struct address *out);
bool address_of_socket(const struct sockaddr *socket_address, struct address *out_address, uint16_t *out_port);

/* Whether it is an address of this machine. Asks the kernel. */
bool address_is_local(const struct address *address);

#endif
