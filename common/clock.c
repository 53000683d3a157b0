/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { YEAR_ZERO = 1900, YEAR_MAX = 9999 }; /* YEAR_ZERO: of struct tm */

static int64_t read_us(clockid_t id)
{
	struct timespec now;

	if (clock_gettime(id, &now))
		abort();
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_monotonic_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

/* Over the last of these bytes. */
static void put_number(char *out, int size, int number)
{
	for (; size-- > 0; number /= 10)
		out[size] = (char)('0' + number % 10);
}

/* Over the digits of "YYYY-MM-DD hh:mm:ss". False: the time has no such form. strftime takes five times as long, and
   each write shows four times. */
static bool put_seconds(char *out, int64_t wall_ms)
{
	time_t seconds = wall_ms / 1000 - (wall_ms % 1000 < 0);
	struct tm parts;

	if (!gmtime_r(&seconds, &parts) || parts.tm_year + YEAR_ZERO < 0 || parts.tm_year + YEAR_ZERO > YEAR_MAX)
		return false;
	put_number(out, 4, parts.tm_year + YEAR_ZERO);
	put_number(out + 5, 2, parts.tm_mon + 1);
	put_number(out + 8, 2, parts.tm_mday);
	put_number(out + 11, 2, parts.tm_hour);
	put_number(out + 14, 2, parts.tm_min);
	put_number(out + 17, 2, parts.tm_sec);
	return true;
}

/* Years of five digits do not fit: such a time is a mistake, so it is shown as none. */
const char *clock_text(int64_t wall_ms, char out[CLOCK_TEXT_BYTES])
{
	memcpy(out, "YYYY-MM-DD hh:mm:ss UTC", CLOCK_TEXT_BYTES);
	if (!put_seconds(out, wall_ms))
		out[0] = '\0';
	return out;
}

const char *clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_BYTES])
{
	memcpy(out, "YYYY-MM-DDThh:mm:ss.mmmZ", CLOCK_RFC3339_BYTES);
	if (put_seconds(out, wall_ms))
		put_number(out + 20, 3, (int)((wall_ms % 1000 + 1000) % 1000));
	else
		out[0] = '\0';
	return out;
}
