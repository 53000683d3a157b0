/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/when.h"

#include "common/number.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };
enum { DURATION_DAYS_MAX = 36500, DIGITS_MAX = 15 };

static int64_t unit_ms(char letter)
{
	switch (letter) {
	case 's':
		return SECOND_MS;
	case 'm':
		return MINUTE_MS;
	case 'h':
		return HOUR_MS;
	case 'd':
		return DAY_MS;
	default:
		return 0;
	}
}

/* "30m": digits, then a letter. */
static bool parse_with_unit(const char *text, int64_t *out_ms)
{
	char digits[DIGITS_MAX + 1];
	size_t size = strlen(text);
	int64_t unit = size ? unit_ms(text[size - 1]) : 0, number;

	if (size < 2 || size > DIGITS_MAX || !unit)
		return false;
	memcpy(digits, text, size - 1);
	digits[size - 1] = '\0';
	if (!number_parse_int64(digits, 1, DURATION_DAYS_MAX * (DAY_MS / unit), &number))
		return false;
	*out_ms = number * unit;
	return true;
}

bool when_parse_duration(const char *text, int64_t *out_ms, struct error *err)
{
	int64_t seconds;

	if (parse_with_unit(text, out_ms))
		return true;
	if (!number_parse_int64(text, 1, (int64_t)DURATION_DAYS_MAX * (DAY_MS / SECOND_MS), &seconds))
		return error_set(err, ERROR_INVALID,
		    "\"%.64s\" is not a duration: allowed is a number with s, m, h or d, as in 30m", text);
	*out_ms = seconds * SECOND_MS;
	return true;
}

static bool parse_date(const char *text, int64_t *out_ms)
{
	static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S UTC",
		"%Y-%m-%dT%H:%M:%SZ" };

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct tm parts = { 0 };
		const char *end = strptime(text, formats[i], &parts);
		if (!end || *end)
			continue;
		*out_ms = (int64_t)timegm(&parts) * SECOND_MS;
		return true;
	}
	return false;
}

bool when_parse(const char *text, int64_t now_ms, int64_t *out_ms, struct error *err)
{
	int64_t number;

	if (parse_with_unit(text, &number))
		*out_ms = now_ms - number;
	else if (number_parse_int64(text, 1, 99999999999, &number))
		*out_ms = number * SECOND_MS;
	else if (!parse_date(text, out_ms))
		return error_set(err, ERROR_INVALID,
		    "\"%.64s\" is not a time: allowed are 30m, 2h or 3d ago, seconds since 1970, or a date as in \"2026-11-30 "
		    "17:12:03\", in UTC",
		    text);
	return true;
}

/* The two largest units of a duration; what is below them is cut off. */
static const struct {
	int64_t from_ms, unit_ms, part_ms;
	const char *unit, *part;
} forms[] = {
	{ DAY_MS, DAY_MS, HOUR_MS, "d", "h" },
	{ HOUR_MS, HOUR_MS, MINUTE_MS, "h", "min" },
	{ MINUTE_MS, MINUTE_MS, SECOND_MS, "min", "s" },
	{ INT64_C(10) * SECOND_MS, SECOND_MS, 0, "s", NULL },
};
enum { FORMS = sizeof(forms) / sizeof(*forms) };

const char *when_duration_text(int64_t duration_ms, char out[WHEN_TEXT_BYTES])
{
	for (size_t i = 0; i < FORMS; i++) {
		if (duration_ms < forms[i].from_ms)
			continue;
		int64_t part = forms[i].part ? duration_ms % forms[i].unit_ms / forms[i].part_ms : 0;
		int size = snprintf(out, WHEN_TEXT_BYTES, "%" PRId64 " %s", duration_ms / forms[i].unit_ms, forms[i].unit);
		if (part)
			snprintf(out + size, WHEN_TEXT_BYTES - (size_t)size, " %" PRId64 " %s", part, forms[i].part);
		return out;
	}
	if (duration_ms < 0)
		duration_ms = 0;
	snprintf(out, WHEN_TEXT_BYTES, "%" PRId64 ".%03" PRId64 " s", duration_ms / SECOND_MS, duration_ms % SECOND_MS);
	return out;
}

const char *when_text(int64_t wall_ms, int64_t now_ms, char out[WHEN_TEXT_BYTES])
{
	bool is_past = wall_ms <= now_ms;
	int64_t distance_ms = is_past ? now_ms - wall_ms : wall_ms - now_ms;

	snprintf(out, WHEN_TEXT_BYTES, "%s", "just now");
	for (size_t i = 0; distance_ms >= SECOND_MS && i < FORMS; i++) {
		if (i + 1 < FORMS && distance_ms < forms[i].from_ms)
			continue;
		snprintf(out, WHEN_TEXT_BYTES, "%s%" PRId64 " %s%s", is_past ? "" : "in ", distance_ms / forms[i].unit_ms,
		    forms[i].unit, is_past ? " ago" : "");
		break;
	}
	return out;
}
