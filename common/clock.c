/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { YEAR_MAX = 9999, DAY_SECONDS = 86400 };

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

int64_t clock_boot_ms(void)
{
	return read_us(CLOCK_BOOTTIME) / 1000;
}

int64_t clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

/* Overwrites the last of these bytes. */
static void put_number(char *out, int size, int number)
{
	for (; size-- > 0; number /= 10)
		out[size] = (char)('0' + number % 10);
}

/* Counts years from March, so that a leap day is the last day of its year. The calendar repeats every 400 years. */
enum { ERA_DAYS = 146097, ERA_YEARS = 400, DAYS_TO_1970 = 719468 /* from the first of March in the year 0 */ };

struct date {
	int64_t year;
	int month, day; /* from 1 on */
};

/* The date in the proleptic Gregorian calendar (ISO 8601); days: since 1970. gmtime_r takes a lock and is six times
   slower. */
static struct date date_of(int64_t days)
{
	static const int before_month[] = { 0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337 };

	days += DAYS_TO_1970;
	const int64_t era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
	const int in_era = (int)(days - era * ERA_DAYS);
	const int year = (in_era - in_era / 1460 + in_era / 36524 - in_era / (ERA_DAYS - 1)) / 365;
	const int in_year = in_era - (365 * year + year / 4 - year / 100);
	int month = in_year / 31;

	if (month < 11 && before_month[month + 1] <= in_year)
		month++;
	return (struct date){
		.year = era * ERA_YEARS + year + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = in_year - before_month[month] + 1,
	};
}

/* Overwrites the digits of "YYYY-MM-DD hh:mm:ss". False: the time cannot be written so. Fast, since each write shows
   four times. */
static bool put_seconds(char *out, int64_t wall_ms)
{
	const int64_t seconds = wall_ms / 1000 - (wall_ms % 1000 < 0);
	const int64_t days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
	const int in_day = (int)(seconds - days * DAY_SECONDS);
	const struct date date = date_of(days);

	if (date.year < 0 || date.year > YEAR_MAX)
		return false;
	put_number(out, 4, (int)date.year);
	put_number(out + 5, 2, date.month);
	put_number(out + 8, 2, date.day);
	put_number(out + 11, 2, in_day / 3600);
	put_number(out + 14, 2, in_day / 60 % 60);
	put_number(out + 17, 2, in_day % 60);
	return true;
}

/* A year of five digits does not fit. Such a time is an error anyway, so none is shown. */
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
