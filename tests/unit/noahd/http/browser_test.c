/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/noahd/exchange.h"

#include "noahd/http/browser.h"

static struct site site;

static void handle(struct http_request *request, void *context)
{
	const struct http_call call = { .request = request };
	unsigned status = 200;
	struct error err;

	(void)context;
	bool passes = browser_check(&call, &site, &status, &err);
	assert_int_equal(passes, status == 200);
	struct http_response *response = http_response_create("", 0, NULL);
	http_request_respond(request, status, response);
	http_response_release(response);
}

static int up(void **state)
{
	(void)state;
	site = (struct site){ .public_url = "" };
	asker_start();
	exchange_start(&(struct http_server_options){ .handle = handle });
	return 0;
}

static int down(void **state)
{
	(void)state;
	exchange_stop();
	asker_stop();
	return 0;
}

static int ask(const char *request, const char *headers)
{
	return exchange_status(exchange_ask(request, headers, ""));
}

static int put(const char *headers)
{
	return ask("PUT /hosts/a", headers);
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static void a_program_sends_no_origin_and_may_write(void **state)
{
	(void)state;
	assert_int_equal(put("Host: noah:5678\r\n"), 200);
}

static void a_page_of_another_site_may_read_but_not_write(void **state)
{
	(void)state;
	assert_int_equal(put("Host: noah:5678\r\nOrigin: http://evil.example\r\n"), 403);
	assert_int_equal(put("Host: noah:5678\r\nOrigin: null\r\n"), 403);
	assert_int_equal(put("Host: noah:5678\r\nSec-Fetch-Site: cross-site\r\n"), 403);
	assert_int_equal(ask("GET /hosts", "Host: noah:5678\r\nOrigin: http://evil.example\r\n"), 200);
	assert_int_equal(ask("HEAD /hosts", "Host: noah:5678\r\nOrigin: http://evil.example\r\n"), 200);
}

static void a_page_of_noahds_own_may_write(void **state)
{
	(void)state;
	assert_int_equal(put("Host: noah:5678\r\nOrigin: http://noah:5678\r\nSec-Fetch-Site: same-origin\r\n"), 200);
	assert_int_equal(put("Host: noah:5678\r\nOrigin: http://noah:5679\r\n"), 403);
	assert_int_equal(put("Host: noah:5678\r\nOrigin: https://noah:5678\r\n"), 403);
}

static void behind_a_proxy_the_public_url_is_the_pages(void **state)
{
	(void)state;
	assert_int_equal(put("Host: 10.0.0.1:5678\r\nOrigin: https://noah.example\r\n"), 403);
	site.public_url = "https://noah.example";
	assert_int_equal(put("Host: 10.0.0.1:5678\r\nOrigin: https://noah.example\r\n"), 200);
	assert_int_equal(put("Host: 10.0.0.1:5678\r\nOrigin: https://noah.example.evil.example\r\n"), 403);
}

/* ---- the name ---------------------------------------------------------------------------------------------------- */

static void names_that_lead_elsewhere_are_refused_while_only_this_machine_can_connect(void **state)
{
	(void)state;
	assert_int_equal(ask("GET /hosts", "Host: rebound.example\r\n"), 200);
	site.is_local = true;
	assert_int_equal(ask("GET /hosts", "Host: rebound.example\r\n"), 421);
	assert_int_equal(ask("GET /hosts", "Host: localhost.rebound.example:5678\r\n"), 421);
	assert_int_equal(ask("GET /hosts", "Host: 10.0.0.1:5678\r\n"), 421);
}

static void loopbacks_own_names_are_noahds(void **state)
{
	(void)state;
	site.is_local = true;
	assert_int_equal(ask("GET /hosts", "Host: localhost:5678\r\n"), 200);
	assert_int_equal(ask("GET /hosts", "Host: 127.0.0.1\r\n"), 200);
	assert_int_equal(ask("GET /hosts", "Host: 127.0.0.2:5678\r\n"), 200);
	assert_int_equal(ask("GET /hosts", "Host: [::1]:5678\r\n"), 200);
}

static void the_names_that_were_set_are_noahds(void **state)
{
	static const char *const names[] = { "noah.lan" };

	(void)state;
	site = (struct site){ .is_local = true, .public_url = "https://noah.example", .names = names, .name_count = 1 };
	assert_int_equal(ask("GET /hosts", "Host: NOAH.lan:5678\r\n"), 200);
	assert_int_equal(ask("GET /hosts", "Host: noah.example\r\n"), 200);
	assert_int_equal(ask("GET /hosts", "Host: noah.lan.rebound.example\r\n"), 421);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_program_sends_no_origin_and_may_write, up, down),
		cmocka_unit_test_setup_teardown(a_page_of_another_site_may_read_but_not_write, up, down),
		cmocka_unit_test_setup_teardown(a_page_of_noahds_own_may_write, up, down),
		cmocka_unit_test_setup_teardown(behind_a_proxy_the_public_url_is_the_pages, up, down),
		cmocka_unit_test_setup_teardown(names_that_lead_elsewhere_are_refused_while_only_this_machine_can_connect, up,
		    down),
		cmocka_unit_test_setup_teardown(loopbacks_own_names_are_noahds, up, down),
		cmocka_unit_test_setup_teardown(the_names_that_were_set_are_noahds, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
