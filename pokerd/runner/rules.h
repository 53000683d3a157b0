/* rules.h - which rule of the configuration wants a poke. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RULES_H
#define POKERD_RUNNER_RULES_H

#include "common/error.h"
#include "pokerd/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* "//noah" and a percent-encoded path; trailing '/' ignored. ERROR_INVALID, ERROR_TOO_LARGE. */
bool rule_pattern_check(const char *pattern, struct error *err);

/* Whether location, the URL path of an object, is where the pattern points or below it, by whole decoded segments; "*"
   is any one segment. Malformed ones match nothing. */
bool rule_pattern_matches(const char *pattern, const char *location);

/* "create", "update", "delete". */
bool rule_action_is_known(const char *action);

/* What a genuine poke is about. */
struct rule_question {
	const char *path;     /* of the request */
	const char *location; /* what changed, */
	const char *action;   /* and how */
	const char *key;      /* the name of the one that signed */
};

/* The first that fits, in the order of the configuration. False: no rule wants it. */
bool rules_find(const struct setting_groups *rules, const struct rule_question *question, size_t *out_rule);

/* The first of that path. */
bool rules_find_path(const struct setting_groups *rules, const char *path, size_t *out_rule);

#endif
