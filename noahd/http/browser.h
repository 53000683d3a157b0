/* browser.h - what keeps a page in somebody's browser from using noahd behind their back. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_BROWSER_H
#define NOAHD_HTTP_BROWSER_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/http/site.h"

#include <stdbool.h>

/* False, with the status (403, 421): it would write, and the browser says that another site's page asks for it; or,
   while only this machine can reach us, it is for a name that is not ours, as it would be after DNS rebinding. Programs
   send none of this. */
bool browser_check(const struct http_call *call, const struct site *site, unsigned *out_status, struct error *err);

#endif
