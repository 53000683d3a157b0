/* watch.h - the rules of watches: a pattern, and the endpoint that receives the changes it matches. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_WATCH_H
#define NOAHD_REGISTRY_WATCH_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"
#include "noahd/registry/token_table.h"

extern const struct kind watch_kind;

#define ALL_WATCHES "watches"
#define WATCHES_OF_ENDPOINT "endpoint" /* by the endpoint */

/* The name of a watch: base64 of "<pattern>|<endpoint>"; free() it. */
char *watch_name(const char *pattern, const char *endpoint);

/* "/watches/<name>"; free() it. */
char *watch_path(const char *name);

/* What a PUT requests. */
struct watch_wish {
	const char *pattern, *endpoint;
	const json_t *when, *owner;       /* strings; JSON null: none; NULL: unchanged */
	const struct token_table *tokens; /* to find what registrants may read */
};

/* Whether it can be put: the pattern is valid, the path not too long for a GET, and the terms are known. The caller
   checks the endpoint. ERROR_INVALID, ERROR_TOO_LARGE. */
bool watch_check(const struct watch_wish *wish, struct error *err);

/* The wish has been checked. The registrant is the writer of the plan. An existing watch gets the new terms; it is
   adopted if its registrant may no longer read anything it matches. ERROR_CONFLICT: it exists with the same terms or
   belongs to another token, or the endpoint has a watch whose pattern covers this one or is covered by it. */
bool watch_put(struct plan *plan, const struct watch_wish *wish, struct registry_entry **out_entry,
    enum change_action *out_action, struct error *err);

/* How many watches deliver nothing because their registrants may read nothing they match. Visits all watches. */
size_t watch_count_unauthorized(const struct registry *registry, enum version version, const struct token_table *tokens,
    int64_t now_ms);

/* *out_view: its last view; the caller owns it. ERROR_NOT_FOUND. */
bool watch_delete(struct plan *plan, const char *name, json_t **out_view, struct error *err);

#endif
