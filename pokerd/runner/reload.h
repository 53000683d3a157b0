/* reload.h - reads the settings again while pokerd runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RELOAD_H
#define POKERD_RUNNER_RELOAD_H

#include "pokerd/runner/policy.h"
#include "pokerd/runner/runner.h"

#include <stdbool.h>

/* If the settings or the keys have errors, all of them have been logged and *out is unchanged. */
bool reload_policy(const struct runner_options *options, struct policy *out);

#endif
