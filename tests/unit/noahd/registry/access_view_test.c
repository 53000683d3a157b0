/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

#include "noahd/registry/access_view.h"

#define READ_ALL "[{\"path\":\"/\",\"allow\":[\"read\"]}]"
#define MEMBERS                                                                                        \
	"\"hosts\":{\"web1\":{\"services\":{\"http\":\"up\",\"ssh\":\"up\"}},\"web2\":{\"services\":{}}}," \
	"\"services\":{\"http\":{\"web1\":{},\"web2\":{}},\"ssh\":{\"web1\":{}}},"                         \
	"\"applications\":{\"shop\":{\"configurations\":{\"db\":{},\"mail\":{}}}},\"ephemerals\":{\"/chef/a\":{}}"

static const struct {
	const char *title;
	enum object_kind kind;
	const char *path, *rules, *view, *left;
} cases[] = {
	{ "a reader of everything sees all of it", OBJECT_TAG, "/tags/t", READ_ALL, "{\"id\":\"1\"," MEMBERS "}",
	    "{\"id\":\"1\"," MEMBERS "}" },
	{ "a host shows the services that may be read", OBJECT_HOST, "/hosts/web1",
	    "[{\"path\":\"/hosts\",\"allow\":[\"read\"]},{\"path\":\"/services/http\",\"allow\":[\"read\"]},"
	    "{\"path\":\"/services/ssh/web2\",\"allow\":[\"read\"]}]",
	    "{\"name\":\"web1\",\"services\":{\"http\":\"up\",\"ssh\":\"up\"}}",
	    "{\"name\":\"web1\",\"services\":{\"http\":\"up\"}}" },
	{ "a host without readable services shows that it has none", OBJECT_HOST, "/hosts/web1",
	    "[{\"path\":\"/hosts\",\"allow\":[\"read\"]}]", "{\"services\":{\"http\":\"up\"}}", "{\"services\":{}}" },
	{ "an application shows the configurations that may be read", OBJECT_APPLICATION, "/applications/shop",
	    "[{\"path\":\"/applications\",\"allow\":[\"read\"]},{\"path\":\"/configurations/db\",\"allow\":[\"read\"]}]",
	    "{\"configurations\":{\"db\":{},\"mail\":{}}}", "{\"configurations\":{\"db\":{}}}" },
	{ "a kind that shows nothing of others is always whole", OBJECT_CONFIGURATION, "/configurations/db", "[]",
	    "{\"body\":\"x\",\"changed\":true}", "{\"body\":\"x\",\"changed\":true}" },
	{ "whether it changed is hidden where something may be missing", OBJECT_HOST, "/hosts/web1",
	    "[{\"path\":\"/hosts\",\"allow\":[\"read\"]}]", "{\"services\":{},\"changed\":true}", "{\"services\":{}}" },
	{ "a tag leaves out members, what members show, and kinds without members", OBJECT_TAG, "/tags/t",
	    "[{\"path\":\"/hosts/web1\",\"allow\":[\"read\"]},{\"path\":\"/services/http/web1\",\"allow\":[\"read\"]},"
	    "{\"path\":\"/applications\",\"allow\":[\"read\"]},{\"path\":\"/configurations/db\",\"allow\":[\"read\"]}]",
	    "{\"id\":\"1\"," MEMBERS "}",
	    "{\"id\":\"1\",\"hosts\":{\"web1\":{\"services\":{\"http\":\"up\"}}},\"services\":{\"http\":{\"web1\":{}}},"
	    "\"applications\":{\"shop\":{\"configurations\":{\"db\":{}}}}}" },
	{ "a link keeps the kinds that it always shows", OBJECT_LINK, "/l",
	    "[{\"path\":\"/ephemerals/chef\",\"allow\":[\"read\"]}]", "{\"id\":\"1\"," MEMBERS "}",
	    "{\"id\":\"1\",\"hosts\":{},\"services\":{},\"applications\":{},\"ephemerals\":{\"/chef/a\":{}}}" },
	{ "the longest rule decides", OBJECT_HOST, "/hosts/web1",
	    "[{\"path\":\"/\",\"allow\":[\"read\"]},{\"path\":\"/services/ssh\",\"allow\":[]}]",
	    "{\"services\":{\"http\":\"up\",\"ssh\":\"up\"}}", "{\"services\":{\"http\":\"up\"}}" },
};

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

static void a_view_keeps_only_what_may_be_read_by_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *list = parse(cases[i].rules), *view = parse(cases[i].view), *left = parse(cases[i].left);
		struct access_rules *rules = access_rules_parse(list, NULL);
		const struct record record = { .kind = cases[i].kind, .path = (char *)cases[i].path };

		assert_non_null(rules);
		access_view_prune(rules, &record, view);
		if (!json_equal(view, left))
			fail_msg("%s: %s", cases[i].title, json_dumps(view, 0));
		json_decref(list);
		json_decref(view);
		json_decref(left);
		free(rules);
	}
}

static void a_kind_is_whole_where_all_that_its_views_may_show_can_be_read(void **state)
{
	json_t *list =
	    parse("[{\"path\":\"/services\",\"allow\":[\"read\"]},{\"path\":\"/configurations/db\",\"allow\":[]}]");
	struct access_rules *rules = access_rules_parse(list, NULL);

	(void)state;
	assert_true(access_view_is_whole(rules, OBJECT_HOST));
	assert_true(access_view_is_whole(rules, OBJECT_SERVICE));
	assert_false(access_view_is_whole(rules, OBJECT_APPLICATION));
	assert_false(access_view_is_whole(rules, OBJECT_TAG));
	assert_false(access_view_is_whole(NULL, OBJECT_HOST));
	assert_true(access_view_is_whole(NULL, OBJECT_EPHEMERAL));
	json_decref(list);
	free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_view_keeps_only_what_may_be_read_by_itself),
		cmocka_unit_test(a_kind_is_whole_where_all_that_its_views_may_show_can_be_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
