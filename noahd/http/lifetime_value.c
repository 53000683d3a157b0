/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/lifetime_value.h"

#include "common/number.h"
#include "noahd/registry/change.h"

#include <math.h>

#define SECONDS_MIN 0.05
#define SECONDS_MAX ((double)LIFETIME_MS_MAX / 1000)

static bool check_seconds(const char *name, double seconds, struct error *err)
{
	return (seconds >= SECONDS_MIN && seconds <= SECONDS_MAX) ||
	       error_set(err, ERROR_INVALID, "\"%s\" must be from %g to %.0f seconds", name, SECONDS_MIN, SECONDS_MAX);
}

bool body_lifetime_check(const struct http_call *call, json_t *body, struct error *err)
{
	const json_t *lifetime = json_object_get(body, "lifetime");

	(void)call;
	return !lifetime || check_seconds("lifetime", json_number_value(lifetime), err);
}

int64_t body_lifetime_ms(const json_t *body)
{
	return (int64_t)(json_number_value(json_object_get(body, "lifetime")) * 1000);
}

bool lifetime_check(const struct http_call *call, const char *parameter, struct error *err)
{
	const char *text = http_target_parameter(call->target, parameter);
	double seconds;

	if (!text)
		return true;
	return number_parse_decimal(text, 0, HUGE_VAL, &seconds)
	           ? check_seconds(parameter, seconds, err)
	           : error_set(err, ERROR_INVALID, "\"%s\" must be a number of seconds, not \"%.64s\"", parameter, text);
}

int64_t call_seconds_ms(const struct http_call *call, const char *parameter)
{
	const char *text = http_target_parameter(call->target, parameter);
	double seconds;

	return text && number_parse_decimal(text, 0, HUGE_VAL, &seconds) ? (int64_t)(seconds * 1000) : 0;
}
