/* status.h - the status for operators, as JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_STATUS_H
#define POKERD_RUNNER_STATUS_H

#include "pokerd/runner/admission.h"
#include "pokerd/runner/listeners.h"
#include "pokerd/runner/runs.h"

#include <jansson.h>
#include <stdint.h>

/* All borrowed. */
struct status_sources {
	const struct runs *runs;
	const struct admission *admission;
	const struct listeners *listeners;
	int64_t started_ms; /* wall clock */
};

/* {"version","pid","started_ms","health","listener":{"pid","deaths"},"run","rules","refused"} (refusals.h) */
json_t *status_json(const struct status_sources *sources);

#endif
