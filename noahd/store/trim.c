/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/trim.h"

#include <string.h>

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The last change that may be removed if the last `kept` stay. */
static uint64_t beyond(const struct log_positions *positions, uint64_t kept)
{
	return positions->revision > kept ? positions->revision - kept : 0;
}

uint64_t trim_possible(const struct log_positions *positions)
{
	return smaller(positions->recorded, positions->delivered);
}

uint64_t trim_step(const struct log_positions *positions, const struct log_limits *limits)
{
	uint64_t wanted = smaller(beyond(positions, limits->events_kept), positions->needed);
	uint64_t forced = beyond(positions, limits->events_kept_max);
	uint64_t last = smaller(wanted > forced ? wanted : forced, trim_possible(positions));
	uint64_t step = positions->oldest - 1 + TRIM_STEP;

	return last >= step ? step : 0;
}

uint64_t trim_excess(const struct log_positions *positions, const struct log_limits *limits)
{
	const uint64_t max = limits->bytes_max;
	return positions->bytes > max ? positions->bytes - (max - max / 32) : 0;
}

static uint64_t trim_text_bytes(const char *text)
{
	return text ? strlen(text) : 0;
}

uint64_t change_row_bytes(const struct change *change)
{
	const struct record *record = &change->record;

	return CHANGE_ROW_BYTES + trim_text_bytes(change->pubcategory) + trim_text_bytes(change->aliases) +
	       trim_text_bytes(change->causes) + trim_text_bytes(change->by) + change->body_size +
	       trim_text_bytes(record->path) + (record->has_value ? record->value_size : 0) +
	       trim_text_bytes(record->tags) + trim_text_bytes(record->links);
}
