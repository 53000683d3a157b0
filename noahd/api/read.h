/* read.h - a request that reads: answered as things stand, or once they are as it wants them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_READ_H
#define NOAHD_API_READ_H

#include "common/http_route.h"

/* Answers a GET or HEAD that its caller may make (rights.h), of any path, now or later. */
void read_request(const struct http_call *call);

#endif
