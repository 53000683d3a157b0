/* read.h - a request that reads: answered as it stands, or only if what it would show is another than the client has. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_READ_H
#define NOAHD_API_READ_H

#include "common/http_route.h"

/* Answers a GET or HEAD by the handler of its row, or as its conditions say. */
void read_answer(struct http_call *call);

#endif
