/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/reload.h"

#include "common/command_line.h"
#include "common/log.h"

static bool load_settings(const struct runner_options *options, struct pokerd_settings *out)
{
	struct settings_source source = *options->source;
	struct settings_errors errors;
	struct error err;

	source.is_trial = true;
	bool loaded = settings_load(options->table, &source, options->check, out, &errors);
	command_line_log_errors(&errors);
	settings_errors_finish(&errors);
	if (!loaded || options->check_listening(out, options->context, &err))
		return loaded;
	log_error("%s", err.text);
	settings_finish(options->table, out);
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
