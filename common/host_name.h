/* host_name.h - the form of host names and addresses. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HOST_NAME_H
#define COMMON_HOST_NAME_H

#include <stdbool.h>

enum { HOST_LABEL_BYTES_MAX = 63, HOST_NAME_BYTES_MAX = 253 };

/* Whether a text consists of labels of letters, digits, "-" and "_", HOST_LABEL_BYTES_MAX bytes at most, with a dot
   between two of them and perhaps one at the end. */
bool host_name_has_labels(const char *text);

/* Whether every label is a number, decimal or hexadecimal: no name of the DNS, but an IPv4 address in some spelling
   (inet_aton), or a mistake. */
bool host_name_is_numeric(const char *text);

/* Whether a text is a host as a client names it (RFC 3986, 3.2.2): a name of HOST_NAME_BYTES_MAX bytes at most, an IPv4
   address of four decimal numbers, or an IPv6 address in brackets. */
bool host_is_valid(const char *text);

#endif
