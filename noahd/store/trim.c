/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/trim.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What may go if the last `kept` changes are to stay. */
static uint64_t beyond(const struct log_positions *positions, uint64_t kept)
{
	return positions->revision > kept ? positions->revision - kept : 0;
}

uint64_t trim_step(const struct log_positions *positions, uint64_t events_kept, uint64_t events_kept_max)
{
	uint64_t wanted = smaller(beyond(positions, events_kept), positions->needed);
	uint64_t forced = beyond(positions, events_kept_max);
	uint64_t possible = smaller(positions->recorded, positions->delivered);
	uint64_t step = positions->oldest - 1 + TRIM_STEP;

	return smaller(larger(wanted, forced), possible) >= step ? step : 0;
}
