/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/watch_index.h"

#include "common/memory.h"
#include "noahd/registry/pattern.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

struct watch_index_node {
	struct watch_index_node *parent;   /* NULL: the root */
	struct watch_index_node *children; /* by segment */
	struct watch_index_node *any;      /* the child for "*" */
	struct watch_index_entry *entries;
	UT_hash_handle hh; /* among the parent's children */
	char segment[];    /* "" for the root and for "any" */
};

struct watch_index {
	struct watch_index_node *root;
};

struct visitor {
	void (*visit)(void *context, struct watch_index_entry *entry);
	void *context;
};

static struct watch_index_node *node_create(struct watch_index_node *parent, const char *segment)
{
	size_t size = strlen(segment) + 1;
	struct watch_index_node *node = memory_zeroed(1, sizeof(*node) + size);

	node->parent = parent;
	memcpy(node->segment, segment, size);
	return node;
}

static void node_destroy(struct watch_index_node *node)
{
	struct watch_index_node *child, *following;

	if (!node)
		return;
	HASH_ITER (hh, node->children, child, following) {
		HASH_DEL(node->children, child);
		node_destroy(child);
	}
	node_destroy(node->any);
	free(node);
}

struct watch_index *watch_index_create(void)
{
	struct watch_index *index = memory_allocate(sizeof(*index));
	index->root = node_create(NULL, "");
	return index;
}

void watch_index_destroy(struct watch_index *index)
{
	if (!index)
		return;
	node_destroy(index->root);
	free(index);
}

/* The child for a segment of a pattern (NULL: any), created if missing. */
static struct watch_index_node *child_for(struct watch_index_node *node, const char *segment)
{
	struct watch_index_node *child;

	if (!segment) {
		if (!node->any)
			node->any = node_create(node, "");
		return node->any;
	}
	HASH_FIND_STR(node->children, segment, child);
	if (!child) {
		child = node_create(node, segment);
		HASH_ADD_STR(node->children, segment, child);
	}
	return child;
}

bool watch_index_add(struct watch_index *index, struct watch_index_entry *entry, const char *pattern, struct error *err)
{
	struct pattern parsed;
	struct watch_index_node *node = index->root;

	if (!pattern_parse(pattern, &parsed, err))
		return false;
	for (size_t i = 0; i < parsed.segment_count; i++)
		node = child_for(node, parsed.segments[i]);
	entry->node = node;
	DL_APPEND2(node->entries, entry, previous, next);
	return true;
}

void watch_index_remove(struct watch_index_entry *entry)
{
	struct watch_index_node *node = entry->node;

	if (!node)
		return;
	DL_DELETE2(node->entries, entry, previous, next);
	memset(entry, 0, sizeof(*entry));
	while (node->parent && !node->entries && !node->children && !node->any) {
		struct watch_index_node *parent = node->parent;
		if (parent->any == node)
			parent->any = NULL;
		else
			HASH_DEL(parent->children, node);
		free(node);
		node = parent;
	}
}

/* Entries at a node match all paths through it. PATTERN_SEGMENTS_MAX bounds the depth of a tree. */
static size_t visit_below(const struct watch_index_node *node, const char *rest, const struct visitor *visitor)
{
	struct watch_index_node *child;
	struct watch_index_entry *entry;
	struct path_segment segment;

	if (!node)
		return 0;
	for (entry = node->entries; entry; entry = entry->next)
		visitor->visit(visitor->context, entry);
	if (!path_next(&rest, &segment))
		return 1;
	HASH_FIND(hh, node->children, segment.text, segment.size, child);
	return 1 + visit_below(child, rest, visitor) + visit_below(node->any, rest, visitor);
}

size_t watch_index_match(const struct watch_index *index, const char *path,
    void (*visit)(void *context, struct watch_index_entry *entry), void *context)
{
	return visit_below(index->root, path, &(struct visitor){ visit, context });
}
