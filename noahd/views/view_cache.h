/* view_cache.h - finished answers of objects that were read lately, kept until the object changes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_VIEWS_VIEW_CACHE_H
#define NOAHD_VIEWS_VIEW_CACHE_H

#include "common/http_server.h"
#include "noahd/registry/registry.h"

struct view_cache;

/* Follows the registry: what has changed is forgotten. bytes_max bounds what is kept, the least lately read
   going first. */
struct view_cache *view_cache_create(struct registry *registry, size_t bytes_max);
/* Before the registry is. NULL is fine. */
void view_cache_destroy(struct view_cache *cache);

/* The answer kept for an entry, with Noah-Revision as given; NULL: none is kept. Borrowed until the next call. */
struct http_response *view_cache_get(struct view_cache *cache, struct registry_entry *entry, uint64_t revision);

/* Keeps an answer of about that size, made at that revision, or lets it go at the next put; the reference is taken. */
void view_cache_put(struct view_cache *cache, struct registry_entry *entry, struct http_response *take, size_t bytes,
    uint64_t revision);

#endif
