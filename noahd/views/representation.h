/* representation.h - the ways in which an object stands in a list. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_REPRESENTATION_H
#define NOAHD_VIEWS_REPRESENTATION_H

#include "noahd/registry/kind.h"

#include <jansson.h>

/* What is made of a view. */
enum representation_shape {
	REPRESENTATION_NAMED, /* "web1":{…}, of a service below its name */
	REPRESENTATION_FLAT,  /* "web1":{…}, also of a service */
	REPRESENTATION_OPEN,  /* "blue":{… whose end is still to come */
	REPRESENTATION_BARE,  /* what stands between the braces */
	REPRESENTATION_WHOLE, /* {…}, or any other value, in an array */
};

struct representation {
	enum representation_shape shape;
	/* What it shows, in the applied version. The caller owns it. */
	json_t *(*view)(const struct registry *registry, const struct registry_entry *entry);
};

/* A configuration without its body: "location" is its path. */
extern const struct representation representation_short;
/* A link on its own, but for its members. */
extern const struct representation representation_alone;
/* A service in a link, on its host; and what stands before the hosts. */
extern const struct representation representation_on_host, representation_service;
/* A holder (kind.h) behind its members. */
extern const struct representation representation_end;

/* Any object, as events have it, with its "location"; and its location alone. */
extern const struct representation representation_object, representation_key;

/* An object of that kind in a list of its kind: a holder without its members. */
const struct representation *representation_listed(enum object_kind kind);
/* A member of a holder of that kind. */
const struct representation *representation_contained(enum object_kind container);

#endif
