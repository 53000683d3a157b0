/* browser.h - protection against web pages that misuse a visitor's browser. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_BROWSER_H
#define NOAHD_HTTP_BROWSER_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/http/site.h"

#include <stdbool.h>

/* False, with the status: 403 for a write that the browser sends for a page of another site, 421 for a request to a
   name that is not noahd's while only this machine can reach it, as after DNS rebinding. Programs send none of these
   headers. */
bool browser_check(const struct http_call *call, const struct site *site, unsigned *out_status, struct error *err);

#endif
