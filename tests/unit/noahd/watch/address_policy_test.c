/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/address_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { LIST_MAX = 4 };

struct question {
	const char *listen, *allow[LIST_MAX], *deny[LIST_MAX];
	const char *host, *address;
	uint16_t port;
	const char *refusal; /* NULL: permitted */
};

static const char LOOPBACK[] = "127.0.0.1:5678", OPEN[] = "0.0.0.0:5678";

/* The machine of these tests has one address beside loopback. */
static bool is_local(const struct address *address)
{
	struct address ours;
	assert_true(address_parse("10.9.8.7", &ours));
	return !memcmp(address, &ours, sizeof(ours));
}

static size_t list_length(const char *const *list)
{
	size_t count = 0;
	while (count < LIST_MAX && list[count])
		count++;
	return count;
}

static void ask(const struct question *question)
{
	struct error err = { .text = "permitted" };
	struct address address;
	const struct address_policy_options options = { question->allow, list_length(question->allow), question->deny,
		list_length(question->deny), &question->listen, 1, is_local };
	struct address_policy *policy = address_policy_create(&options, &err);
	const struct destination to = { question->host ? question->host : question->address,
		question->address ? &address : NULL, question->port ? question->port : 80 };

	assert_non_null(policy);
	if (question->address)
		assert_true(address_parse(question->address, &address));
	bool permitted = address_policy_permits(policy, &to, &err);
	if (permitted != !question->refusal || (question->refusal && !strstr(err.text, question->refusal)))
		fail_msg("%s, listening on %s: %s", to.host, question->listen, err.text);
	address_policy_destroy(policy);
}

