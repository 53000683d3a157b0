/* breaker.h - stops runs that keep failing, or that are too many in an hour, and lets one through after a while. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_QUEUE_BREAKER_H
#define POKERD_QUEUE_BREAKER_H

#include <stdint.h>

enum {
	BREAKER_PER_HOUR_MAX = 1000,
	BREAKER_HOUR_MS = 3600 * 1000,
	BREAKER_FIRST_MS = 15 * 60 * 1000,      /* from the failure that trips it to the next run, */
	BREAKER_LONGEST_MS = 4 * 3600 * 1000,   /* doubled with each further failure up to this */
	BREAKER_RETRY_FIRST_MS = 60 * 1000,     /* from a failure to the retry, */
	BREAKER_RETRY_LONGEST_MS = 1800 * 1000, /* doubled likewise */
};

/* The runs in a row of one rule that failed or were lost. Zeroed: none. */
struct breaker_failures {
	unsigned count;
	int64_t until_ms; /* no run before, if count has reached the limit */
};

/* A further one. to_hold: how many trip the breaker; 0: no number does. */
void breaker_failed(struct breaker_failures *failures, unsigned to_hold, int64_t now_ms);

/* When the next run is let through; not in the future: now. */
int64_t breaker_failures_ms(const struct breaker_failures *failures, unsigned to_hold);

/* From the last failure to the retry. */
int64_t breaker_retry_ms(const struct breaker_failures *failures);

/* The starts of all rules in the last hour, the oldest first. */
struct breaker_hour {
	unsigned count;
	int64_t starts[BREAKER_PER_HOUR_MAX];
};

void breaker_started(struct breaker_hour *hour, int64_t now_ms);

/* When a further start is within the limit; not in the future: it is. per_hour 0: there is none. */
int64_t breaker_hour_ms(const struct breaker_hour *hour, unsigned per_hour);

#endif
