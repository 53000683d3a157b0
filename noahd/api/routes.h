/* routes.h - the rows of a route table, and how a request finds its row. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_ROUTES_H
#define NOAHD_API_ROUTES_H

#include "common/http_route.h"
#include "noahd/writes/write.h"
#include "noahd/views/validator.h"

#include <stddef.h>

enum route_flag {
	ROUTE_BY_ACCEPT = 8, /* the representation depends on the request's Accept */
	ROUTE_FOR_ALL = 16,  /* any client may read it, or its handler checks rights */
	ROUTE_LISTS = 32,    /* lists what is below it, each to callers that may read it */
	ROUTE_HAS_DATA = 64, /* shows an ephemeral, whose data can be waited for */
};

/* A row; pattern and flags as in http_route.h, with the flags above. NULL: the path has no such method. */
struct route {
	const char *pattern;
	http_handler *get; /* and HEAD */
	/* Of what the row shows, or its operations change; NULL: it has no entity tags, no conditions, no long polls. */
	validator_finder *validator;
	const struct operation *put, *post, *delete;
	const char *put_takes; /* the query parameters of a PUT, ", " between; NULL: none, as for other writes */
	unsigned flags;
	/* The path at or below which everything is that it shows; free() it. NULL: the request's own. */
	char *(*shown_at)(const struct http_call *call);
	path_namer *names; /* of the objects that the path names; NULL: only its own */
	/* Whether ROUTE_BY_ACCEPT holds for this request; NULL: for all. */
	bool (*by_accept)(const struct http_call *call);
	/* Whether the path belongs to this row, judged by the request; NULL: always. */
	bool (*applies)(const struct http_call *call);
	/* Whether the path exists at the moment; NULL: always. */
	bool (*is_there)(const struct http_call *call);
};

/* The whole API; the first row that fits takes a request. */
struct route_table {
	const struct route *rows;
	size_t count;
};

/* The row for a call's target, for any method; sets the call's row, captures and rest. NULL: none. */
const struct route *routes_find(const struct route_table *table, struct http_call *call);

/* The path of what a call shows: its row's shown_at, or own_path; free() it. */
char *route_path(const struct http_call *call);

/* Whether what a call's row shows depends on the request's Accept. */
bool route_is_by_accept(const struct http_call *call);

/* A row's operation for a method that writes; NULL: none. */
const struct operation *route_operation(const struct route *route, const char *method);

/* Whether a request for that operation (NULL: none) is a renewal instead ("?renew"). */
bool is_renewal(const struct operation *operation, const struct http_target *target);

/* The operation of a request: that one, or its renewal. */
const struct operation *operation_or_renewal(const struct operation *operation, const struct http_target *target);

/* Whether the query of a write has only parameters that its row knows for that operation: a misspelt one would silently
   have no effect. Reads ignore unknown parameters. ERROR_INVALID lists the known ones. */
bool route_check_parameters(const struct http_call *call, const struct operation *operation, struct error *err);

/* Whether the method reads; and whether the row has it. */
bool method_reads(const char *method);
bool route_reads(const struct route *route, const char *method);

/* "GET, HEAD, PUT": the value of Allow (RFC 9110, 10.2.1). */
void route_allow(const struct route *route, char *out, size_t out_size);

#endif
