/* reload.h - the settings, read once more while we run. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_RELOAD_H
#define POKERD_RUNNER_RELOAD_H

#include "pokerd/runner/policy.h"
#include "pokerd/runner/runner.h"

#include <stdbool.h>

/* Where anything is wrong with them, or with the keys they name, all of it has been logged and *out is untouched. */
bool reload_policy(const struct runner_options *options, struct policy *out);

#endif
