/* object_query.h - which objects GET /objects lists, and in which order. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_OBJECT_QUERY_H
#define NOAHD_VIEWS_OBJECT_QUERY_H

#include "common/error.h"
#include "common/http_target.h"
#include "noahd/registry/kind.h"

#include <stdbool.h>
#include <stddef.h>

enum { OBJECT_QUERY_LIMIT = 1000, OBJECT_QUERY_LIMIT_MAX = 10000 };

/* Texts are borrowed from the target, or owned (object_query_finish). */
struct object_query {
	char *pattern;           /* decoded; "": everything */
	char *after;             /* a decoded path: only objects behind it; "": from the first */
	const char *tag;         /* NULL: with any, or none */
	const char *status;      /* of hosts and services; NULL: any, and other kinds too */
	const char *relation;    /* the set that all of them are in: of one kind, or of the tag; NULL: each kind's */
	const char *name;        /* of that set */
	const struct kind *kind; /* NULL: any */
	size_t limit;
	bool keys; /* only their locations */
};

/* From the parameters pattern, after, limit, keys, kind, tag and status. ERROR_INVALID names the first invalid one;
   then there is nothing to finish. */
bool object_query_read(const struct http_target *target, struct object_query *out, struct error *err);
void object_query_finish(struct object_query *query);

/* The path at or below which all of them are, as far as the pattern tells it: up to its first "*". free() it. */
char *object_query_path(const struct object_query *query);

/* Whether an object's applied version matches, regardless of the order. */
bool object_query_fits(const struct object_query *query, const struct registry_entry *entry);

/* The first query->limit of those that fit and may_show lets pass (NULL: all), in the order of their paths, byte by
   byte; tokens are no objects here. *out_count may be 0; free() the array. Costs a look at each object of the sets that
   the query names. */
struct registry_entry **object_query_find(const struct object_query *query, const struct registry *registry,
    entry_visitor *may_show, void *context, size_t *out_count);

#endif
