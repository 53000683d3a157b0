/* routes.h - the table of routes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_ROUTES_H
#define NOAHD_API_ROUTES_H

#include "common/http_route.h"
#include "noahd/api/rights.h"
#include "noahd/writes/write.h"
#include "noahd/views/validator.h"

#include <stddef.h>

enum route_flag {
	ROUTE_BY_ACCEPT = 8, /* what it shows depends on the request's Accept */
	ROUTE_FOR_ALL = 16,  /* whoever may connect may read it, or its handler asks what they may */
	ROUTE_LISTS = 32,    /* shows each of what is below it only to who may read that */
	ROUTE_HAS_DATA = 64, /* shows an ephemeral, whose data can be waited for */
};

/* A row; pattern as in http_route.h, flags as there and above. NULL: the path has no such method. */
struct route {
	const char *pattern;
	http_handler *get; /* and HEAD */
	validator_finder
	    *validator; /* of what it shows, or its operations change; NULL: that has no tags, no conditions, no
	                                waiting */
	const struct operation *put, *post, *delete;
	const char
	    *put_takes; /* the parameters that a query of a PUT may have, ", " between; NULL: none, as with other writes */
	unsigned flags;
	/* The path at or below which all stands that it shows, free() it; NULL: the request's own. */
	char *(*shown_at)(const struct http_call *call);
	path_namer *names; /* of the objects that the path names; NULL: none but its own */
	bool (*by_accept)(const struct http_call
	        *call); /* whether what this request shows is ROUTE_BY_ACCEPT; NULL: always */
	bool (*applies)(const struct http_call
	        *call); /* whether the path is of this row, told by the request; NULL: always */
	bool (*is_there)(const struct http_call *call); /* whether there is such a path at the moment; NULL: always */
};

/* The whole API; the first row that fits takes a request. */
struct route_table {
	const struct route *rows;
	size_t count;
};

/* The row for a call's target, whatever its method, with row, captures and rest filled in; NULL: none. */
const struct route *routes_find(const struct route_table *table, struct http_call *call);

/* The path of what a call shows: its row's shown_at, or its own; free() it. */
char *route_path(const struct http_call *call);

/* Whether what a call's row shows depends on the request's Accept. */
bool route_is_by_accept(const struct http_call *call);

/* What a row does for a method that writes; NULL: it has none such. */
const struct operation *route_operation(const struct route *route, const char *method);

/* Whether the query of a call has only parameters that its row knows for that operation, of a write: one that is
   misspelt would be without effect, and nobody would know. Reads ignore what they do not know. ERROR_INVALID names
   those that are known. */
bool route_check_parameters(const struct http_call *call, const struct operation *operation, struct error *err);

/* Whether it is a method that reads, and one that reads what the row has. */
bool method_reads(const char *method);
bool route_reads(const struct route *route, const char *method);

/* "GET, HEAD, PUT": the value of Allow (RFC 9110, 10.2.1). */
void route_allow(const struct route *route, char *out, size_t out_size);

#endif
