/* rule_command.h - the command of a rule: its own, or that of the installed Chef or Cinc. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_CHEF_RULE_COMMAND_H
#define POKERD_CHEF_RULE_COMMAND_H

#include "pokerd/chef/chef_product.h"
#include "pokerd/settings.h"

struct rule_command {
	char *const *argv;        /* ends with NULL; borrows from the rule or from here */
	struct chef_product chef; /* empty if the rule has a command of its own */
	const char *words[CHEF_COMMAND_WORDS_MAX];
};

/* Looks at the disk if the rule has no command. out must not be copied. */
void rule_command_find(const struct rule_settings *rule, struct rule_command *out);
void rule_command_finish(struct rule_command *command);

/* For people: "rules[0]: Chef, /opt/chef/bin/chef-client with /etc/chef/client.rb". NULL: the rule has a command of its
   own. The caller frees it. */
char *rule_command_text(const struct setting_groups *rules, size_t rule);

/* The file that setting, "auto" or a path, stands for; NULL: the setting is "". The caller frees it. */
char *rule_command_lock_file(const char *setting);

#endif
