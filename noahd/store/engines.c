/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/engines.h"

#include <string.h>

static const struct store_engine *const engines[] = { &sqlite_engine, &memory_engine };

const struct store_engine *store_engine_find(const char *name)
{
	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++)
		if (!strcmp(engines[i]->name, name))
			return engines[i];
	return NULL;
}
