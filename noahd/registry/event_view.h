/* event_view.h - the view of an object in an event: the answer to GET, or less if that is too large. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_EVENT_VIEW_H
#define NOAHD_REGISTRY_EVENT_VIEW_H

#include "noahd/registry/registry.h"

#include <jansson.h>

/* The body of a larger event has no contents: it says which object changed and how, and "truncated":true. */
enum { EVENT_BYTES_MAX = 48 * 1024 };

/* Whether the view of the planned version is certain to exceed EVENT_BYTES_MAX. */
bool event_exceeds(const struct registry *registry, const struct registry_entry *entry);

/* The view of the planned version; without contents if event_exceeds. The caller owns it. */
json_t *event_view(const struct registry *registry, const struct registry_entry *entry);

/* The body of an event without contents, and with "truncated". The caller owns it. */
json_t *event_without_contents(const json_t *body);

/* The body as text; without contents if it would exceed EVENT_BYTES_MAX together with bytes_beside. free() it. */
char *event_render(json_t *take_body, size_t bytes_beside, size_t *out_size);

/* The category of a change: "//noah/hosts/web1". free() it. */
char *event_pubcategory(const struct record *record);

/* The body of the event of a change, which has everything but its body; reason NULL: none. take_view NULL: the view of
   the planned version of the entry. free() it. */
char *event_render_change(const struct registry *registry, const struct registry_entry *entry,
    const struct change *change, const char *reason, json_t *take_view, size_t *out_size);

#endif
