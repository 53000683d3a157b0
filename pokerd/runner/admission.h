/* admission.h - the admission of a poke: verified, stored, queued, answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_ADMISSION_H
#define POKERD_RUNNER_ADMISSION_H

#include "pokerd/link/messages.h"
#include "pokerd/journal/journal.h"
#include "pokerd/runner/policy.h"
#include "pokerd/runner/refusals.h"
#include "pokerd/runner/runs.h"
#include "pokerd/runner/verification_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory of the caller; zeroed except for the borrowed members. */
struct admission {
	const struct policy *policy;
	struct journal *journal;
	struct runs *runs;
	char *const *listening; /* addressee.h */
	size_t listening_count;
	struct verification_limits *limits;
	bool is_stopping;            /* no more pokes are accepted */
	int64_t unwritable_until_ms; /* a poke had to be refused; reported by health */
	int64_t refusal_log_ms;      /* rate.h */
	unsigned long refusals_not_logged;
	struct refusals refusals;
};

/* The answer to a message. */
struct verdict {
	uint16_t status, retry_after_s;
	unsigned verifications; /* that it took, at most */
	char text[512];         /* the state of the poke, or the error for the client */
};

/* poke is a MESSAGE_POKE; its contents are not trusted. 202 means that the poke is on disk. */
void admission_poke(struct admission *admission, const struct message *poke, struct verdict *out);

/* message is a MESSAGE_PLAIN: counted. */
void admission_plain(struct admission *admission, const struct message *message, struct verdict *out);

/* Whether pokes can be accepted: 200 or 503. */
void admission_health(const struct admission *admission, struct verdict *out);

#endif
