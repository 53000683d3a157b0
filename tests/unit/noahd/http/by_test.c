/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/noahd/exchange.h"
#include "tests/unit/noahd/tokens.h"

#include "noahd/http/by.h"

#define HOST "Host: localhost\r\n"
#define RULES "[{\"path\":\"/\",\"allow\":[\"write\"]}]"

static struct token_table *table;
static struct token *token; /* the caller's */

/* Of the last request. */
static struct {
	char *text; /* NULL: refused */
	struct error err;
	bool is_same; /* the audit finds the names at the same place */
} found;

static void handle(struct http_request *request, void *context)
{
	const struct http_call call = { .request = request, .caller = token };
	struct http_response *response = http_response_create("", 0, NULL);
	struct by first, second;

	(void)context;
	free(found.text);
	found.text = by_text(&call, &found.err);
	(void)by_find(request, token, &first, NULL);
	(void)by_find(request, token, &second, NULL);
	found.is_same = first.run == second.run && first.node == second.node;
	http_request_respond(request, 200, response);
	http_response_release(response);
}

static int up(void **state)
{
	(void)state;
	table = token_table_create();
	token = token_table_anonymous(table);
	asker_start();
	exchange_start(&(struct http_server_options){ .handle = handle });
	return 0;
}

static int down(void **state)
{
	(void)state;
	exchange_stop();
	asker_stop();
	token_table_destroy(table);
	free(found.text);
	found.text = NULL;
	return 0;
}

static void set_token(const char *value)
{
	const struct record record = { .kind = OBJECT_TOKEN,
		.path = "/tokens/chef",
		.has_value = true,
		.value = (char *)value,
		.value_size = strlen(value) };

	token_table_set(table, record.path, &record);
	token = token_table_named(table, "chef");
}

#define OF_WEB1 "{\"rules\":" RULES ",\"expires_ms\":0,\"secrets\":[],\"node\":\"web1\"}"

static void a_write_that_names_nothing_has_no_author(void **state)
{
	(void)state;
	exchange_ask("PUT /hosts/a", HOST, "");
	assert_string_equal(found.text, "{}");
}

static void the_headers_name_the_node_and_the_run(void **state)
{
	(void)state;
	exchange_ask("PUT /hosts/a", HOST "Noah-Node: web1\r\nNoah-Run: 17\r\n", "");
	assert_string_equal(found.text, "{\"node\":\"web1\",\"run\":\"17\"}");
}

static void a_token_with_a_node_vouches_for_it(void **state)
{
	(void)state;
	set_token(OF_WEB1);
	exchange_ask("PUT /hosts/a", HOST, "");
	assert_string_equal(found.text, "{\"token\":\"chef\",\"node\":\"web1\",\"verified\":true}");
	exchange_ask("PUT /hosts/a", HOST "Noah-Node: web1\r\n", "");
	assert_string_equal(found.text, "{\"token\":\"chef\",\"node\":\"web1\",\"verified\":true}");
}

static void a_token_without_a_node_vouches_for_none(void **state)
{
	(void)state;
	token = tokens_set(table, "chef", RULES);
	exchange_ask("PUT /hosts/a", HOST "Noah-Node: web1\r\n", "");
	assert_string_equal(found.text, "{\"token\":\"chef\",\"node\":\"web1\"}");
}

static void a_token_cannot_write_for_another_node(void **state)
{
	(void)state;
	set_token(OF_WEB1);
	exchange_ask("PUT /hosts/a", HOST "Noah-Node: web2\r\n", "");
	assert_null(found.text);
	assert_int_equal(found.err.kind, ERROR_DENIED);
	assert_non_null(strstr(found.err.text, "\"web1\""));
	assert_non_null(strstr(found.err.text, "\"web2\""));
}

static void what_is_no_name_is_refused_with_its_header(void **state)
{
	(void)state;
	exchange_ask("PUT /hosts/a", HOST "Noah-Run: a/b\r\n", "");
	assert_null(found.text);
	assert_int_equal(found.err.kind, ERROR_INVALID);
	assert_non_null(strstr(found.err.text, "Noah-Run"));
	exchange_ask("PUT /hosts/a", HOST "Noah-Node: \xff\r\n", "");
	assert_null(found.text);
	assert_int_equal(found.err.kind, ERROR_INVALID);
	assert_non_null(strstr(found.err.text, "Noah-Node"));
}

/* A header that is repeated is joined in a new text each time it is read. */
static void the_audit_of_a_write_does_not_read_its_headers_again(void **state)
{
	(void)state;
	exchange_ask("PUT /hosts/a", HOST "Noah-Run: 1\r\nNoah-Run: 2\r\n", "");
	assert_string_equal(found.text, "{\"run\":\"1, 2\"}");
	assert_true(found.is_same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_write_that_names_nothing_has_no_author, up, down),
		cmocka_unit_test_setup_teardown(the_headers_name_the_node_and_the_run, up, down),
		cmocka_unit_test_setup_teardown(a_token_with_a_node_vouches_for_it, up, down),
		cmocka_unit_test_setup_teardown(a_token_without_a_node_vouches_for_none, up, down),
		cmocka_unit_test_setup_teardown(a_token_cannot_write_for_another_node, up, down),
		cmocka_unit_test_setup_teardown(what_is_no_name_is_refused_with_its_header, up, down),
		cmocka_unit_test_setup_teardown(the_audit_of_a_write_does_not_read_its_headers_again, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
