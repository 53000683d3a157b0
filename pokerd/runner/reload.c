/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/reload.h"

#include "common/log.h"

#include <string.h>

static bool is_same_list(const struct setting_strings *a, const struct setting_strings *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return a->count == b->count;
}

void reload_log_what_stays(const struct pokerd_settings *old, const struct pokerd_settings *new)
{
	if (!is_same_list(&old->listen, &new->listen) || strcmp(old->state_directory, new->state_directory) != 0 ||
	    strcmp(old->control_socket, new->control_socket) != 0 || old->remember_ms != new->remember_ms)
		log_warning("listen, state_directory, control_socket and remember_hours hold from the next start on");
}

static bool load_settings(const struct runner_options *options, struct pokerd_settings *out)
{
	struct settings_mistakes mistakes;
	struct error err;

	if (settings_load(options->table, options->source, options->check, out, &mistakes)) {
		if (options->check_listening(out, options->context, &err))
			return true;
		log_error("%s", err.text);
		settings_finish(options->table, out);
		return false;
	}
	for (size_t i = 0; i < mistakes.count; i++)
		log_error("%s", mistakes.lines[i]);
	settings_mistakes_finish(&mistakes);
	return false;
}

bool reload_policy(const struct runner_options *options, struct policy *out)
{
	struct pokerd_settings settings;

	if (!load_settings(options, &settings))
		return false;
	if (policy_load(&settings, out))
		return true;
	settings_finish(options->table, &settings);
	return false;
}
