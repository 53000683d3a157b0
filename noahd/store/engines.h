/* engines.h - the built-in storage engines. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_ENGINES_H
#define NOAHD_STORE_ENGINES_H

#include "noahd/store/store.h"

extern const struct store_engine memory_engine; /* nothing outlives the process */
extern const struct store_engine sqlite_engine; /* noah.db in the state directory */

#endif