static void some_addresses_are_always_refused(void **state)
{
	static const struct {
		const char *address, *refusal;
	} cases[] = {
		{ "169.254.169.254", "metadata" },
		{ "::ffff:169.254.169.254", "metadata" },
		{ "64:ff9b::a9fe:a9fe", "metadata" },
		{ "2002:a9fe:a9fe::1", "metadata" },
		{ "::169.254.169.254", "metadata" },
		{ "::ffff:0:169.254.169.254", "metadata" },
		{ "2001:0:1234:5678:0:0:5601:5601", "metadata" },
		{ "64:ff9b:1::169.254.169.254", "metadata" },
		{ "64:ff9b:1:fffe::a9fe:a9fe", "metadata" },
		{ "64:ff9b:1:a9fe:a9:fe00::", "metadata" },
		{ "64:ff9b:1:7a9:fe:a9fe::", "metadata" },
		{ "64:ff9b:1:7:a9:fea9:fe00:0", "metadata" },
		{ "::224.0.0.1", "multicast" },
		{ "64:ff9b:1::", "unspecified" },
		{ "::2", "unspecified" },
		{ "100.100.100.200", "metadata" },
		{ "fd00:ec2::254", "metadata" },
		{ "169.254.1.1", "link-local" },
		{ "fe80::1", "link-local" },
		{ "febf::1", "link-local" },
		{ "224.0.0.1", "multicast" },
		{ "239.255.255.255", "multicast" },
		{ "ff02::1", "multicast" },
		{ "0.0.0.0", "unspecified" },
		{ "0.1.2.3", "unspecified" },
		{ "::", "unspecified" },
		{ "::ffff:0.0.0.0", "unspecified" },
		{ "255.255.255.255", "reserved" },
		{ "240.0.0.1", "reserved" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		ask(&(struct question){ .listen = LOOPBACK, .address = cases[i].address, .refusal = cases[i].refusal });
		ask(&(struct question){ .listen = OPEN,
		    .allow = { "0.0.0.0/0", "::/0", "*" },
		    .address = cases[i].address,
		    .refusal = cases[i].refusal });
	}
}

static void private_and_public_addresses_are_permitted(void **state)
{
	static const char *const addresses[] = { "10.0.0.1", "192.168.1.5", "172.16.0.1", "8.8.8.8", "100.64.0.1",
		"168.254.1.1", "fd12::1", "2001:db8::1", "fec0::1", "::ffff:10.0.0.1", "223.255.255.255", "::10.0.0.1",
		"64:ff9b:1::10.0.0.1", "64:ff9b:1:fffe::a00:1", "64:ff9b:1:a00:0:100::", "64:ff9b:2::1", "2001:1::1" };

	(void)state;
	for (size_t i = 0; i < LENGTH(addresses); i++)
		ask(&(struct question){ .listen = OPEN, .address = addresses[i] });
}

static void loopback_is_permitted_while_noahd_listens_there_only_or_by_allow(void **state)
{
	static const struct question questions[] = {
		{ .listen = LOOPBACK, .address = "127.0.0.1" },
		{ .listen = "[::1]:5678", .address = "::1" },
		{ .listen = "127.0.0.1:5678", .address = "::ffff:127.0.0.2" },
		{ .listen = OPEN, .address = "127.0.0.1", .refusal = "loopback" },
		{ .listen = "[::]:5678", .address = "127.8.8.8", .refusal = "loopback" },
		{ .listen = "192.168.1.1:5678", .address = "::1", .refusal = "loopback" },
		{ .listen = OPEN, .address = "::ffff:127.0.0.1", .refusal = "loopback" },
		{ .listen = OPEN, .allow = { "127.0.0.0/8" }, .address = "127.0.0.1" },
		{ .listen = OPEN, .allow = { "localhost" }, .host = "localhost", .address = "127.0.0.1" },
		{ .listen = OPEN, .allow = { "::/0" }, .address = "127.0.0.1", .refusal = "not in endpoints.allow" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(questions); i++)
		ask(&questions[i]);
}

static void noahd_itself_is_refused(void **state)
{
	static const struct question questions[] = {
		{ .listen = LOOPBACK, .address = "127.0.0.1", .port = 5678, .refusal = "noahd itself" },
		{ .listen = LOOPBACK, .address = "127.0.0.1", .port = 5679 },
		{ .listen = OPEN, .address = "10.9.8.7", .port = 5678, .refusal = "noahd itself" },
		{ .listen = OPEN, .address = "10.9.8.7", .port = 5679 },
		{ .listen = OPEN, .address = "10.9.8.8", .port = 5678 },
		{ .listen = OPEN,
		    .allow = { "10.0.0.0/8" },
		    .address = "::ffff:10.9.8.7",
		    .port = 5678,
		    .refusal = "noahd itself" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(questions); i++)
		ask(&questions[i]);
}

static void deny_beats_allow_and_allow_is_exclusive(void **state)
{
	static const struct question questions[] = {
		{ .listen = OPEN, .deny = { "10.0.0.0/8" }, .address = "10.1.1.1", .refusal = "endpoints.deny" },
		{ .listen = OPEN, .deny = { "10.0.0.0/8" }, .address = "11.1.1.1" },
		{ .listen = OPEN, .deny = { "10.1.1.1" }, .address = "::ffff:10.1.1.1", .refusal = "endpoints.deny" },
		{ .listen = OPEN, .deny = { "2001:db8::/33" }, .address = "2001:db8:7fff::1", .refusal = "endpoints.deny" },
		{ .listen = OPEN, .deny = { "2001:db8::/33" }, .address = "2001:db8:8000::1" },
		{ .listen = OPEN, .allow = { "10.0.0.0/8" }, .address = "10.1.1.1" },
		{ .listen = OPEN, .allow = { "10.0.0.0/8" }, .address = "11.1.1.1", .refusal = "not in endpoints.allow" },
		{ .listen = OPEN,
		    .allow = { "10.0.0.0/8" },
		    .deny = { "10.1.0.0/16" },
		    .address = "10.1.1.1",
		    .refusal = "endpoints.deny" },
		{ .listen = OPEN, .allow = { "*.example.com" }, .host = "Node1.Example.com", .address = "11.1.1.1" },
		{ .listen = OPEN,
		    .allow = { "*.example.com" },
		    .host = "example.org",
		    .address = "11.1.1.1",
		    .refusal = "not in" },
		{ .listen = OPEN, .allow = { "*.example.com", "11.0.0.0/8" }, .host = "example.org", .address = "11.1.1.1" },
		{ .listen = OPEN,
		    .deny = { "*.internal" },
		    .host = "db.internal",
		    .address = "11.1.1.1",
		    .refusal = "endpoints.deny" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(questions); i++)
		ask(&questions[i]);
}

static void before_the_host_is_resolved_only_its_name_decides(void **state)
{
	static const struct question questions[] = {
		{ .listen = OPEN, .host = "node1.example.com" },
		{ .listen = OPEN, .allow = { "10.0.0.0/8" }, .host = "node1.example.com" },
		{ .listen = OPEN, .deny = { "*.example.com" }, .host = "node1.example.com", .refusal = "endpoints.deny" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(questions); i++)
		ask(&questions[i]);
}

static void an_entry_that_is_not_an_address_network_or_host_is_refused(void **state)
{
	static const char *const entries[] = { "", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::/129", "fe80::1%eth0", "a b",
		"http://example.com", "300.1.1.1", "1.2.3.4:80", "10.0.0.0/8/8" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < LENGTH(entries); i++) {
		const struct address_policy_options options = { .deny = &entries[i], .deny_count = 1 };
		if (address_policy_create(&options, &err))
			fail_msg("%s was taken", entries[i]);
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.text, entries[i]));
	}
}

/* As canonical forms, they would hold other IPv4 addresses than they seem to. */
static void a_network_of_ipv4_addresses_is_written_as_ipv4(void **state)
{
	static const char *const refused[] = { "64:ff9b::/96", "64:ff9b::/32", "64:ff9b::a00:0/104", "2002::/16",
		"2002:a00::/24", "::ffff:0:0/96", "::ffff:0:0/80", "::ffff:10.0.0.0/104", "::/96", "::/126", "::10.0.0.0/104",
		"64:ff9b:1::/48", "64:ff9b:1:fffe::/96", "2001::/32", "::ffff:0:0:0/96" };
	static const char *const taken[] = { "64:ff9b::a00:1", "2002:a00:1::1/128", "::ffff:10.0.0.1", "::/0",
		"2001:db8::/32" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < LENGTH(refused); i++) {
		if (address_policy_check(refused[i], &err))
			fail_msg("%s was taken", refused[i]);
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.text, refused[i]));
		assert_non_null(strstr(err.text, "IPv4"));
	}
	for (size_t i = 0; i < LENGTH(taken); i++)
		if (!address_policy_check(taken[i], &err))
			fail_msg("%s", err.text);
}

static void the_kernel_decides_which_addresses_are_ours(void **state)
{
	struct address address;

	(void)state;
	assert_true(address_parse("127.0.0.1", &address));
	assert_true(address_is_local(&address));
	assert_true(address_parse("192.0.2.77", &address));
	assert_false(address_is_local(&address));
}

static void a_sockets_address_is_the_one_its_text_is(void **state)
{
	struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_port = htons(443) };
	const struct sockaddr other = { .sa_family = AF_UNIX };
	struct address parsed, found;
	uint16_t port;

	(void)state;
	inet_pton(AF_INET, "10.1.2.3", &ipv4.sin_addr);
	assert_true(address_parse("10.1.2.3", &parsed));
	assert_true(address_of_socket((const struct sockaddr *)&ipv4, &found, &port));
	assert_memory_equal(&found, &parsed, sizeof(found));
	assert_int_equal(port, 80);
	inet_pton(AF_INET6, "::ffff:10.1.2.3", &ipv6.sin6_addr);
	assert_true(address_of_socket((const struct sockaddr *)&ipv6, &found, &port));
	assert_memory_equal(&found, &parsed, sizeof(found));
	assert_int_equal(port, 443);
	assert_false(address_of_socket(&other, &found, &port));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_addresses_are_always_refused),
		cmocka_unit_test(private_and_public_addresses_are_permitted),
		cmocka_unit_test(loopback_is_permitted_while_noahd_listens_there_only_or_by_allow),
		cmocka_unit_test(noahd_itself_is_refused),
		cmocka_unit_test(deny_beats_allow_and_allow_is_exclusive),
		cmocka_unit_test(before_the_host_is_resolved_only_its_name_decides),
		cmocka_unit_test(an_entry_that_is_not_an_address_network_or_host_is_refused),
		cmocka_unit_test(a_network_of_ipv4_addresses_is_written_as_ipv4),
		cmocka_unit_test(the_kernel_decides_which_addresses_are_ours),
		cmocka_unit_test(a_sockets_address_is_the_one_its_text_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
