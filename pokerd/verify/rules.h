/* rules.h - finds the rule that matches a poke. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_VERIFY_RULES_H
#define POKERD_VERIFY_RULES_H

#include "common/error.h"
#include "pokerd/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* "//noah" and a percent-encoded path; a trailing '/' is ignored. ERROR_INVALID, ERROR_TOO_LARGE. */
bool rule_pattern_check(const char *pattern, struct error *err);

/* Whether location, the URL path of an object, is at or below the pattern, by whole decoded segments; "*" matches any
   one segment. Malformed ones match nothing. */
bool rule_pattern_matches(const char *pattern, const char *location);

/* "create", "update", "delete". */
bool rule_action_is_known(const char *action);

/* The data of a genuine poke. */
struct rule_question {
	const char *path;     /* of the request */
	const char *location; /* of the changed object */
	const char *action;   /* "create", "update" or "delete" */
	bool is_change;       /* false: the object was written, but is as before */
	const char *key;      /* the name of the signing key */
};

/* The first match, in the order of the configuration. False: no rule matches. */
bool rules_find(const struct setting_groups *rules, const struct rule_question *question, size_t *out_rule);

/* The first rule with that path. */
bool rules_find_path(const struct setting_groups *rules, const char *path, size_t *out_rule);

#endif
