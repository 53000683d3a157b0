/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "noahd/settings.h"
#include "tests/unit/scratch.h"

#include <sys/resource.h>
#include <sys/wait.h>

static struct settings_errors errors;
static struct noahd_settings settings;

static int forget(void **state)
{
	(void)state;
	settings_errors_finish(&errors);
	noahd_settings_finish(&settings);
	return 0;
}

static bool load(const char *text)
{
	const struct settings_source source = { .file = scratch_write("noahd.conf", text, 0644) };
	settings_errors_finish(&errors);
	noahd_settings_finish(&settings);
	return noahd_settings_load(&source, &settings, &errors);
}

static void assert_good(const char *text)
{
	if (!load(text))
		fail_msg("%s: %s", text, errors.lines[0]);
}

/* One mistake, in the first line, that holds words. */
static void assert_refused(const char *text, const char *choices)
{
	if (load(text))
		fail_msg("%s was taken", text);
	if (errors.count != 1 || !strstr(errors.lines[0], choices) || !strstr(errors.lines[0], "noahd.conf:1: "))
		fail_msg("%s: %zu mistakes, the first: %s", text, errors.count, errors.lines[0]);
}

static void the_defaults_are_those_of_the_manual(void **state)
{
	(void)state;
	assert_good("");
	assert_int_equal(settings.listen.count, 1);
	assert_string_equal(settings.listen.items[0], "127.0.0.1:5678");
	assert_false(settings.open);
	assert_string_equal(settings.state_directory, "/var/lib/noah");
	assert_int_equal(settings.store.engine, NOAHD_STORE_SQLITE);
	assert_int_equal(settings.ephemeral_bytes_max, 512);
	assert_int_equal(settings.body_bytes_max, 65536);
	assert_int_equal(settings.events_kept, 100000);
	assert_int_equal(settings.events_kept_max, 10000000);
	assert_int_equal(settings.delivery.retry.count, 6);
	assert_int_equal(settings.delivery.retry.items_ms[5], 3600000);
	assert_int_equal(settings.delivery.give_up_ms, 72 * INT64_C(3600000));
	assert_int_equal(settings.delivery.suspend_ms, 120 * INT64_C(3600000));
	assert_int_equal(settings.delivery.timeout_ms, 15000);
	assert_int_equal(settings.delivery.in_flight_max, 256);
	assert_string_equal(settings.delivery.ca_file, "");
	assert_int_equal(settings.endpoints.allow.count, 0);
	assert_int_equal(settings.log_level, LOG_LEVEL_INFO);
}

static void the_packaged_file_has_the_defaults(void **state)
{
	(void)state;
	char *example = settings_example(&noahd_settings_table, "noahd");
	assert_good(example);
	assert_string_equal(settings.listen.items[0], "127.0.0.1:5678");
	free(example);
}

static void addresses_that_other_machines_reach_are_recognised(void **state)
{
	(void)state;
	const char *const closed[] = { "127.0.0.1:0", "127.255.0.9:5678", "[::1]:5678", "[::ffff:127.0.0.1]:1" };
	const char *const reachable[] = { "0.0.0.0:5678", "10.1.2.3:1", "[::]:5678", "[2001:db8::1]:5678",
		"[::ffff:10.1.2.3]:1" };
	char text[200];
	for (size_t i = 0; i < sizeof(closed) / sizeof(*closed); i++) {
		snprintf(text, sizeof(text), "listen = ( \"%s\" );", closed[i]);
		assert_good(text);
		assert_null(noahd_settings_reachable(&settings));
	}
	for (size_t i = 0; i < sizeof(reachable) / sizeof(*reachable); i++) {
		snprintf(text, sizeof(text), "listen = ( \"127.0.0.1:1\", \"%s\" );", reachable[i]);
		assert_good(text);
		assert_string_equal(noahd_settings_reachable(&settings), reachable[i]);
	}
}

static void an_address_is_numbers_with_a_port(void **state)
{
	(void)state;
	const char *const wrong[] = { "localhost:5678", "127.0.0.1", "127.0.0.1:", ":5678", "127.0.0.1:65536",
		"127.0.0.1:-1", "127.0.0.1:x", "::1:5678", "[::1]", "[::1:5678", "[127.0.0.1]:1", "127.1:1", "[]:1", "]:1",
		"[:1", " 127.0.0.1:1" };
	char text[200];
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(text, sizeof(text), "listen = ( \"%s\" ); open = true;", wrong[i]);
		assert_refused(text, "address:port");
	}
}

