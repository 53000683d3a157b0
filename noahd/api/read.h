/* read.h - a request that reads, answered now or when its condition is met. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_READ_H
#define NOAHD_API_READ_H

#include "common/http_route.h"

/* Answers a GET or HEAD of any path, now or later. The caller has the rights for it (rights.h). */
void read_request(const struct http_call *call);

#endif
