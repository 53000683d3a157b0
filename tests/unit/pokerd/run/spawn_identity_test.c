/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/spawn_identity.h"
#include "pokerd/run/spawn_environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void an_empty_name_is_our_own_user(void **state)
{
	struct spawn_identity *identity;

	(void)state;
	assert_true(spawn_identity_create("", &identity, NULL));
	assert_int_equal(identity->uid, geteuid());
	assert_false(identity->is_other);
	assert_true(spawn_identity_take(identity));
	spawn_identity_destroy(identity);
}

static void a_missing_user_is_invalid(void **state)
{
	struct spawn_identity *identity;
	struct error err;

	(void)state;
	assert_false(spawn_identity_create("no-such-user", &identity, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.text, "useradd"));
}

static void only_root_may_switch_user(void **state)
{
	(void)state;
	if (geteuid()) {
		print_message("only root can become another user\n");
		skip();
	}
	pid_t child = fork();
	if (!child) {
		struct spawn_identity *identity;
		struct error err;
		bool denied = !setresuid(65534, 65534, 65534) && !spawn_identity_create("root", &identity, &err) &&
		              err.kind == ERROR_DENIED;
		_exit(denied ? 0 : 1);
	}
	int status;
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
}

static void a_later_variable_replaces_the_earlier_one(void **state)
{
	struct spawn_identity identity = { .name = "chef", .home = "/opt/chef" };
	struct spawn_environment environment;

	(void)state;
	spawn_environment_init(&environment, &identity);
	size_t count = environment.count;
	spawn_environment_set(&environment, "LA", "short");
	spawn_environment_set(&environment, "LANG", "C");
	assert_int_equal(environment.count, count + 1);
	assert_null(environment.list[environment.count]);
	assert_string_equal(environment.list[0], "HOME=/opt/chef");
	assert_string_equal(environment.list[1], "USER=chef");
	assert_string_equal(environment.list[count - 1], "LANG=C");
	assert_string_equal(environment.list[count], "LA=short");
	spawn_environment_finish(&environment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_name_is_our_own_user),
		cmocka_unit_test(a_missing_user_is_invalid),
		cmocka_unit_test(only_root_may_switch_user),
		cmocka_unit_test(a_later_variable_replaces_the_earlier_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
