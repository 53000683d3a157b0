/* body.h - a write's JSON body, checked against the keys it may have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_BODY_H
#define NOAHD_HTTP_BODY_H

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { BODY_NAMES_MAX = 128 };

enum body_type {
	BODY_STRING,         /* not empty, no NUL inside */
	BODY_STRING_OR_NULL, /* likewise, or null, which removes the value */
	BODY_ARRAY,
	BODY_NUMBER,
	BODY_ANY,
	BODY_NAMES, /* one or more strings, each a valid name (registry/names.h) */
};

struct body_key {
	const char *name;
	enum body_type type;
	bool is_optional;
};

/* Decodes an object that has these keys (ended by a nameless one) and no others. The caller owns *out. ERROR_INVALID,
   in Noah's words where Noah has some: "Missing Parameters", "Status attribute missing". */
bool body_decode(const char *bytes, size_t size, const struct body_key *keys, json_t **out, struct error *err);

/* As body_decode, for a decoded body. */
bool body_check(const json_t *body, const struct body_key *keys, struct error *err);

/* The strings of a valid BODY_NAMES, each ended by '\n' (registry/names.h); free() it. */
char *body_names(const json_t *body, const char *key);

/* A string of a valid body; NULL: it is optional and absent. */
const char *body_string(const json_t *body, const char *key);

#endif
