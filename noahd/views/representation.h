/* representation.h - the ways in which lists show an object. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_REPRESENTATION_H
#define NOAHD_VIEWS_REPRESENTATION_H

#include "noahd/registry/kind.h"

#include <jansson.h>

/* How a view is rendered. */
enum representation_shape {
	REPRESENTATION_NAMED, /* "web1":{…}, a service below its name */
	REPRESENTATION_FLAT,  /* "web1":{…}, also of a service */
	REPRESENTATION_OPEN,  /* "blue":{… without its end */
	REPRESENTATION_BARE,  /* what is between the braces */
	REPRESENTATION_WHOLE, /* {…}, or any other value, in an array */
};

struct representation {
	enum representation_shape shape;
	/* The applied version's view; the caller owns it. */
	json_t *(*view)(const struct registry *registry, const struct registry_entry *entry);
};

/* A configuration without its body: "location" is its path. */
extern const struct representation representation_short;
/* A link on its own, without its members. */
extern const struct representation representation_alone;
/* A service in a link, on one host; and what comes before the hosts. */
extern const struct representation representation_on_host, representation_service;
/* The end of a container (kind.h), behind its members. */
extern const struct representation representation_end;

/* Any object, as events have it, with its "location"; and its location alone. */
extern const struct representation representation_object, representation_key;

/* An object in a list of its kind; a container without its members. */
const struct representation *representation_listed(enum object_kind kind);
/* A member of a container of that kind. */
const struct representation *representation_contained(enum object_kind container);

#endif
