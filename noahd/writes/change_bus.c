/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/writes/change_bus.h"

#include <assert.h>

void change_bus_subscribe(struct change_bus *bus, enum change_phase phase, change_subscriber *see, void *context)
{
	assert(bus->count < CHANGE_SUBSCRIBERS_MAX);
	bus->subscribers[bus->count].phase = phase;
	bus->subscribers[bus->count].see = see;
	bus->subscribers[bus->count].context = context;
	bus->count++;
}

void changes_applied(const struct change_bus *bus, enum change_phase phase, const struct applied_changes *changes)
{
	for (size_t i = 0; i < bus->count; i++)
		if (bus->subscribers[i].phase == phase)
			bus->subscribers[i].see(bus->subscribers[i].context, changes);
}
