/* SPDX-License-Identifier: Apache-2.0 */
#include "common/watchdog.h"

#include "common/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LIMIT_MS = 40 };

/* A service manager: its socket, and the signs of life that have arrived there. */
static struct manager {
	struct event_loop *loop;
	struct event_source source;
	struct event_timer end;
	struct watchdog watchdog;
	unsigned signs, enough;
} manager;

static void sign_arrived(void *context, uint32_t events)
{
	char text[64] = "";

	(void)context;
	(void)events;
	assert_true(recv(manager.source.fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "WATCHDOG=1");
	if (++manager.signs == manager.enough)
		event_loop_stop(manager.loop);
}

static void waited_enough(void *context, int64_t now_ms)
{
	(void)context;
	(void)now_ms;
	event_loop_stop(manager.loop);
}

static int manager_start(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char limit[32], name[64];

	(void)state;
	int size = snprintf(name, sizeof(name), "@noah-watchdog-%d", (int)getpid());
	memcpy(address.sun_path + 1, name + 1, (size_t)size - 1); /* in the abstract namespace: no file */
	manager = (struct manager){ .loop = event_loop_create(NULL), .end = { .fire = waited_enough } };
	manager.source = (struct event_source){ socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), sign_arrived, NULL };
	snprintf(limit, sizeof(limit), "%d", LIMIT_MS * 1000);
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", limit, 1);
	unsetenv("WATCHDOG_PID");
	return bind(manager.source.fd, (struct sockaddr *)&address,
	           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)size)) ||
	       !event_loop_add(manager.loop, &manager.source, EPOLLIN, NULL);
}

static int manager_stop(void **state)
{
	(void)state;
	close(manager.source.fd);
	event_loop_destroy(manager.loop);
	unsetenv("NOTIFY_SOCKET");
	return 0;
}

/* The signs that arrive in five times the limit at most; the time that enough of them took is returned. */
static int64_t watch_the_loop(unsigned enough)
{
	int64_t began_ms = clock_monotonic_ms();

	manager.enough = enough;
	event_timer_set(manager.loop, &manager.end, began_ms + (enough ? 100 : 5) * LIMIT_MS);
	watchdog_start(&manager.watchdog, manager.loop);
	assert_true(event_loop_run(manager.loop, NULL));
	return clock_monotonic_ms() - began_ms;
}

static void a_turning_loop_tells_so_at_half_of_the_limit(void **state)
{
	(void)state;
	int64_t took_ms = watch_the_loop(4);
	assert_int_equal(manager.signs, 4);
	assert_true(took_ms >= 4 * LIMIT_MS / 2);
}

static void a_process_that_the_limit_is_meant_for_tells_it(void **state)
{
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	watch_the_loop(1);
	assert_int_equal(manager.signs, 1);
}

static void a_process_that_inherited_the_variables_tells_nothing(void **state)
{
	(void)state;
	setenv("WATCHDOG_PID", "1", 1);
	watch_the_loop(0);
	assert_int_equal(manager.signs, 0);
}

static void a_limit_that_is_no_number_counts_as_none(void **state)
{
	static const char *const limits[] = { "", "0", "-5", "40000 ", "99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		setenv("WATCHDOG_USEC", limits[i], 1);
		watch_the_loop(0);
		assert_int_equal(manager.signs, 0);
	}
}

static void without_a_manager_nothing_happens(void **state)
{
	(void)state;
	unsetenv("WATCHDOG_USEC");
	watch_the_loop(0);
	assert_int_equal(manager.signs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_turning_loop_tells_so_at_half_of_the_limit, manager_start, manager_stop),
		cmocka_unit_test_setup_teardown(a_process_that_the_limit_is_meant_for_tells_it, manager_start, manager_stop),
		cmocka_unit_test_setup_teardown(a_process_that_inherited_the_variables_tells_nothing, manager_start,
		    manager_stop),
		cmocka_unit_test_setup_teardown(a_limit_that_is_no_number_counts_as_none, manager_start, manager_stop),
		cmocka_unit_test_setup_teardown(without_a_manager_nothing_happens, manager_start, manager_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
