/* poke_about.h - what a poke is about, in a few words for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_VERIFY_POKE_ABOUT_H
#define POKERD_VERIFY_POKE_ABOUT_H

#include "pokerd/verify/verify.h"

enum { POKE_ABOUT_BYTES = 160 };

/* "update of /ephemerals/chef/notify/web1 (data 2)", "create of /hosts/web1 (status up)", "delete of /hosts/web1": one
   line of UTF-8 without control characters; what is too long is cut off, with "…". Returns out. */
const char *poke_about(const struct verified_poke *poke, char out[POKE_ABOUT_BYTES]);

#endif
