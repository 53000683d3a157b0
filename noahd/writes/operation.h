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

/* Gets a decoded path that a request names; a trailing '/' is ignored. False: stop. */
typedef bool path_visitor(void *context, const char *path);

/* Visits the paths of the objects that a request names besides its own path: in its path (body NULL) or in its decoded
   body. A pure function of both, whether or not the objects exist. False: the visitor has stopped it. */
typedef bool path_namer(const struct http_call *call, const json_t *body, path_visitor *visit, void *context);

/* Columns of the route table's rows; it needs no request, so transactions use it too. */
struct operation {
	/* The keys of its JSON body, ended by a nameless one; NULL: it has no body, or not JSON. */
	const struct body_key *keys;
	/* The rights (enum access_right) that it needs at the request's path and at the paths that the row's names and its
	   own visit; 0: ACCESS_WRITE. names NULL: no others. */
	unsigned rights;
	path_namer *names;
	/* Whether the caller needs no right, since the path (body NULL) or the body names the caller's own object; NULL: it
	   does. */
	bool (*is_own)(const struct http_call *call, const json_t *body);
	bool names_elsewhere; /* it needs no right at the request's path */
	bool acts_on_members; /* of the collection at the path: those that the caller may write */
	/* Checks the request without the registry; may add to body. NULL: nothing more to check. */
	bool (*check)(const struct http_call *call, json_t *body, struct error *err);
	/* Plans the write. False: refused, and what was planned is undone. The caller owns the answer. */
	bool (*plan)(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err);
	/* If plan makes no answer: writes it as text, from the last change planned; for frequent writes. */
	void (*write_answer)(struct json_writer *out, const struct write *write, const struct change *change);
	/* Instead of plan, for a write that is made of others. Its body is decoded in its turn: take_apart checks the whole
	   (false: refused), take_next_part adds the next part (write_parts_add; false: there is none). */
	bool (*take_apart)(struct write *write, struct error *err);
	bool (*take_next_part)(struct write *write);
	/* Effects beyond the registry, once it is applied; NULL: none. */
	void (*applied)(const struct write *write);
	const struct operation *renewal; /* instead of it, with "?renew"; NULL: what it puts never expires */
	bool is_alone;                   /* it has other effects than its plan, so it cannot be part of a transaction */
	size_t body_bytes_max;           /* if larger than for other requests; 0: it is not */
};

#endif
