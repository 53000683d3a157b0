/* lifetime_value.h - the lifetime that a request gives an object. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_LIFETIME_VALUE_H
#define NOAHD_HTTP_LIFETIME_VALUE_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/http/body.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The key of a body that has a lifetime, its check, and its value; 0: none. */
#define BODY_LIFETIME                 \
	{                                 \
		"lifetime", BODY_NUMBER, true \
	}
bool body_lifetime_check(const struct http_call *call, json_t *body, struct error *err);
int64_t body_lifetime_ms(const json_t *body);

/* The same for a parameter of the query. */
bool lifetime_check(const struct http_call *call, const char *parameter, struct error *err);
int64_t call_seconds_ms(const struct http_call *call, const char *parameter);

#endif
