/* validator.h - a number that changes with what GET shows, computed without rendering it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_VALIDATOR_H
#define NOAHD_VIEWS_VALIDATOR_H

#include "common/http_route.h"
#include "noahd/registry/registry.h"

#include <stdbool.h>
#include <stdint.h>

/* The API thread's. */
struct validators;

struct validators *validators_create(const struct registry *registry);
/* NULL is fine. */
void validators_destroy(struct validators *validators);

struct validator {
	uint64_t number;            /* changes with what the caller sees, and with nothing else */
	const char *representation; /* the one that the request selects; "": there is only one */
};

/* The validator of what a route shows, or its operations change, in that version. False: it does not exist. */
typedef bool validator_finder(const struct http_call *call, enum version version, struct validator *out);

/* Of an entry; NULL: it does not exist. */
bool validator_of_entry(struct validators *validators, const struct http_call *call, const struct registry_entry *entry,
    enum version version, struct validator *out);
/* Of the object at a path, which is taken. */
bool validator_find_object(struct validators *validators, const struct http_call *call, char *take_path,
    enum version version, struct validator *out);
/* Of a set of objects of that kind; it does not exist if the caller sees no member. */
bool validator_find_set(struct validators *validators, const struct http_call *call, enum object_kind kind,
    const char *relation, const char *name, enum version version, struct validator *out);

/* Of the members of a set that are in a link and have that kind (0: any). */
struct validator_in_link {
	const char *link, *relation, *name;
	enum object_kind kind;
	bool may_be_empty; /* it exists without any of them too */
};
bool validator_find_in_link(struct validators *validators, const struct http_call *call,
    const struct validator_in_link *in, enum version version, struct validator *out);

/* Of all containers of a kind. */
bool validator_find_each(struct validators *validators, const struct http_call *call, const char *relation,
    enum version version, struct validator *out);

#endif
