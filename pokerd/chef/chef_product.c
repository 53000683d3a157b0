/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/chef/chef_product.h"

#include "common/file.h"
#include "common/memory.h"
#include "pokerd/run/spawn_path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIGURATION_BYTES_MAX = 1 << 20 };

/* In order of preference. The lock is chef-config's default: file_cache_path/<client>-running.pid. */
static const struct product_row {
	const char *name, *program, *package, *configuration, *lock;
} products[] = {
	{ "Chef", "chef-client", "/opt/chef", "/etc/chef/client.rb", "/var/chef/cache/chef-client-running.pid" },
	{ "Cinc", "cinc-client", "/opt/cinc", "/etc/cinc/client.rb", "/var/cinc/cache/cinc-client-running.pid" },
};
enum { PRODUCTS = sizeof(products) / sizeof(*products) };

/* Cinc's package installs a chef-client that executes cinc-client, and a link to it in the PATH. */
static bool belongs_to(const struct product_row *row, const char *root, const char *path)
{
	char real[PATH_MAX], real_root[PATH_MAX] = "";

	if (!realpath(path, real) || (*root && !realpath(root, real_root)))
		return false;
	for (size_t i = 0; i < PRODUCTS; i++) {
		char *folder = memory_format("%s%s/", real_root, products[i].package);
		bool is_inside = !strncmp(real, folder, strlen(folder));
		free(folder);
		if (is_inside)
			return &products[i] == row;
	}
	return true;
}

static char *find_program(const struct product_row *row, const char *root, const char *path)
{
	char *folders = memory_format("%s/bin:%s", row->package, path);
	char *found = spawn_path_find(root, folders, row->program);

	free(folders);
	if (found && !belongs_to(row, root, found)) {
		free(found);
		found = NULL;
	}
	return found;
}

void chef_product_find(const char *root, const char *path, struct chef_product *out)
{
	const struct product_row *row = &products[0];
	char *program = NULL;

	for (size_t i = 0; i < PRODUCTS && !program; i++) {
		program = find_program(&products[i], root, path);
		if (program)
			row = &products[i];
	}
	*out = (struct chef_product){
		.name = row->name,
		.is_installed = program != NULL,
		.program = program ? program : memory_text(row->program),
		.configuration = row->configuration,
		.lock = row->lock,
	};
}

void chef_product_finish(struct chef_product *product)
{
	free(product->program);
	*product = (struct chef_product){ 0 };
}

/* --no-fork: a forked chef-client turns most exit statuses into 1. */
void chef_product_command(const struct chef_product *product, const char *out[CHEF_COMMAND_WORDS_MAX])
{
	const char *const words[] = { product->program, "--once", "--no-fork", "--no-color", "--force-logger", "-l", "info",
		"-c", product->configuration, "--run-lock-timeout", "0", NULL };

	_Static_assert(sizeof(words) / sizeof(*words) <= CHEF_COMMAND_WORDS_MAX, "the words fit");
	memcpy(out, words, sizeof(words));
}

/* Whether a line begins with word and then its value; the configuration is Ruby, so this is a guess. */
static bool begins_with_word(const char *line, const char *word)
{
	size_t size = strlen(word);

	line += strspn(line, " \t");
	return !strncmp(line, word, size) && line[size] && strchr(" \t(", line[size]);
}

const char *chef_product_moves_lock(const char *root, const struct chef_product *product)
{
	static const char *const words[] = { "lockfile", "file_cache_path", "cache_path" };
	char *path = memory_format("%s%s", root, product->configuration), *text;
	const char *found = NULL;
	size_t size;

	if (file_read(path, CONFIGURATION_BYTES_MAX, FILE_PUBLIC, &text, &size, NULL)) {
		for (const char *line = text; *line && !found; line += strcspn(line, "\n"), line += *line == '\n')
			for (size_t i = 0; i < sizeof(words) / sizeof(*words) && !found; i++)
				if (begins_with_word(line, words[i]))
					found = words[i];
		free(text);
	}
	free(path);
	return found;
}