static void every_invalid_address_is_reported(void **state)
{
	(void)state;
	assert_false(load("listen = ( \"0.0.0.0\", \"[::]:\", \"x\" );"));
	assert_int_equal(errors.count, 3);
}

static void two_sizes_must_not_contradict(void **state)
{
	(void)state;
	assert_refused("ephemeral_bytes_max = 70000;", "at most body_bytes_max, 65536");
	assert_good("ephemeral_bytes_max = 70000; body_bytes_max = 70000;");
	assert_refused("events_kept = 10; events_kept_max = 9;", "at most events_kept_max, 9");
}

static void a_certificate_and_its_key_come_together(void **state)
{
	(void)state;
	char text[400];
	const char *certificate = scratch_write("crt", "x", 0644), *key = scratch_write("key", "x", 0600);
	snprintf(text, sizeof(text), "delivery: { certificate = \"%s\"; };", certificate);
	assert_refused(text, "needs delivery.key");
	snprintf(text, sizeof(text), "delivery: { key = \"%s\"; };", key);
	assert_refused(text, "needs delivery.certificate");
	snprintf(text, sizeof(text), "delivery: { certificate = \"%s\"; key = \"%s\"; ca_file = \"%s\"; };", certificate,
	    key, certificate);
	assert_good(text);
	snprintf(text, sizeof(text), "delivery: { certificate = \"%s\"; key = \"%s\"; };", certificate, certificate);
	assert_refused(text, "contains a secret");
	assert_refused("delivery: { ca_file = \"/nowhere\"; };", "No such file");
}

static void descriptors_must_suffice_for_the_configured_connections(void **state)
{
	(void)state;
	struct rlimit before, small;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	small = (struct rlimit){ 500, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
	assert_good("connections_max = 1000;");
	assert_int_equal(settings.connections_max, 1000);
	struct rlimit raised;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &raised), 0);
	assert_true(raised.rlim_cur >= 1000 + 256);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void the_default_is_lowered_to_what_the_machine_allows(void **state)
{
	(void)state;
	pid_t pid = fork(); /* the hard limit cannot be raised again */
	if (pid == 0) {
		const struct rlimit small = { 420, 420 };
		bool good =
		    !setrlimit(RLIMIT_NOFILE, &small) && load("") && settings.connections_max == 100 &&
		    !load("connections_max = 101;") && errors.count == 1 &&
		    strstr(errors.lines[0], ":1: connections_max: found 101, the limit of open files leaves room for 100");
		_exit(!good);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void five_errors_are_five_lines(void **state)
{
	(void)state;
	assert_false(load("listen = ( \"0.0.0.0\" );\nplain_token = true;\nstore: { engine = \"redis\"; };\nlog_level "
	                  "= 3;\n"
	                  "delivery: { timeout_seconds = -1; };\n"));
	assert_int_equal(errors.count, 5);
	const char *const places[] = { "conf:2: plain_token", "conf:3: store.engine", "conf:4: log_level",
		"conf:5: delivery.timeout_seconds", "conf:1: listen" };
	for (size_t i = 0; i < errors.count; i++)
		assert_non_null(strstr(errors.lines[i], places[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_defaults_are_those_of_the_manual, forget),
		cmocka_unit_test_teardown(the_packaged_file_has_the_defaults, forget),
		cmocka_unit_test_teardown(addresses_that_other_machines_reach_are_recognised, forget),
		cmocka_unit_test_teardown(an_address_is_numbers_with_a_port, forget),
		cmocka_unit_test_teardown(every_invalid_address_is_reported, forget),
		cmocka_unit_test_teardown(two_sizes_must_not_contradict, forget),
		cmocka_unit_test_teardown(a_certificate_and_its_key_come_together, forget),
		cmocka_unit_test_teardown(descriptors_must_suffice_for_the_configured_connections, forget),
		cmocka_unit_test_teardown(the_default_is_lowered_to_what_the_machine_allows, forget),
		cmocka_unit_test_teardown(five_errors_are_five_lines, forget),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
