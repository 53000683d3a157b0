/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/verify/addressee.h"

#include "tests/unit/endpoint_urls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct row {
	const char *endpoint;
	bool ours;
};

static void check_rows(const struct addressee_options *options, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (addressee_is_ours(options, rows[i].endpoint) != rows[i].ours)
			fail_msg("%s: should be %d", rows[i].endpoint, rows[i].ours);
}

static void listed_endpoints_are_the_only_ones(void **state)
{
	char *urls[] = { "https://Web1.Example.org:5679/chef", "https://[2001:db8::1]/", "http://192.0.2.7" };
	const struct setting_strings endpoints = { urls, LENGTH(urls) };
	char *listening[] = { "127.0.0.1:5679" };
	const struct addressee_options options = { &endpoints, "", listening, 1 };
	static const struct row rows[] = {
		{ "https://web1.example.org:5679/", true },
		{ "https://web1.example.org.:5679/anything?x", true },
		{ "https://web1.example.org/", false },
		{ "https://web10.example.org:5679/", false },
		{ "https://[2001:0db8:0::1]:443", true },
		{ "https://[2001:db8::2]:443", false },
		{ "http://192.0.2.7:80/", true },
		{ "http://[::ffff:192.0.2.7]:80/", true },
		{ "https://192.0.2.7/", false },
		{ "https://127.0.0.1:5679/", false },
		{ "https://localhost:5679/", false },
	};

	(void)state;
	check_rows(&options, rows, LENGTH(rows));
}

/* The verdict of registration: an accepted endpoint is ours if it is listed, a refused one never is. */
static void endpoints_that_noahd_registers_can_be_ours(void **state)
{
	char *listening[] = { "127.0.0.1:5679" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < ENDPOINT_URL_ROWS; i++) {
		const struct endpoint_url_row *row = &ENDPOINT_URLS[i];
		char *urls[] = { (char *)(row->right && *row->right ? row->right : row->url) };
		const struct setting_strings endpoints = { urls, 1 };
		const struct addressee_options options = { &endpoints, "", listening, 1 };
		if (addressee_is_ours(&options, row->url) != !row->right || addressee_check(row->url, &err) != !row->right)
			fail_msg("%s", row->url);
	}
}

static void a_socket_bound_to_an_address_has_only_that_one(void **state)
{
	const struct setting_strings none = { 0 };
	char *listening[] = { "127.0.0.11:5679" };
	const struct addressee_options options = { &none, "web1.example.org", listening, 1 };
	static const struct row rows[] = {
		{ "https://127.0.0.11:5679/", true },
		{ "https://127.0.0.12:5679/", false },
		{ "https://127.0.0.1:5679/", false },
		{ "https://127.0.0.11:5680/", false },
		{ "https://localhost:5679/", true },
		{ "https://WEB1.example.org:5679/", true },
		{ "https://web1.example.org:5680/", false },
		{ "https://web2.example.org:5679/", false },
	};

	(void)state;
	check_rows(&options, rows, LENGTH(rows));
}

static void a_wildcard_socket_has_every_address_of_the_host(void **state)
{
	const struct setting_strings none = { 0 };
	char *both[] = { "[::]:5679" }, *ipv4[] = { "0.0.0.0:5679" };
	const struct addressee_options options = { &none, "", both, 1 }, options_ipv4 = { &none, "", ipv4, 1 };
	static const struct row rows[] = {
		{ "https://127.0.0.1:5679/", true },
		{ "https://[::ffff:127.0.0.1]:5679/", true },
		{ "https://192.0.2.77:5679/", false },
		{ "https://0.0.0.0:5679/", false },
		{ "https://127.0.0.1/", false },
	};

	(void)state;
	check_rows(&options, rows, LENGTH(rows));
	check_rows(&options_ipv4, rows, LENGTH(rows));
	assert_false(addressee_is_ours(&options_ipv4, "https://[::1]:5679/"));
}

static void the_host_name_is_ours(void **state)
{
	const struct setting_strings none = { 0 };
	char *listening[] = { "[::]:5679" }, host[256] = "", url[512];
	const struct addressee_options options = { &none, "", listening, 1 };

	(void)state;
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	snprintf(url, sizeof(url), "https://%s:5679/", host);
	assert_true(addressee_is_ours(&options, url));
	snprintf(url, sizeof(url), "https://%sx:5679/", host);
	assert_false(addressee_is_ours(&options, url));
}

static void a_text_that_is_not_an_http_url_is_not_ours(void **state)
{
	static const char *const bad[] = { "", "https://", "https:///x", "ftp://localhost:5679/", "localhost:5679",
		"https://user@localhost:5679/", "https://localhost:5679@evil/", "https://localhost:", "https://localhost:0/",
		"https://localhost:65536/", "https://localhost:5679x/", "https://[::1/", "https://[::1]5679/", "https://[]:1/",
		"https://localhost:000000000000005679/" };
	const struct setting_strings none = { 0 };
	char *listening[] = { "[::]:5679" };
	const struct addressee_options options = { &none, "", listening, 1 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		assert_false(addressee_is_ours(&options, bad[i]));
		if (addressee_check(bad[i], &err))
			fail_msg("%s is no endpoint", bad[i]);
	}
	assert_true(addressee_check("https://node.example.org:5679/", &err));
	assert_true(addressee_check("HTTP://[::1]", &err));
}

static void the_path_is_compared_by_decoded_segments(void **state)
{
	static const struct {
		const char *url, *path;
		bool fits;
	} rows[] = {
		{ "https://h:1", "/", true },
		{ "https://h:1/", "/", true },
		{ "https://h:1?x=/y", "/", true },
		{ "https://h:1#/chef", "/", false },
		{ "https://h:1/chef", "/chef", true },
		{ "https://h:1/chef/?x=1", "/chef", true },
		{ "https://h:1/%63hef", "/chef", true },
		{ "https://h:1/chef", "/", false },
		{ "https://h:1/", "/chef", false },
		{ "https://h:1/Chef", "/chef", false },
		{ "https://h:1/chef/x", "/chef", false },
		{ "https://h:1/x/../chef", "/chef", false },
		{ "/chef", "/chef", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (addressee_has_path(rows[i].url, rows[i].path) != rows[i].fits)
			fail_msg("%s and %s", rows[i].url, rows[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listed_endpoints_are_the_only_ones),
		cmocka_unit_test(endpoints_that_noahd_registers_can_be_ours),
		cmocka_unit_test(a_socket_bound_to_an_address_has_only_that_one),
		cmocka_unit_test(a_wildcard_socket_has_every_address_of_the_host),
		cmocka_unit_test(the_host_name_is_ours),
		cmocka_unit_test(a_text_that_is_not_an_http_url_is_not_ours),
		cmocka_unit_test(the_path_is_compared_by_decoded_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
