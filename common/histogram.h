/* histogram.h - how many measured values lie below each of several bounds. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HISTOGRAM_H
#define COMMON_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BOUNDS_MAX = 24 };

struct histogram_bounds {
	int64_t list[HISTOGRAM_BOUNDS_MAX]; /* ascending */
	size_t count;
	int64_t per_unit; /* values per exported unit: 1,000,000 if microseconds are exported as seconds */
};

/* Empty if everything but bounds is zeroed. */
struct histogram {
	const struct histogram_bounds *bounds;
	/* For each bound, the number of values above the previous bound and up to this one; last, the number above all
	   bounds. */
	uint64_t counts[HISTOGRAM_BOUNDS_MAX + 1];
	int64_t sum;
};

/* From 10 µs to 10 s, exported in seconds. */
extern const struct histogram_bounds histogram_durations_us;
/* From 1 to 10,000. */
extern const struct histogram_bounds histogram_sizes;

void histogram_add(struct histogram *histogram, int64_t value);

/* Of all values. */
uint64_t histogram_count(const struct histogram *histogram);

#endif
