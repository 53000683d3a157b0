/* retry.h - decides what to do after a try of a delivery. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_RETRY_H
#define NOAHD_WATCH_RETRY_H

#include "noahd/watch/answer_line.h"

#include <stddef.h>
#include <stdint.h>

enum { RETRY_AFTER_MS_MAX = 3600 * 1000 }; /* what a receiver may ask for */

enum outcome_kind {
	OUTCOME_ANSWERED, /* with status */
	OUTCOME_FAILED,   /* no answer */
	OUTCOME_REFUSED,  /* refused by our own policy, without a try */
	OUTCOME_STALE,    /* no answer on a kept connection: this says nothing about the endpoint */
};

/* How a try ended. */
struct outcome {
	enum outcome_kind kind;
	unsigned status;                /* of HTTP */
	int64_t retry_after_ms;         /* 0: the receiver did not say */
	char text[512];                 /* for people: "HTTP 503", "Connection refused" */
	char answer[ANSWER_LINE_BYTES]; /* the receiver's reason; "": none */
};

struct retry_policy {
	const int64_t *delays_ms; /* the last repeats */
	size_t delay_count;
	int64_t give_up_ms; /* that one delivery may be pending */
	int64_t suspend_ms; /* that an endpoint may fail without a success */
};

/* The state of the delivery when the try ended. */
struct retry_situation {
	unsigned tries;     /* this one included */
	int64_t waited_ms;  /* the delivery; this and the next in run_time.h's sense */
	int64_t failing_ms; /* the endpoint; 0 for the first failure */
	double jitter;      /* uniform in [0, 1) */
};

enum retry_action {
	RETRY_DONE,    /* delivered */
	RETRY_AGAIN,   /* after delay_ms */
	RETRY_AT_ONCE, /* on a fresh connection; the endpoint has not failed */
	RETRY_DEAD,    /* this delivery is given up, the endpoint may be fine */
	RETRY_EXPIRED, /* given up for its age, as are pending ones that are as old; the next after delay_ms */
	RETRY_DISABLE, /* the receiver wants no more deliveries for this watch (410) */
	RETRY_SUSPEND, /* the endpoint has failed for too long */
};

struct retry_verdict {
	enum retry_action action;
	int64_t delay_ms;
};

struct retry_verdict retry_decide(const struct retry_policy *policy, const struct outcome *outcome,
    const struct retry_situation *situation);

#endif
