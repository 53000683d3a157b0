/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listen_sockets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool goes(const char *certificate, const char *address, struct error *err)
{
	const struct pokerd_settings settings = { .tls.certificate = (char *)certificate };
	char *addresses[] = { "127.0.0.1:1", (char *)address };
	const struct listen_sockets sockets = { .addresses = addresses, .count = 2 };

	return listen_sockets_check(&settings, &sockets, err);
}

static void plain_http_is_allowed_on_loopback_sockets_only(void **state)
{
	struct error err;

	(void)state;
	assert_true(goes("", "[::1]:1", &err));
	assert_true(goes("/node.crt", "[::]:1", &err));
	assert_false(goes("", "[::]:1", &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.text, "[::]:1"));
}

static void an_invalid_count_of_inherited_sockets_is_reported(void **state)
{
	static const char *const counts[] = { "", "x", "-1", "17", "1x" };
	const struct pokerd_settings settings = { .metrics_listen = (char *)"" };
	struct listen_sockets sockets;
	struct error err;
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDS", counts[i], 1);
		assert_false(listen_sockets_open(&settings, &sockets, &err));
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.text, "LISTEN_FDS"));
	}
}

static void sockets_for_another_process_are_not_used(void **state)
{
	const struct pokerd_settings settings = { .metrics_listen = (char *)"" };
	struct listen_sockets sockets;
	struct error err;

	(void)state;
	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDS", "x", 1);
	assert_true(listen_sockets_open(&settings, &sockets, &err));
	assert_int_equal(sockets.count, 0);
	listen_sockets_close(&sockets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_http_is_allowed_on_loopback_sockets_only),
		cmocka_unit_test(an_invalid_count_of_inherited_sockets_is_reported),
		cmocka_unit_test(sockets_for_another_process_are_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
