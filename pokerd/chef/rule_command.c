/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/chef/rule_command.h"

#include "common/memory.h"
#include "pokerd/run/spawn_environment.h"
#include "pokerd/run/spawn_path.h"

#include <string.h>

void rule_command_find(const struct rule_settings *rule, struct rule_command *out)
{
	*out = (struct rule_command){ .argv = rule->command.items };
	if (rule->command.count)
		return;
	chef_product_find("", spawn_path_of(&rule->environment), &out->chef);
	chef_product_command(&out->chef, out->words);
	out->argv = (char *const *)out->words;
}

void rule_command_finish(struct rule_command *command)
{
	chef_product_finish(&command->chef);
	*command = (struct rule_command){ 0 };
}

char *rule_command_text(const struct setting_groups *rules, size_t rule)
{
	struct rule_command command;
	char *text = NULL;

	rule_command_find(&((const struct rule_settings *)rules->items)[rule], &command);
	if (command.chef.is_installed)
		text = memory_format("rules[%zu]: %s, %s with %s", rule, command.chef.name, command.chef.program,
		    command.chef.configuration);
	else if (command.chef.name)
		text = memory_format("rules[%zu]: neither Chef nor Cinc is installed", rule);
	rule_command_finish(&command);
	return text;
}

char *rule_command_lock_file(const char *setting)
{
	struct chef_product chef;

	if (strcmp(setting, "auto") != 0)
		return *setting ? memory_text(setting) : NULL;
	chef_product_find("", SPAWN_PATH, &chef);
	char *lock = memory_text(chef.lock);
	chef_product_finish(&chef);
	return lock;
}
