/* admission.h - a poke on its way in: verified, remembered on the disk, queued, answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_ADMISSION_H
#define POKERD_RUNNER_ADMISSION_H

#include "pokerd/link/messages.h"
#include "pokerd/runner/journal.h"
#include "pokerd/runner/policy.h"
#include "pokerd/runner/runs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory of the caller; zeroed but for what is borrowed. */
struct admission {
	const struct policy *policy;
	struct journal *journal;
	struct runs *runs;
	char *const *listening; /* addressee.h */
	size_t listening_count;
	bool is_stopping;         /* nothing more is taken in */
	int64_t no_room_until_ms; /* a poke had to be sent away: what health tells */
	int64_t refusal_log_ms;   /* rate.h */
	unsigned long refusals_not_logged;
};

/* What is to be answered. */
struct verdict {
	uint16_t status, retry_after_s;
	char text[512]; /* the state of the poke, or what to tell the client */
};

/* poke is of MESSAGE_POKE; nothing in it is believed. A 202 stands for a poke that is on the disk. */
void admission_poke(struct admission *admission, const struct message *poke, struct verdict *out);

/* Whether a poke could be taken in: 200 or 503. */
void admission_health(const struct admission *admission, struct verdict *out);

#endif
