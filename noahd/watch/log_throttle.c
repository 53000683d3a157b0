/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/log_throttle.h"

#include <ctype.h>

/* FNV-1a. */
static uint32_t mix(uint32_t hash, unsigned value)
{
	return (hash ^ value) * 16777619U;
}

static uint32_t log_throttle_hash(const struct outcome *outcome)
{
	uint32_t hash = mix(mix(2166136261U, (unsigned)outcome->kind), outcome->status);

	for (const char *at = outcome->text; *at; at++) {
		if (!isdigit((unsigned char)*at))
			hash = mix(hash, (unsigned char)*at);
	}
	return hash;
}

bool log_throttle_admits(struct log_throttle *throttle, const struct outcome *outcome, int64_t now_ms, int64_t again_ms)
{
	uint32_t hash = log_throttle_hash(outcome);
	struct throttled_reason *place = &throttle->reasons[0];

	for (int i = 0; i < LOG_THROTTLE_REASONS; i++) {
		struct throttled_reason *reason = &throttle->reasons[i];
		if (reason->at_ms && reason->hash == hash) {
			place = reason;
			break;
		}
		if (reason->at_ms < place->at_ms)
			place = reason;
	}
	if (place->at_ms && place->hash == hash && now_ms - place->at_ms < again_ms)
		return false;
	*place = (struct throttled_reason){ hash, now_ms };
	return true;
}
