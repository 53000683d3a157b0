/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/spawn_environment.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

void spawn_environment_init(struct spawn_environment *environment, const struct spawn_identity *identity)
{
	*environment = (struct spawn_environment){ 0 };
	spawn_environment_set(environment, "HOME", identity->home);
	spawn_environment_set(environment, "USER", identity->name);
	spawn_environment_set(environment, "LOGNAME", identity->name);
	spawn_environment_set(environment, "PATH", SPAWN_PATH);
	spawn_environment_set(environment, "LANG", "C.UTF-8");
}

void spawn_environment_finish(struct spawn_environment *environment)
{
	for (size_t i = 0; i < environment->count; i++)
		free(environment->list[i]);
	free(environment->list);
	*environment = (struct spawn_environment){ 0 };
}

/* The index of that name, or the index after the last. */
static size_t place_of(const struct spawn_environment *environment, const char *name)
{
	size_t size = strlen(name), i = 0;

	while (i < environment->count &&
	       (strncmp(environment->list[i], name, size) != 0 || environment->list[i][size] != '='))
		i++;
	return i;
}

void spawn_environment_set(struct spawn_environment *environment, const char *name, const char *value)
{
	size_t place = place_of(environment, name);

	if (place == environment->count) {
		environment->list = memory_grow(environment->list, ++environment->count + 1, sizeof(*environment->list));
		environment->list[environment->count] = NULL;
	} else {
		free(environment->list[place]);
	}
	environment->list[place] = memory_format("%s=%s", name, value);
}
