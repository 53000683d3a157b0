/* lifetime_value.h - how long an object shall live, as a request says it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_LIFETIME_VALUE_H
#define NOAHD_HTTP_LIFETIME_VALUE_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/http/body.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* A row of keys for hosts and services, and what the body says there; 0: nothing. */
#define BODY_LIFETIME                 \
	{                                 \
		"lifetime", BODY_NUMBER, true \
	}
bool body_lifetime_check(const struct http_call *call, json_t *body, struct error *err);
int64_t body_lifetime_ms(const json_t *body);

/* What a parameter of the query says; 0: nothing. Check it first: ERROR_INVALID. */
bool lifetime_check(const struct http_call *call, const char *parameter, struct error *err);
int64_t call_seconds_ms(const struct http_call *call, const char *parameter);

#endif
