/* form.h - the ways in which an object stands in a list. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_FORM_H
#define NOAHD_VIEWS_FORM_H

#include "noahd/registry/kind.h"

#include <jansson.h>

/* What is made of a view. */
enum form_shape {
	FORM_NAMED, /* "web1":{…}, of a service below its name */
	FORM_FLAT,  /* "web1":{…}, also of a service */
	FORM_OPEN,  /* "blue":{… whose end is still to come */
	FORM_BARE,  /* what stands between the braces */
	FORM_WHOLE, /* {…}, or any other value, in an array */
};

struct form {
	enum form_shape shape;
	/* What it shows, in the applied version. The caller owns it. */
	json_t *(*view)(const struct registry *registry, const struct registry_entry *entry);
};

/* A configuration without its body: "location" is its path. */
extern const struct form form_short;
/* A link on its own, but for its members. */
extern const struct form form_alone;
/* A service in a link, on its host; and what stands before the hosts. */
extern const struct form form_on_host, form_service;
/* A holder (kind.h) behind its members. */
extern const struct form form_end;

/* Any object, as events have it, with its "location"; and its location alone. */
extern const struct form form_object, form_key;

/* An object of that kind in a list of its kind: a holder without its members. */
const struct form *form_listed(enum object_kind kind);
/* A member of a holder of that kind. */
const struct form *form_held(enum object_kind holder);

#endif
