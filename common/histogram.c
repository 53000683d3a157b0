/* SPDX-License-Identifier: Apache-2.0 */
#include "common/histogram.h"

/* clang-format off */
const struct histogram_bounds histogram_durations_us = {
	.list = { 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	          1000000, 2500000, 5000000, 10000000 },
	.count = 19,
	.per_unit = 1000000,
};

const struct histogram_bounds histogram_sizes = {
	.list = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000 },
	.count = 13,
	.per_unit = 1,
};
/* clang-format on */

void histogram_add(struct histogram *histogram, int64_t value)
{
	const struct histogram_bounds *bounds = histogram->bounds;
	size_t i = 0;

	while (i < bounds->count && value > bounds->list[i])
		i++;
	histogram->counts[i]++;
	histogram->sum += value;
}

uint64_t histogram_count(const struct histogram *histogram)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= histogram->bounds->count; i++)
		count += histogram->counts[i];
	return count;
}
