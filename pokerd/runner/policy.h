/* policy.h - the settings with everything derived from them: what a reload replaces as a whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_POLICY_H
#define POKERD_RUNNER_POLICY_H

#include "pokerd/verify/key_ring.h"
#include "pokerd/verify/status_token.h"
#include "pokerd/run/spawn_identity.h"
#include "pokerd/settings.h"

#include <stdbool.h>

/* Zeroed is empty. */
struct policy {
	struct pokerd_settings settings;
	struct key_ring keys;
	struct status_token status_token;
	struct spawn_identity **identities; /* of each rule */
};

/* Reads the keys and the status token: call it only after the listener was forked. On success the settings belong to
   the policy, and are zeroed. On failure each error has been logged and the settings still belong to the caller. */
bool policy_load(struct pokerd_settings *settings, struct policy *out);

/* Logs what the rules without a command of their own run. */
void policy_log_commands(const struct policy *policy);

/* Wipes the keys and the status token; after that only policy_finish is allowed. For a child that must not have
   them. */
void policy_forget_keys(struct policy *policy);
void policy_finish(struct policy *policy, const struct settings_table *table);

#endif
