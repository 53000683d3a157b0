/* watch.h - the rules of watches: a pattern, and an endpoint that is told. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_WATCH_H
#define NOAHD_REGISTRY_WATCH_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"
#include "noahd/registry/token_table.h"

extern const struct kind watch_kind;

#define ALL_WATCHES "watches"
#define WATCHES_OF_TARGET "endpoint" /* by the endpoint */

/* A watch's name: base64 of "<pattern>|<endpoint>"; free() it. */
char *watch_name(const char *pattern, const char *endpoint);

/* "/watches/<name>"; free() it. */
char *watch_path(const char *name);

/* What a PUT asks for. */
struct watch_wish {
	const char *pattern, *endpoint;
	const json_t *when, *owner;       /* strings; JSON null: no longer; NULL: as it is */
	const struct token_table *tokens; /* by whose rules a registrant may read what its watch is for */
};

/* Whether it can be put: a pattern, a name that GET can be asked for, terms that are known. The endpoint is the
   caller's to check. ERROR_INVALID, ERROR_TOO_LARGE. */
bool watch_check(const struct watch_wish *wish, struct error *err);

/* Of a wish that was checked. Its registrant is the plan's writer, the time the plan's. A watch that is there gets
   other terms, and another registrant where the one it has may read nothing of it any more. ERROR_CONFLICT: it is there
   with these terms or another's, or this endpoint has one that covers it or is covered. */
bool watch_put(struct plan *plan, const struct watch_wish *wish, struct registry_entry **out_entry,
    enum change_action *out_action, struct error *err);

/* How many watches tell nothing, since those who registered them may read nothing of what they are for. Looks at
   each. */
size_t watch_count_unauthorized(const struct registry *registry, enum version version, const struct token_table *tokens,
    int64_t now_ms);

/* *out_view: the watch as it was; the caller owns it. ERROR_NOT_FOUND. */
bool watch_delete(struct plan *plan, const char *name, json_t **out_view, struct error *err);

#endif
