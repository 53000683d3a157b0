/* SPDX-License-Identifier: Apache-2.0 */
#include "common/peer_network.h"

#include "common/http_address.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_network(const char *peer, const char *expected)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr network = peer_network_of_text(peer);

	assert_string_equal(inet_ntop(AF_INET6, &network, text, sizeof(text)), expected);
}

static void an_ipv4_address_counts_as_itself(void **state)
{
	(void)state;
	assert_network("192.0.2.1:4711", "::ffff:192.0.2.1");
	assert_network("192.0.2.1", "::ffff:192.0.2.1");
	assert_network("[::ffff:192.0.2.1]:4711", "::ffff:192.0.2.1");
}

static void an_ipv6_address_counts_as_its_network(void **state)
{
	(void)state;
	assert_network("[2001:db8:0:1::1]:4711", "2001:db8:0:1::");
	assert_network("[2001:db8:0:1:ffff:ffff:ffff:ffff]:4711", "2001:db8:0:1::");
	assert_network("[2001:db8:0:2::1]:4711", "2001:db8:0:2::");
	assert_network("[::1]:4711", "::");
}

static void another_text_counts_as_no_address(void **state)
{
	static const char *const texts[] = { "", ":", "[]:1", "[", "host:1", "1.2.3:4",
		"[2001:db8:0:1:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:4711" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_network(texts[i], "::");
}

static void a_socket_address_counts_as_its_text(void **state)
{
	struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = 1 };
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_port = 1 };
	const struct sockaddr *both[] = { (struct sockaddr *)&ipv4, (struct sockaddr *)&ipv6 };
	const struct sockaddr other = { .sa_family = AF_UNIX };

	(void)state;
	assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &ipv4.sin_addr), 1);
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1:2:3:4", &ipv6.sin6_addr), 1);
	for (int i = 0; i < 2; i++) {
		char text[HTTP_ADDRESS_BYTES];
		assert_true(http_address_text(both[i], text, sizeof(text)));
		struct in6_addr by_text = peer_network_of_text(text), by_address = peer_network_of(both[i]);
		assert_memory_equal(&by_text, &by_address, sizeof(by_text));
	}
	struct in6_addr none = peer_network_of(&other);
	assert_memory_equal(&none, &in6addr_any, sizeof(none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ipv4_address_counts_as_itself),
		cmocka_unit_test(an_ipv6_address_counts_as_its_network),
		cmocka_unit_test(another_text_counts_as_no_address),
		cmocka_unit_test(a_socket_address_counts_as_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
