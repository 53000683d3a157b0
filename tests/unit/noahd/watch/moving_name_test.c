/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery_fixture.h"

#include <dlfcn.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static _Atomic unsigned lookups;

/* In place of the C library's, for libcurl too: the name's first address is one without a listener. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (!strcmp(node, "moving.invalid"))
		node = lookups++ ? "127.0.0.1" : "127.0.0.2";
	return real(node, service, hints, result);
}

/* libcurl would keep the first address for half a minute, or for years where the wall clock is set back. */
static void a_retry_finds_an_endpoint_that_has_moved(void **state)
{
	struct delivery_world *world = *state;
	struct delivery_stats stats;
	char url[128];

	snprintf(url, sizeof(url), "http://moving.invalid%s", strrchr(tiny_sink_url(world->sink, "/x"), ':'));
	delivery_world_start(world);
	world_watch(world, "//noah/ephemerals", url);
	world_put(world, "/ephemerals/a");
	tiny_sink_wait(world->sink, 1);
	delivery_stats_read(world->delivery, &stats);
	assert_int_equal(stats.failed, 1);
	assert_int_equal(lookups, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_retry_finds_an_endpoint_that_has_moved, delivery_world_open,
		    delivery_world_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
