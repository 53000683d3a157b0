/* event_view.h - how an object looks in an event: as GET answers it, or without its contents where that would be
   large. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_EVENT_VIEW_H
#define NOAHD_REGISTRY_EVENT_VIEW_H

#include "noahd/registry/registry.h"

#include <jansson.h>

/* A larger event is kept and told without the object's contents: it says which object changed and how, and
   "truncated":true. */
enum { EVENT_BYTES_MAX = 48 * 1024 };

/* Whether the object's view in the planned version is certain to be larger than EVENT_BYTES_MAX. */
bool event_exceeds(const struct registry *registry, const struct registry_entry *entry);

/* The object's view in the planned version. Where that is certain to be larger than EVENT_BYTES_MAX it is not made in
   the first place, and what it has without its contents is told. The caller owns it. */
json_t *event_view(const struct registry *registry, const struct registry_entry *entry);

/* What is left of an event's body without contents, and "truncated". The caller owns it. */
json_t *event_without_contents(const json_t *body);

/* The body as text, without contents where it would be larger than EVENT_BYTES_MAX with the bytes that are put beside.
   free() it. */
char *event_render(json_t *take_body, size_t bytes_beside, size_t *out_size);

#endif
