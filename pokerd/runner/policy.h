/* policy.h - the settings with all that is made from them: what one reload replaces as a whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_POLICY_H
#define POKERD_RUNNER_POLICY_H

#include "pokerd/runner/key_ring.h"
#include "pokerd/runner/spawn_identity.h"
#include "pokerd/settings.h"

#include <stdbool.h>

/* Zeroed is empty. */
struct policy {
	struct pokerd_settings settings;
	struct key_ring keys;
	struct spawn_identity **identities; /* of each rule */
};

/* Reads the keys: only after the listener was forked. On success the settings are the policy's, and zeroed. On failure
   each mistake has been logged and the settings stay the caller's. */
bool policy_load(struct pokerd_settings *settings, struct policy *out);

/* Wipes the keys; the rest is useless then but for policy_finish. For a child that must not have them. */
void policy_forget_keys(struct policy *policy);
void policy_finish(struct policy *policy, const struct settings_table *table);

#endif
