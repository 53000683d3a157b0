/* SPDX-License-Identifier: Apache-2.0 */
/* The table stands above the kinds and is asked from below, by number: this file alone includes all of them. */
#include "noahd/registry/kind.h"

#include "noahd/registry/application.h"
#include "noahd/registry/configuration.h"
#include "noahd/registry/ephemeral.h"
#include "noahd/registry/host.h"
#include "noahd/registry/link.h"
#include "noahd/registry/service.h"
#include "noahd/registry/tag.h"
#include "noahd/registry/token.h"
#include "noahd/registry/watch.h"

#include <assert.h>
#include <string.h>

/* All rows, in the order in which kinds are shown. */
#define LISTED_KINDS(ROW)                         \
	ROW(OBJECT_HOST, host_kind)                   \
	ROW(OBJECT_SERVICE, service_kind)             \
	ROW(OBJECT_APPLICATION, application_kind)     \
	ROW(OBJECT_CONFIGURATION, configuration_kind) \
	ROW(OBJECT_EPHEMERAL, ephemeral_kind)         \
	ROW(OBJECT_TAG, tag_kind)                     \
	ROW(OBJECT_LINK, link_kind)                   \
	ROW(OBJECT_WATCH, watch_kind)
#define GRANTING_KINDS(ROW) ROW(OBJECT_TOKEN, token_kind)
#define KINDS(ROW) LISTED_KINDS(ROW) GRANTING_KINDS(ROW)

#define IN_ORDER(number, row) &(row),
#define BY_NUMBER(number, row) [number] = &(row),

const struct kind *const kind_table[] = { KINDS(IN_ORDER) NULL };
const struct kind *const kind_listed[] = { LISTED_KINDS(IN_ORDER) NULL };
const struct kind *const kind_granting[] = { GRANTING_KINDS(IN_ORDER) NULL };

static const struct kind *const kinds_by_number[] = { KINDS(BY_NUMBER) };

bool kind_is_known(enum object_kind kind)
{
	return (size_t)kind < sizeof(kinds_by_number) / sizeof(*kinds_by_number) && kinds_by_number[kind];
}

const struct kind *kind_of(enum object_kind kind)
{
	assert(kind_is_known(kind));
	return kinds_by_number[kind];
}

bool kind_grants_rights(enum object_kind number)
{
	const struct kind *const *kind = kind_granting;

	while (*kind && (*kind)->number != number)
		kind++;
	return *kind;
}

const struct kind *kind_of_collection(const char *collection, size_t size)
{
	for (const struct kind *const *kind = kind_table; *kind; kind++)
		if (strlen((*kind)->collection) == size && !memcmp((*kind)->collection, collection, size))
			return *kind;
	return NULL;
}
