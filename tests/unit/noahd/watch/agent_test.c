/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/agent.h"

#include "common/endpoint_url.h"
#include "tests/unit/endpoint_urls.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

static int make_policy(void **state)
{
	static const char *const listen[] = { "127.0.0.1:5678" };
	const struct address_policy_options options = { .listen = listen, .listen_count = 1 };

	*state = address_policy_create(&options, NULL);
	return *state ? 0 : -1;
}

static int free_policy(void **state)
{
	address_policy_destroy(*state);
	return 0;
}

static void a_usable_url_is_accepted_unresolved(void **state)
{
	static const char *const endpoints[] = { "http://host:8080/path", "https://node1.example.com/", "HTTP://host/a?b=c",
		"http://127.0.0.1:41733/x", "http://[::1]:5679/", "http://does.not.exist.invalid/", "https://h" };
	struct error err;

	for (size_t i = 0; i < sizeof(endpoints) / sizeof(*endpoints); i++) {
		if (!endpoint_check(endpoints[i], *state, &err))
			fail_msg("%s: %s", endpoints[i], err.text);
	}
}

static void any_other_endpoint_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *endpoint, *reason;
	} cases[] = {
		{ "", "http, https" },
		{ "ftp://host/x", "http, https" },
		{ "file:///etc/passwd", "http, https" },
		{ "gopher://host/", "http, https" },
		{ "host:8080/path", "http, https" },
		{ " http://host/", "http, https" },
		{ "http://", "not a URL" },
		{ "http://user:password@host/", "not a URL" },
		{ "http://host/a b", "not a URL" },
		{ "http://host/#here", "fragment" },
		{ "http://host:99999/", "not a URL" },
		{ "http://host:0/", "port" },
		{ "http://169.254.169.254/latest", "metadata" },
		{ "http://0xa9fea9fe/", "metadata" },
		{ "http://[::ffff:169.254.169.254]/", "metadata" },
		{ "http://[fe80::1]/", "link-local" },
		{ "http://[fe80::1%25eth0]/", "link-local" },
		{ "http://0.0.0.0/", "unspecified" },
		{ "http://0/", "unspecified" },
		{ "http://127.0.0.1:5678/x", "noahd itself" },
		{ "http://127.1:5678/x", "noahd itself" },
		{ "http://[::1]:5678/x", "noahd itself" },
	};
	struct error err;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (endpoint_check(cases[i].endpoint, *state, &err) || !strstr(err.text, cases[i].reason))
			fail_msg("%s: %s", cases[i].endpoint, err.text);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static void only_the_normal_form_is_registered(void **state)
{
	struct error err;

	for (size_t i = 0; i < ENDPOINT_URL_ROWS; i++) {
		const struct endpoint_url_row *row = &ENDPOINT_URLS[i];
		bool taken = endpoint_check(row->url, *state, &err);
		if (taken != !row->right || (!taken && !strstr(err.text, row->right)))
			fail_msg("%s: %s", row->url, taken ? "was taken" : err.text);
	}
}

static void an_international_name_is_refused_with_its_form_of_the_dns(void **state)
{
	static const char *const endpoints[] = { "http://b\xc3\xbc"
		                                     "cher.example:8080/x",
		"http://B%C3%9Ccher.example/",
		"https://b\xc3\xbc"
		"cher.example?key=SECRET" };
	struct error err;

	for (size_t i = 0; i < sizeof(endpoints) / sizeof(*endpoints); i++) {
		assert_false(endpoint_check(endpoints[i], *state, &err));
		assert_non_null(strstr(err.text, " xn--bcher-kva.example"));
		assert_null(strstr(err.text, "SECRET"));
	}
}

/* What libcurl connects to, and asks for there. */
static void assert_part(const char *endpoint, CURLU *url, CURLUPart part, const char *expected)
{
	char *text = NULL;

	if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) || strcasecmp(text, expected) != 0)
		fail_msg("%s: curl has %s, we have %s", endpoint, text ? text : "nothing", expected);
	curl_free(text);
}

static void libcurl_understands_the_normal_form_as_we_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENDPOINT_URL_ROWS; i++) {
		struct endpoint_url ours;
		char port[8], path[64];
		if (!endpoint_url_parse(ENDPOINT_URLS[i].url, &ours, NULL))
			continue;
		CURLU *url = curl_url();
		assert_int_equal(curl_url_set(url, CURLUPART_URL, ENDPOINT_URLS[i].url, 0), CURLUE_OK);
		snprintf(port, sizeof(port), "%u", ours.port);
		snprintf(path, sizeof(path), "%s%.*s", ours.path_size ? "" : "/", (int)ours.path_size, ours.path);
		char *host = endpoint_host(ENDPOINT_URLS[i].url);
		struct address a, b;
		if (address_parse(ours.host, &a)) /* libcurl shortens IPv6 */
			assert_true(address_parse(host, &b) && !memcmp(&a, &b, sizeof(a)));
		else
			assert_int_equal(strcasecmp(host, ours.host), 0);
		free(host);
		assert_part(ENDPOINT_URLS[i].url, url, CURLUPART_PORT, port);
		assert_part(ENDPOINT_URLS[i].url, url, CURLUPART_PATH, path);
		curl_url_cleanup(url);
	}
}

static void an_endpoint_is_bounded(void **state)
{
	char *endpoint = calloc(1, 5000);
	struct error err;

	memcpy(memset(endpoint, 'a', 4000), "http://host/", 12);
	assert_false(endpoint_check(endpoint, *state, &err));
	assert_non_null(strstr(err.text, "longer than 2048"));
	endpoint[2048] = '\0';
	assert_true(endpoint_check(endpoint, *state, &err));
	free(endpoint);
}

static void the_host_of_an_endpoint_has_no_brackets(void **state)
{
	char *host = endpoint_host("https://[2001:db8::1]:5679/x");

	(void)state;
	assert_string_equal(host, "2001:db8::1");
	free(host);
	assert_null(endpoint_host("nonsense"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_usable_url_is_accepted_unresolved),
		cmocka_unit_test(any_other_endpoint_is_refused_with_the_reason),
		cmocka_unit_test(only_the_normal_form_is_registered),
		cmocka_unit_test(an_international_name_is_refused_with_its_form_of_the_dns),
		cmocka_unit_test(libcurl_understands_the_normal_form_as_we_do),
		cmocka_unit_test(an_endpoint_is_bounded),
		cmocka_unit_test(the_host_of_an_endpoint_has_no_brackets),
	};
	return cmocka_run_group_tests(tests, make_policy, free_policy);
}
