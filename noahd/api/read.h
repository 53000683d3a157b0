/* read.h - a request that reads: answered as things stand, or once they are as it wants them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_READ_H
#define NOAHD_API_READ_H

#include "common/http_route.h"
#include "noahd/http/conditions.h"

#include <stdbool.h>
#include <stdint.h>

enum { READ_WAIT_MS_MAX = 300000 };

/* What a GET or HEAD says beside its path. Texts are the request's. */
struct read {
	struct http_call call;
	struct conditions conditions;
	int64_t wait_ms;  /* how long it may take, 0: it is to be answered now */
	const char *data; /* of an ephemeral: that is waited for; NULL: any */
};

/* Answers a GET or HEAD that its caller may make (rights.h), of any path, now or later. */
void read_request(const struct http_call *call);

/* Whether there is something to tell by now: another answer than the client has, an object that is there, that data; or
   that the caller may read it no more. */
bool read_is_due(struct read *read);

/* Answers with what there is. Where that may have changed since the request came, after read_is_due. */
void read_answer(struct read *read);

#endif
