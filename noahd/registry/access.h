/* access.h - rules that grant rights by path; the rule with the longest path decides. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_ACCESS_H
#define NOAHD_REGISTRY_ACCESS_H

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>

enum access_right { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_WATCH = 4, ACCESS_ADMIN = 8 };

enum { ACCESS_RULES_MAX = 128 }; /* in one token */

/* Immutable, one block of memory: free() it. NULL is no rules: nothing is allowed. */
struct access_rules;

/* Parses [{"path":"/ephemerals/chef","allow":["read","watch"]},…]. A path is a URL path as in a pattern; a trailing '/'
   is ignored, and "/" is everything. "allow":[] denies what a shorter path allows. NULL and ERROR_INVALID: it is
   something else, contains "*" as a segment or a path twice, or has more than ACCESS_RULES_MAX rules. */
struct access_rules *access_rules_parse(const json_t *rules, struct error *err);

/* The rules as JSON, in a normal form. The caller owns it. */
json_t *access_rules_view(const struct access_rules *rules);

/* Paths are decoded, or decoded patterns (pattern.h), whose "*" equals no segment of a rule. At or below the collection
   of a kind that grants rights (kind.h), "/tokens", every right comes down to ACCESS_ADMIN. */

/* Whether the rule with the longest path at or above this one allows it. */
bool access_allows(const struct access_rules *rules, enum access_right right, const char *path);

/* The name of the right that is needed at that path: "read", or "admin" at or below "/tokens". */
const char *access_right_name(enum access_right right, const char *path);

/* Whether it is allowed at the path, anywhere below it, or with a segment of a rule in place of a "*". */
bool access_allows_some(const struct access_rules *rules, enum access_right right, const char *path);

/* Whether it is allowed at the path and everywhere below it. */
bool access_allows_all(const struct access_rules *rules, enum access_right right, const char *path);

#endif
