/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/policy.h"

#include "common/log.h"
#include "common/memory.h"
#include "pokerd/chef/rule_command.h"

#include <stdlib.h>

static bool load_keys(const struct pokerd_settings *settings, struct key_ring *out)
{
	const struct key_settings *list = settings->keys.items;
	bool loaded = true;
	struct error err;

	for (size_t i = 0; i < settings->keys.count; i++) {
		if (key_ring_add_file(out, &list[i], &err))
			continue;
		log_error("keys[%zu].file: %s", i, err.text);
		loaded = false;
	}
	return loaded;
}

/* Without the setting there is none. */
static bool load_status_token(const struct pokerd_settings *settings, struct status_token *out)
{
	struct error err;

	if (!*settings->status_token_file || status_token_read(settings->status_token_file, out, &err))
		return true;
	log_error("status_token_file: %s", err.text);
	return false;
}

static bool find_identities(const struct pokerd_settings *settings, struct spawn_identity **out)
{
	const struct rule_settings *list = settings->rules.items;
	bool found = true;
	struct error err;

	for (size_t i = 0; i < settings->rules.count; i++) {
		if (spawn_identity_create(list[i].run_as, &out[i], &err))
			continue;
		log_error("rules[%zu].run_as: %s", i, err.text);
		found = false;
	}
	return found;
}

static void finish_derived(struct policy *policy, size_t rule_count)
{
	policy_forget_keys(policy);
	for (size_t i = 0; policy->identities && i < rule_count; i++)
		spawn_identity_destroy(policy->identities[i]);
	free(policy->identities);
	policy->identities = NULL;
}

bool policy_load(struct pokerd_settings *settings, struct policy *out)
{
	struct policy policy = { .identities = memory_zeroed(settings->rules.count, sizeof(*policy.identities)) };
	bool has_keys = load_keys(settings, &policy.keys), has_token = load_status_token(settings, &policy.status_token);

	if (!find_identities(settings, policy.identities) || !has_keys || !has_token) {
		finish_derived(&policy, settings->rules.count);
		return false;
	}
	policy.settings = *settings;
	*settings = (struct pokerd_settings){ 0 };
	*out = policy;
	status_token_wipe(&policy.status_token);
	return true;
}

void policy_log_commands(const struct policy *policy)
{
	const struct setting_groups *rules = &policy->settings.rules;

	for (size_t i = 0; i < rules->count; i++) {
		char *text = rule_command_text(rules, i);
		if (text)
			log_info("%s", text);
		free(text);
	}
}

void policy_forget_keys(struct policy *policy)
{
	key_ring_finish(&policy->keys);
	status_token_wipe(&policy->status_token);
}

void policy_finish(struct policy *policy, const struct settings_table *table)
{
	finish_derived(policy, policy->settings.rules.count);
	settings_finish(table, &policy->settings);
}
