/* validator.h - what GET would show, told without making its answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_VALIDATOR_H
#define NOAHD_VIEWS_VALIDATOR_H

#include "common/http_route.h"
#include "noahd/registry/registry.h"

#include <stdbool.h>
#include <stdint.h>

/* What validators are made from. The API thread's. */
struct validators;

struct validators *validators_create(const struct registry *registry);
/* NULL is fine. */
void validators_destroy(struct validators *validators);

struct validator {
	uint64_t number;            /* changes with what the caller sees of it, and with nothing else */
	const char *representation; /* which of several ways to show it the request asks for; "": there is one */
};

/* How what a route shows, or its operations change, looks in that version. False: it is not there. */
typedef bool validator_finder(const struct http_call *call, enum version version, struct validator *out);

/* So for an entry; NULL: it is not there. */
bool validator_of_entry(struct validators *validators, const struct http_call *call, const struct registry_entry *entry,
    enum version version, struct validator *out);
/* So for the object at a path, which is taken. */
bool validator_find_object(struct validators *validators, const struct http_call *call, char *take_path,
    enum version version, struct validator *out);
/* So for a set of objects of that kind, which is shown member by member; without any that the caller sees it is not
   there. */
bool validator_find_set(struct validators *validators, const struct http_call *call, enum object_kind kind,
    const char *relation, const char *name, enum version version, struct validator *out);

/* So for those members of a set that stand in a link and have that kind (0: any). */
struct validator_in_link {
	const char *link, *relation, *name;
	enum object_kind kind;
	bool may_be_empty; /* it is there without any of them, too */
};
bool validator_find_in_link(struct validators *validators, const struct http_call *call,
    const struct validator_in_link *in, enum version version, struct validator *out);

/* So for all objects of a kind of holders. */
bool validator_find_each(struct validators *validators, const struct http_call *call, const char *relation,
    enum version version, struct validator *out);

#endif
