/* histogram.h - how many of the values that were measured lie below each of some bounds. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HISTOGRAM_H
#define COMMON_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BOUNDS_MAX = 24 };

struct histogram_bounds {
	int64_t list[HISTOGRAM_BOUNDS_MAX]; /* growing */
	size_t count;
	int64_t per_unit; /* so many make one of the unit that is told: 1,000,000 where microseconds are told as seconds */
};

/* Zeroed but for bounds is empty. */
struct histogram {
	const struct histogram_bounds *bounds;
	/* Of each bound: how many are above the one before and not above this one; and at last how many are above all. */
	uint64_t counts[HISTOGRAM_BOUNDS_MAX + 1];
	int64_t sum;
};

/* From 10 us to 10 s, told in seconds. */
extern const struct histogram_bounds histogram_durations_us;
/* From 1 to 10,000. */
extern const struct histogram_bounds histogram_sizes;

void histogram_add(struct histogram *histogram, int64_t value);

/* Of all values. */
uint64_t histogram_count(const struct histogram *histogram);

#endif
