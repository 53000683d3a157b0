/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/reload.h"

#include "common/log.h"

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
