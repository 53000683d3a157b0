/* watch.h - the rules of watches: a pattern, and an endpoint that is told. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_WATCH_H
#define NOAHD_REGISTRY_WATCH_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind watch_kind;

/* A watch's name: base64 of "<pattern>|<endpoint>"; free() it. */
char *watch_name(const char *pattern, const char *endpoint);

/* "/watches/<name>"; free() it. */
char *watch_path(const char *name);

/* What a watch asks for: its pattern, decoded (pattern.h), and the token with which it was registered (NULL: none). */
struct watch_terms {
	char *decoded, *registrant;
};

/* False where the record's value cannot be understood. Else watch_terms_finish. */
bool watch_terms_read(const struct record *watch, struct watch_terms *out);
void watch_terms_finish(struct watch_terms *terms);

/* Its registrant is the plan's writer. The caller has checked pattern and endpoint. ERROR_CONFLICT: it exists, or this endpoint has one that covers it or is covered. */
bool watch_put(struct plan *plan, const char *pattern, const char *endpoint, struct registry_entry **out_entry,
    struct error *err);

/* *out_view: the watch as it was; the caller owns it. ERROR_NOT_FOUND. */
bool watch_delete(struct plan *plan, const char *pattern, const char *endpoint, json_t **out_view, struct error *err);

#endif
