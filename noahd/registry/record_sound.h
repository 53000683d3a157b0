/* record_sound.h - whether the registry can have made a record, which a store asks when it loads one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_RECORD_SOUND_H
#define NOAHD_REGISTRY_RECORD_SOUND_H

#include "noahd/registry/record.h"

#include <stdbool.h>

/* Whether the registry can have made it: a known kind, a path and a value of that kind, a lifetime within bounds and
   only if the kind has lifetimes. Called on any thread. */
bool record_is_sound(const struct record *record);

#endif
