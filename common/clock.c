/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"

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

/* strftime takes five times as long, and each write tells four times. */
const char *clock_text(int64_t wall_ms, char out[CLOCK_TEXT_BYTES])
{
	time_t seconds = wall_ms / 1000 - (wall_ms % 1000 < 0);
	struct tm parts;

	out[0] = '\0';
	/* Years of five digits don't fit: such a time is nobody's, so it is shown as none. */
	if (!gmtime_r(&seconds, &parts) || parts.tm_year + YEAR_ZERO < 0 || parts.tm_year + YEAR_ZERO > YEAR_MAX)
		return out;
	memcpy(out, "YYYY-MM-DD hh:mm:ss UTC", CLOCK_TEXT_BYTES);
	put_number(out, 4, parts.tm_year + YEAR_ZERO);
	put_number(out + 5, 2, parts.tm_mon + 1);
	put_number(out + 8, 2, parts.tm_mday);
	put_number(out + 11, 2, parts.tm_hour);
	put_number(out + 14, 2, parts.tm_min);
	put_number(out + 17, 2, parts.tm_sec);
	return out;
}
