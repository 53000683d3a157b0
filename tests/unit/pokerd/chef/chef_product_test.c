/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/chef/chef_product.h"

#include "common/file.h"
#include "common/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH "/usr/local/bin:/usr/bin"

/* A root folder with what a package installs. */
static char root[32];

static void make_folders(const char *path)
{
	char *copy = memory_text(path);

	for (char *slash = strchr(copy + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(copy, 0755);
		*slash = '/';
	}
	free(copy);
}

static void put_file(const char *name, mode_t mode, const char *text)
{
	char *path = memory_format("%s%s", root, name);
	struct error err;

	make_folders(path);
	assert_true(file_replace(path, text, strlen(text), mode, &err));
	free(path);
}

static void put_link(const char *name, const char *target)
{
	char *path = memory_format("%s%s", root, name), *whole = memory_format("%s%s", root, target);

	make_folders(path);
	assert_return_code(symlink(whole, path), 0);
	free(whole);
	free(path);
}

static int chef_product_set_up(void **state)
{
	(void)state;
	memcpy(root, "/tmp/chef-XXXXXX", sizeof("/tmp/chef-XXXXXX"));
	return mkdtemp(root) ? 0 : -1;
}

static const char *const all_files[] = { "/opt/chef/bin/chef-client", "/opt/cinc/bin/cinc-client",
	"/opt/cinc/bin/chef-client", "/usr/bin/chef-client", "/usr/bin/cinc-client", "/usr/local/bin/chef-client",
	"/etc/chef/client.rb", "/etc/cinc/client.rb" };

static int chef_product_tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(all_files) / sizeof(*all_files); i++) {
		char *path = memory_format("%s%s", root, all_files[i]);
		(void)unlink(path);
		for (char *slash = strrchr(path, '/'); slash && slash > path + strlen(root); slash = strrchr(path, '/')) {
			*slash = '\0';
			(void)rmdir(path);
		}
		free(path);
	}
	return rmdir(root);
}

static void assert_finds(const char *name, const char *program)
{
	struct chef_product product;

	chef_product_find(root, PATH, &product);
	assert_true(product.is_installed);
	assert_string_equal(product.name, name);
	assert_string_equal(product.program + strlen(root), program);
	chef_product_finish(&product);
}

static void chef_is_found_with_its_configuration_and_lock(void **state)
{
	struct chef_product product;
	const char *command[CHEF_COMMAND_WORDS_MAX];

	(void)state;
	put_file("/opt/chef/bin/chef-client", 0755, "");
	assert_finds("Chef", "/opt/chef/bin/chef-client");
	chef_product_find(root, PATH, &product);
	assert_string_equal(product.configuration, "/etc/chef/client.rb");
	assert_string_equal(product.lock, "/var/chef/cache/chef-client-running.pid");
	chef_product_command(&product, command);
	static const char *const words[] = { "--once", "--no-fork", "--no-color", "--force-logger", "-l", "info", "-c",
		"/etc/chef/client.rb", "--run-lock-timeout", "0" };
	assert_string_equal(command[0], product.program);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_string_equal(command[i + 1], words[i]);
	assert_null(command[sizeof(words) / sizeof(*words) + 1]);
	chef_product_finish(&product);
}

static void cinc_is_found_with_its_configuration_and_lock(void **state)
{
	struct chef_product product;
	const char *command[CHEF_COMMAND_WORDS_MAX];

	(void)state;
	put_file("/usr/bin/cinc-client", 0755, "");
	assert_finds("Cinc", "/usr/bin/cinc-client");
	put_file("/opt/cinc/bin/cinc-client", 0755, "");
	assert_finds("Cinc", "/opt/cinc/bin/cinc-client");
	chef_product_find(root, PATH, &product);
	assert_string_equal(product.lock, "/var/cinc/cache/cinc-client-running.pid");
	chef_product_command(&product, command);
	assert_string_equal(command[8], "/etc/cinc/client.rb");
	chef_product_finish(&product);
}

static void chef_wins_over_cinc_and_a_package_over_the_path(void **state)
{
	(void)state;
	put_file("/opt/cinc/bin/cinc-client", 0755, "");
	put_file("/usr/bin/chef-client", 0755, "");
	assert_finds("Chef", "/usr/bin/chef-client");
	put_file("/usr/local/bin/chef-client", 0755, "");
	assert_finds("Chef", "/usr/local/bin/chef-client");
	put_file("/opt/chef/bin/chef-client", 0755, "");
	assert_finds("Chef", "/opt/chef/bin/chef-client");
}

static void the_chef_client_of_cincs_package_is_cinc(void **state)
{
	(void)state;
	put_file("/opt/cinc/bin/cinc-client", 0755, "");
	put_file("/opt/cinc/bin/chef-client", 0755, "");
	put_link("/usr/bin/chef-client", "/opt/cinc/bin/chef-client");
	assert_finds("Cinc", "/opt/cinc/bin/cinc-client");
}

static void neither_is_said_and_a_file_that_is_not_executable_does_not_count(void **state)
{
	struct chef_product product;

	(void)state;
	put_file("/opt/chef/bin/chef-client", 0644, "");
	chef_product_find(root, PATH, &product);
	assert_false(product.is_installed);
	assert_string_equal(product.program, "chef-client");
	assert_string_equal(product.configuration, "/etc/chef/client.rb");
	chef_product_finish(&product);
}

static void a_configuration_that_moves_the_lock_is_noticed(void **state)
{
	static const struct {
		const char *text, *word;
	} rows[] = {
		{ "", NULL },
		{ "chef_server_url 'https://chef/'\n# lockfile '/x'\nlockfiles 'a'\n", NULL },
		{ "lockfile '/run/chef.pid'\n", "lockfile" },
		{ "\n\nlog_level :info\n  file_cache_path(\"/srv/chef\")\n", "file_cache_path" },
		{ "x\ncache_path\t'/srv'", "cache_path" },
		{ "cache_path", NULL },
	};
	struct chef_product product;

	(void)state;
	chef_product_find(root, PATH, &product);
	assert_null(chef_product_moves_lock(root, &product)); /* no such file */
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put_file("/etc/chef/client.rb", 0644, rows[i].text);
		const char *word = chef_product_moves_lock(root, &product);
		if (!word != !rows[i].word || (word && strcmp(word, rows[i].word)))
			fail_msg("\"%s\": found %s", rows[i].text, word ? word : "nothing");
	}
	chef_product_finish(&product);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, chef_product_set_up, chef_product_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(chef_is_found_with_its_configuration_and_lock),
		TEST(cinc_is_found_with_its_configuration_and_lock),
		TEST(chef_wins_over_cinc_and_a_package_over_the_path),
		TEST(the_chef_client_of_cincs_package_is_cinc),
		TEST(neither_is_said_and_a_file_that_is_not_executable_does_not_count),
		TEST(a_configuration_that_moves_the_lock_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
