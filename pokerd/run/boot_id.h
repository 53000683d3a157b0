/* boot_id.h - identifies the current boot of the machine. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_BOOT_ID_H
#define POKERD_RUN_BOOT_ID_H

#include <stdbool.h>

enum { BOOT_ID_BYTES = 64 };

/* random(4), boot_id: differs after each boot. False, with "" in out: it cannot be read. */
bool boot_id_read(char out[BOOT_ID_BYTES]);

/* Both are known and differ: the machine has rebooted in between. */
bool boot_id_differs(const char *before, const char *now);

#endif
