/* operation.h - what a route does for PUT, POST or DELETE. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WRITES_OPERATION_H
#define NOAHD_WRITES_OPERATION_H

#include "common/error.h"
#include "common/http_route.h"
#include "common/json_writer.h"
#include "noahd/http/body.h"
#include "noahd/registry/plan.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct write;

/* Is given a path that a request names, decoded; a trailing '/' counts for nothing. False: it needs no more of them. */
typedef bool path_visitor(void *context, const char *path);

/* Visits the paths of the objects that a request names beside its own path: by its path (then body is NULL) or by its
   decoded body. A pure function of both: it never looks whether they are there. False: the visitor has said so. */
typedef bool path_namer(const struct http_call *call, const json_t *body, path_visitor *visit, void *context);

/* A row names it; it needs no request, so that transactions have it too. */
struct operation {
	/* Of its JSON body, ended by a nameless one; NULL: its body is not JSON, or it has none. */
	const struct body_key *keys;
	/* Which rights it needs (enum access_right) at the request's path and at the paths of the objects that the row or
	   its own names visit; 0: ACCESS_WRITE. NULL: it names no others. */
	unsigned rights;
	path_namer *names;
	/* Whether its caller may do it without them, since what its path (body NULL) or body names is the caller's own;
	   NULL: no. */
	bool (*is_own)(const struct http_call *call, const json_t *body);
	bool names_elsewhere; /* it needs none at the request's path */
	bool acts_on_members; /* of the collection there, on those that the caller may write */
	/* What can be checked of the request without the registry; may add to body. NULL: nothing more. */
	bool (*check)(const struct http_call *call, json_t *body, struct error *err);
	/* Works it out. False with err is a refusal: what was planned by then is undone. The answer is the caller's. */
	bool (*plan)(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err);
	/* Where plan makes no answer: writes it, of the last change that was planned. For what is put often: the answer is
	   text at once. */
	void (*write_answer)(struct json_writer *out, const struct write *write, const struct change *change);
	/* Instead of plan, for a write that is made of others. Its body is decoded when it is its turn, and then taken
	   apart: take_apart looks at the whole (false: refused), take_next_part appends the next one (write_parts_add;
	   false: there is none). */
	bool (*take_apart)(struct write *write, struct error *err);
	bool (*take_next_part)(struct write *write);
	/* What it does beyond the registry, once it is applied; NULL: nothing. */
	void (*applied)(const struct write *write);
	bool has_lifetime;     /* what it puts may lapse: "?renew" renews it */
	bool is_alone;         /* does more than plan: it cannot be a part of another write */
	size_t body_bytes_max; /* where that is more than what everybody may send; 0: it is not */
};

#endif
