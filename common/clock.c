/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"

#include <stdlib.h>
#include <time.h>

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

const char *clock_text(int64_t wall_ms, char out[CLOCK_TEXT_BYTES])
{
	time_t seconds = wall_ms / 1000 - (wall_ms % 1000 < 0);
	struct tm parts;

	/* Years of five digits don't fit: such a time is nobody's, so it is shown as none. */
	if (!gmtime_r(&seconds, &parts) || !strftime(out, CLOCK_TEXT_BYTES, "%Y-%m-%d %H:%M:%S UTC", &parts))
		out[0] = '\0';
	return out;
}
