/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery_fixture.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned lookups, lookups_left;
static bool name_server_answers;

/* In place of the C library's, for libcurl too: a name server that does not answer until the test is over. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

	if (strcmp(node, "slow.invalid")) {
		if (!real)
			*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
		return real(node, service, hints, result);
	}
	pthread_mutex_lock(&mutex);
	lookups++;
	pthread_cond_broadcast(&changed);
	while (!name_server_answers)
		pthread_cond_wait(&changed, &mutex);
	lookups_left++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	return EAI_AGAIN;
}

static void wait_for_lookups(unsigned count)
{
	struct timespec deadline;
	int failure = 0;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += 10;
	pthread_mutex_lock(&mutex);
	while (lookups < count && !failure)
		failure = pthread_cond_timedwait(&changed, &mutex, &deadline);
	pthread_mutex_unlock(&mutex);
	assert_int_equal(failure, 0);
}

/* Before the delivery thread is stopped, which may be waiting for it if the test has failed. */
static int let_the_name_server_answer(void **state)
{
	pthread_mutex_lock(&mutex);
	name_server_answers = true;
	pthread_cond_broadcast(&changed);
	while (lookups_left < lookups)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	return delivery_world_close(state);
}

/* The second lookup shows that the first try has timed out, which libcurl would by default wait for the resolver
   with. */
static void a_name_server_that_does_not_answer_delays_only_its_own_endpoint(void **state)
{
	struct delivery_world *world = *state;

	world->timeout_ms = 50;
	delivery_world_start(world);
	world_watch(world, "//noah/ephemerals", "http://slow.invalid/x");
	world_watch(world, "//noah/ephemerals", tiny_sink_url(world->sink, "/x"));
	world_put(world, "/ephemerals/a");
	tiny_sink_wait(world->sink, 1);
	wait_for_lookups(2);
	world_put(world, "/ephemerals/a");
	tiny_sink_wait(world->sink, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_name_server_that_does_not_answer_delays_only_its_own_endpoint,
		    delivery_world_open, let_the_name_server_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
