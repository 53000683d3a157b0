/* host_name.h - the form of host names and addresses. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HOST_NAME_H
#define COMMON_HOST_NAME_H

#include <stdbool.h>

enum { HOST_LABEL_BYTES_MAX = 63, HOST_NAME_BYTES_MAX = 253 };

/* Whether a text consists of labels of letters, digits, "-" and "_", at most HOST_LABEL_BYTES_MAX bytes each, separated
   by dots, with an optional dot at the end. */
bool host_name_has_labels(const char *text);

/* Whether every label is a number, decimal or hexadecimal: not a DNS name but a spelling of an IPv4 address
   (inet_aton), or an error. */
bool host_name_is_numeric(const char *text);

/* Whether a text is a host as clients write it (RFC 3986, 3.2.2): a name of at most HOST_NAME_BYTES_MAX bytes, an IPv4
   address of four decimal numbers, or an IPv6 address in brackets. */
bool host_is_valid(const char *text);

#endif
