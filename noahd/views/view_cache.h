/* view_cache.h - rendered answers of recently read objects, kept until the object changes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_VIEW_CACHE_H
#define NOAHD_VIEWS_VIEW_CACHE_H

#include "common/http_server.h"
#include "noahd/registry/registry.h"

struct view_cache;

/* Follows the registry, and drops the answers of changed objects. bytes_max: beyond, the least recently read are
   dropped. */
struct view_cache *view_cache_create(struct registry *registry, size_t bytes_max);
/* Before the registry is destroyed. NULL is fine. */
void view_cache_destroy(struct view_cache *cache);

/* The cached answer, with that Noah-Revision; NULL: none. Borrowed until the next call. */
struct http_response *view_cache_get(struct view_cache *cache, struct registry_entry *entry, uint64_t revision);

/* Takes the reference to an answer of about that size, made at that revision, and keeps it at least until the next
   put. */
void view_cache_put(struct view_cache *cache, struct registry_entry *entry, struct http_response *take, size_t bytes,
    uint64_t revision);

#endif
