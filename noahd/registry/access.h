/* access.h - what somebody may do where: rules by path, of which the longest decides. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_ACCESS_H
#define NOAHD_REGISTRY_ACCESS_H

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>

enum access_right { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_WATCH = 4, ACCESS_ADMIN = 8 };

enum { ACCESS_RULES_MAX = 128 }; /* of one token */

/* Immutable, one block of memory: free() it. NULL stands for no rules: nothing is allowed. */
struct access_rules;

/* Reads [{"path":"/ephemerals/chef","allow":["read","watch"]},…]. A path is a URL path as in a watch's pattern, a
   trailing '/' ignored; "/" is everything. "allow":[] takes away what a shorter path gives. NULL and ERROR_INVALID:
   anything else, "*" as a segment, one path twice, more than ACCESS_RULES_MAX. */
struct access_rules *access_rules_parse(const json_t *rules, struct error *err);

/* Them again, in a form that does not depend on how they were written. The caller owns it. */
json_t *access_rules_view(const struct access_rules *rules);

/* Paths below are decoded, or decoded patterns (pattern.h), in which a "*" is a segment that no rule has. What is at or
   below "/tokens" needs ACCESS_ADMIN whatever the right asked for. */

/* The rule with the longest path at or above this one, counted by segments, allows it. */
bool access_allows(const struct access_rules *rules, enum access_right right, const char *path);

/* The word for what the right comes to at that path: "read", or "admin" at or below "/tokens". */
const char *access_right_name(enum access_right right, const char *path);

/* As access_allows at the path, or somewhere below it, or where a star of the pattern stands for a rule's segment. */
bool access_allows_some(const struct access_rules *rules, enum access_right right, const char *path);

/* As access_allows at the path and everywhere below it. */
bool access_allows_all(const struct access_rules *rules, enum access_right right, const char *path);

#endif
