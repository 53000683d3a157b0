/* http_address.h - a socket's address as people write it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HTTP_ADDRESS_H
#define COMMON_HTTP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { HTTP_ADDRESS_BYTES = 64 };

/* "127.0.0.1:4711", "[::1]:4711"; an IPv4 address within IPv6 as the first. False for other families. */
bool http_address_text(const struct sockaddr *address, char *out, size_t out_size);

#endif
