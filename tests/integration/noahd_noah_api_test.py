"""Everything that clients of Noah 0.8 rely on: doc/protocol.md, from Applications to Start page."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
import subprocess
import tempfile
import unittest

from support.daemon import Noahd
from support.raw_http import Connection
from support.sink import Sink

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
NOT_FOUND = {"result": "failure", "error_message": "Resource not found"}
JSON = {"Accept": "application/json"}
YAML = "development:\n  database: development_database\n  adapter: mysql\n"

# A path to each kind of object, and how to create it.
OBJECTS = {
    "/hosts/web1": {"status": "up"},
    "/services/http/web1": {"status": "down", "host_status": "up"},
    "/applications/shop": {"name": "shop"},
    "/configurations/database": {"format": "string", "body": "mysql://db1"},
    "/ephemerals/chef/notify": "1",
}


def golden(value):
    """The same with ids and times as words."""
    if isinstance(value, dict):
        return {key: golden(member) for key, member in value.items()}
    if isinstance(value, list):
        return [golden(member) for member in value]
    if isinstance(value, str):
        return "ID" if UUID.match(value) else "TIME" if TIME.match(value) else value
    return value


TIMES = {"created_at": "TIME", "updated_at": "TIME"}


def an_object(**members):
    return {"id": "ID", "tags": [], "links": [], **TIMES, **members}


class NoahApiCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name)
        self.noahd.start()
        self.addCleanup(self.noahd.stop)

    def make(self, *paths):
        for path in paths or OBJECTS:
            self.assertEqual(200, self.noahd.put(path, OBJECTS[path]).status, path)

    def assert_answer(self, expected, answer):
        self.assertEqual((200, expected), (answer.status, golden(answer.json())))

    def assert_refused(self, status, text, answer):
        self.assertEqual((status, {"result": "failure", "error_message": text}), (answer.status, answer.json()))

    def assert_not_found(self, answer):
        self.assertEqual((404, NOT_FOUND), (answer.status, answer.json()))


class ApplicationsTest(NoahApiCase):
    def test_put_returns_id_action_and_name(self):
        answer = self.noahd.put("/applications/shop", {"name": "shop"})
        self.assert_answer({"result": "success", "id": "ID", "action": "create", "name": "shop"}, answer)
        again = self.noahd.put("/applications/shop", {"name": "shop"}).json()
        self.assertEqual((answer.json()["id"], "update"), (again["id"], again["action"]))

    def test_another_name_in_the_body_counts_as_missing(self):
        for body in ({"name": "other"}, {"foo": "bar"}, {}, ""):
            with self.subTest(body):
                self.assert_refused(400, "Missing Parameters", self.noahd.put("/applications/shop", body))
        self.assert_refused(400, "Name attribute missing", self.noahd.put("/applications/shop", {"name": ""}))
        self.assert_refused(400, "Name attribute missing", self.noahd.put("/applications/shop", {"name": None}))
        self.assert_not_found(self.noahd.get("/applications/shop"))

    def test_get_shows_format_and_body_of_its_configurations(self):
        self.noahd.put("/applications/shop/configurations/db", {"format": "yaml", "body": YAML})
        shown = {"db": {"format": "yaml", "body": YAML}}
        self.assert_answer(an_object(name="shop", configurations=shown), self.noahd.get("/applications/shop"))
        self.assert_answer({"shop": an_object(configurations=shown)}, self.noahd.get("/applications"))

    def test_it_shows_its_configurations_as_they_are_now(self):
        self.noahd.put("/applications/shop/configurations/db", {"format": "string", "body": "1"})
        self.assertEqual("1", self.noahd.get("/applications/shop").json()["configurations"]["db"]["body"])
        self.noahd.put("/configurations/db", {"format": "string", "body": "2"})
        self.assertEqual("2", self.noahd.get("/applications/shop").json()["configurations"]["db"]["body"])

    def test_an_empty_collection_is_not_found(self):
        for path in ("/applications", "/applications/", "/applications/shop", "/applications/shop/configurations/db"):
            self.assert_not_found(self.noahd.get(path))

    def test_delete_keeps_its_configurations(self):
        self.noahd.put("/applications/shop/configurations/db", {"format": "string", "body": "1"})
        self.assert_answer({"result": "success", "action": "delete", "id": "ID", "name": "shop"},
                           self.noahd.delete("/applications/shop"))
        self.assert_not_found(self.noahd.delete("/applications/shop"))
        self.assertEqual(200, self.noahd.get("/configurations/db").status)

    def test_a_configuration_put_below_an_application_creates_both_and_attaches_it(self):
        answer = self.noahd.put("/applications/shop/configurations/db", {"format": "string", "body": "1"})
        self.assert_answer({"result": "success", "id": "ID", "name": "shop", "action": "create",
                            "configuration": {"action": "create", "id": "ID", "item": "db"}}, answer)
        again = self.noahd.put("/applications/other/configurations/db", {"format": "string", "body": "2"}).json()
        self.assertEqual(("create", "update"), (again["action"], again["configuration"]["action"]))
        self.assertEqual(answer.json()["configuration"]["id"], again["configuration"]["id"])
        for application in ("shop", "other"):
            self.assertEqual({"db": {"format": "string", "body": "2"}},
                             self.noahd.get("/applications/" + application).json()["configurations"])

    def test_a_refused_configuration_creates_no_application(self):
        self.assert_refused(400, "Missing Parameters",
                            self.noahd.put("/applications/shop/configurations/db", {"format": "string"}))
        self.assert_refused(400, "Body attribute missing",
                            self.noahd.put("/applications/shop/configurations/db", {"format": "string", "body": ""}))
        self.assert_not_found(self.noahd.get("/applications/shop"))

    def test_a_configuration_below_an_application_is_the_configuration(self):
        self.noahd.put("/applications/shop/configurations/db", {"format": "yaml", "body": YAML})
        path = "/applications/shop/configurations/db"
        self.assertEqual(self.noahd.get("/configurations/db", headers=JSON).json(),
                         self.noahd.get(path, headers=JSON).json())
        answer = self.noahd.get(path)
        self.assertEqual((YAML, "text/x-yaml;charset=utf-8"), (answer.body.decode(), answer.headers["content-type"]))
        self.noahd.put("/applications/empty", {"name": "empty"})
        self.assert_not_found(self.noahd.get("/applications/empty/configurations/db"))

    def test_delete_of_a_configuration_below_an_application_detaches_it(self):
        self.noahd.put("/applications/shop/configurations/db", {"format": "string", "body": "1"})
        self.assert_answer({"result": "success", "action": "delete", "id": "ID", "name": "shop", "configuration": "db"},
                           self.noahd.delete("/applications/shop/configurations/db"))
        self.assertEqual({}, self.noahd.get("/applications/shop").json()["configurations"])
        self.assertEqual(200, self.noahd.get("/configurations/db").status)
        self.assert_not_found(self.noahd.delete("/applications/shop/configurations/db"))
        self.assert_not_found(self.noahd.delete("/applications/other/configurations/db"))


class ConfigurationsTest(NoahApiCase):
    def put(self, name="db", **body):
        return self.noahd.put("/configurations/" + name, {"format": "string", "body": "mysql://db1", **body})

    def test_put_returns_id_action_and_item(self):
        answer = self.put()
        self.assert_answer({"result": "success", "id": "ID", "action": "create", "item": "db"}, answer)
        again = self.put(body="other").json()
        self.assertEqual((answer.json()["id"], "update"), (again["id"], again["action"]))

    def test_put_needs_format_and_body(self):
        for body in ({"format": "string"}, {"body": "x"}, {}, ""):
            self.assert_refused(400, "Missing Parameters", self.noahd.put("/configurations/db", body))
        self.assert_refused(400, "Format attribute missing", self.put(format=""))
        self.assert_refused(400, "Format attribute missing", self.put(format=None))
        self.assert_refused(400, "Body attribute missing", self.put(body=""))
        self.assertIn('"body"', self.put(body=7).json()["error_message"])
        self.assertIn('"color"', self.put(color="red").json()["error_message"])
        self.assert_not_found(self.noahd.get("/configurations/db"))

    def test_a_client_that_accepts_json_gets_the_object(self):
        self.put()
        expected = an_object(name="db", format="string", body="mysql://db1")
        for accept in ("application/json", "*/*", "application/*", "text/html, application/json;q=0.1",
                       "application/json;charset=utf-8"):
            with self.subTest(accept):
                answer = self.noahd.get("/configurations/db", headers={"Accept": accept})
                self.assert_answer(expected, answer)
                self.assertEqual("application/json;charset=utf-8", answer.headers["content-type"])

    def test_a_client_that_does_not_accept_json_gets_the_body_typed_by_its_format(self):
        types = {"yaml": "text/x-yaml;charset=utf-8", "json": "application/json", "xml": "text/xml",
                 "string": "text/plain;charset=utf-8", "ini": "application/octet-stream"}
        for format_name, content_type in types.items():
            self.put(format_name, format=format_name, body="<é>")
            for headers in ({}, {"Accept": "application/octet"}, {"Accept": "*/*, application/json;q=0"}):
                with self.subTest((format_name, headers)):
                    answer = self.noahd.get("/configurations/" + format_name, headers=headers)
                    self.assertEqual((200, "<é>".encode(), content_type),
                                     (answer.status, answer.body, answer.headers["content-type"]))
                    self.assertEqual(("nosniff", "sandbox"), (answer.headers["x-content-type-options"],
                                                              answer.headers["content-security-policy"]))

    def test_the_collection_is_a_map_by_name(self):
        self.put("db")
        self.put("cache", format="yaml", body="a: 1")
        expected = {"db": an_object(format="string", body="mysql://db1"),
                    "cache": an_object(format="yaml", body="a: 1")}
        for path in ("/configurations", "/configurations/", "/configurations?short=false"):
            self.assert_answer(expected, self.noahd.get(path))

    def test_the_short_list_has_locations(self):
        self.noahd.stop()
        self.noahd.settings.append("names=noah.example")
        self.noahd.start()
        self.put("db%20one")
        for path in ("/configurations?short=true", "/configurations/?short=true"):
            with Connection(self.noahd.port) as connection:
                connection.send(f"GET {path} HTTP/1.1\r\nHost: noah.example:5678\r\n\r\n".encode())
                answer = connection.receive("GET")
            self.assert_answer({"db one": {"format": "string", **TIMES,
                                           "location": "http://noah.example:5678/configurations/db%20one"}}, answer)

    def test_an_empty_collection_is_not_found(self):
        for path in ("/configurations", "/configurations?short=true", "/configurations/db", "/configurations/db/data"):
            self.assert_not_found(self.noahd.get(path))

    def test_delete_detaches_it_everywhere(self):
        self.noahd.put("/applications/shop/configurations/db", {"format": "string", "body": "1"})
        self.noahd.put("/applications/blog/configurations/db", {"format": "string", "body": "1"})
        self.noahd.put("/applications/blog/configurations/cache", {"format": "string", "body": "1"})
        answer = self.noahd.delete("/configurations/db")
        self.assertEqual(["blog", "shop"], sorted(answer.json()["affected_applications"]))
        self.assert_answer({"result": "success", "id": "ID", "action": "delete", "item": "db",
                            "affected_applications": answer.json()["affected_applications"]}, answer)
        self.assertEqual({}, self.noahd.get("/applications/shop").json()["configurations"])
        self.assertEqual(["cache"], list(self.noahd.get("/applications/blog").json()["configurations"]))
        self.assert_not_found(self.noahd.delete("/configurations/db"))
        self.put()
        self.assertEqual([], self.noahd.delete("/configurations/db").json()["affected_applications"])


class TagsTest(NoahApiCase):
    def test_every_kind_of_object_can_have_one_tag_or_several(self):
        self.make()
        for path in OBJECTS:
            with self.subTest(path):
                self.assertEqual(["one"], self.noahd.put(path + "/tag", {"tags": "one"}).json()["tags"])
                tags = self.noahd.put(path + "/tag", {"tags": ["two", "one", "three"]}).json()["tags"]
                self.assertEqual(["one", "three", "two"], sorted(tags))

    def test_the_answer_is_the_object_as_in_get(self):
        self.make()
        for path in OBJECTS:
            if not path.startswith("/ephemerals"):
                put = self.noahd.put(path + "/tag", {"tags": "one"})
                self.assertEqual(self.noahd.get(path, headers=JSON).json(), put.json())
                self.assertEqual(put.json(), self.noahd.delete(path + "/tag", {"tags": "none"}).json())
        self.assert_answer(an_object(path="/chef/notify", data="1", tags=["one"]),
                           self.noahd.put("/ephemerals/chef/notify/tag", {"tags": "one"}))

    def test_delete_removes_tags(self):
        self.make()
        for path in OBJECTS:
            with self.subTest(path):
                self.noahd.put(path + "/tag", {"tags": ["one", "two", "three"]})
                self.assertEqual(["two"], self.noahd.delete(path + "/tag", {"tags": ["one", "three"]}).json()["tags"])
                self.assertEqual([], self.noahd.delete(path + "/tag", {"tags": "two"}).json()["tags"])
                self.assertEqual([], self.noahd.delete(path + "/tag", {"tags": ["two", "never"]}).json()["tags"])

    def test_a_write_keeps_tags_and_links(self):
        for path, body in OBJECTS.items():
            self.noahd.put(path, body)
            self.noahd.put(path + "/tag", {"tags": "kept"})
            self.noahd.put(path + "/link", {"link_name": "/kept"})
            self.noahd.put(path, body)
            answer = self.noahd.put(path + "/tag", {"tags": "kept"}).json()
            self.assertEqual((["kept"], ["/kept"]), (answer["tags"], answer["links"]))

    def test_a_tag_shows_its_members_by_kind(self):
        self.make()
        for path in OBJECTS:
            self.noahd.put(path + "/tag", {"tags": "production"})
        tag = {"id": "ID", **TIMES,
               "hosts": {"web1": {"id": "ID", "links": [], "status": "up", "services": {"http": "down"}}},
               "services": {"http": {"web1": {"id": "ID", "links": [], "status": "down"}}},
               "applications": {"shop": {"id": "ID", "links": [], "configurations": {}}},
               "configurations": {"database": {"id": "ID", "links": [], "format": "string", "body": "mysql://db1"}},
               "ephemerals": {"/chef/notify": {"id": "ID", "links": [], "path": "/chef/notify", "data": "1"}}}
        self.assert_answer({"production": tag}, self.noahd.get("/tags/production"))
        self.assert_answer({"production": tag}, self.noahd.get("/tags"))
        self.assert_answer({"production": tag}, self.noahd.get("/tags/"))

    def test_only_kinds_with_members_are_shown(self):
        self.make("/hosts/web1")
        self.noahd.put("/hosts/web1/tag", {"tags": ["a", "b"]})
        self.assertEqual({"id", "created_at", "updated_at", "hosts"}, set(self.noahd.get("/tags/a").json()["a"]))
        self.noahd.delete("/hosts/web1/tag", {"tags": "a"})
        self.assert_answer({"a": {"id": "ID", **TIMES}}, self.noahd.get("/tags/a"))
        self.noahd.delete("/hosts/web1")
        self.assert_answer({name: {"id": "ID", **TIMES} for name in "ab"}, self.noahd.get("/tags"))

    def test_tags_show_their_members_as_they_are_now(self):
        self.make("/hosts/web1")
        self.noahd.put("/hosts/web1/tag", {"tags": "a"})
        self.noahd.put("/hosts/web1", {"status": "down"})
        self.assertEqual("down", self.noahd.get("/tags/a").json()["a"]["hosts"]["web1"]["status"])

    def test_a_missing_object_cannot_be_tagged(self):
        for path in OBJECTS:
            self.assert_not_found(self.noahd.put(path + "/tag", {"tags": "one"}))
            self.assert_not_found(self.noahd.delete(path + "/tag", {"tags": "one"}))
        self.assert_not_found(self.noahd.get("/tags"))
        self.assert_not_found(self.noahd.get("/tags/one"))

    def test_a_tag_must_be_a_name(self):
        self.make("/hosts/web1")
        put = lambda body: self.noahd.put("/hosts/web1/tag", body)
        self.assert_refused(400, "Missing Parameters", put({}))
        self.assert_refused(400, "Missing Parameters", put(""))
        for nothing in ("", None, [], [""], ["a", None]):
            self.assert_refused(400, "Tags attribute missing", put({"tags": nothing}))
        for wrong in (7, {"a": 1}, ["a", 7], "a/b", "..", "a\nb", "a\0b", "x" * 256):
            answer = put({"tags": wrong})
            self.assertEqual(400, answer.status)
            self.assertIn('"tags"', answer.json()["error_message"])
        self.assertEqual(413, put({"tags": [f"t{i}" for i in range(129)]}).status)
        self.assertEqual([], self.noahd.get("/hosts/web1").json()["tags"])
        self.assert_not_found(self.noahd.get("/tags"))


class LinksTest(NoahApiCase):
    def test_every_kind_of_object_can_be_in_a_hierarchy_at_the_root(self):
        self.make()
        for path in OBJECTS:
            with self.subTest(path):
                self.assertEqual(["/myorg"], self.noahd.put(path + "/link", {"link_name": "/myorg"}).json()["links"])
        members = {"hosts": {"web1": {"id": "ID", "status": "up", "tags": [], "services": {"http": "down"}}},
                   "services": {"http": {"web1": {"id": "ID", "status": "down", "tags": []}}},
                   "applications": {"shop": {"id": "ID", "tags": [], "configurations": {}}},
                   "configurations": {"database": {"id": "ID", "tags": [], "format": "string", "body": "mysql://db1"}},
                   "ephemerals": {"/chef/notify": {"id": "ID", "tags": [], "path": "/chef/notify", "data": "1"}}}
        for path in ("/myorg", "/myorg/"):
            self.assert_answer({"id": "ID", "name": "/myorg", **TIMES, **members}, self.noahd.get(path))
        for collection, expected in members.items():
            self.assert_answer(expected, self.noahd.get("/myorg/" + collection))
        self.assert_answer({**members["hosts"]["web1"], "name": "web1"}, self.noahd.get("/myorg/hosts/web1"))
        self.assert_answer({**members["services"]["http"], "name": "http"}, self.noahd.get("/myorg/services/http"))
        self.assert_answer({**members["services"]["http"]["web1"], "name": "http"},
                           self.noahd.get("/myorg/services/http/web1"))
        self.assert_answer({**members["ephemerals"]["/chef/notify"], "name": "/chef/notify"},
                           self.noahd.get("/myorg/ephemerals/chef/notify"))

    def test_all_five_kinds_are_shown_empty_ones_too(self):
        self.make("/hosts/web1")
        self.noahd.put("/hosts/web1/link", {"link_name": "/myorg"})
        self.noahd.delete("/hosts/web1/link", {"link_name": "/myorg"})
        empty = {kind: {} for kind in ("hosts", "services", "applications", "configurations", "ephemerals")}
        self.assert_answer({"id": "ID", "name": "/myorg", **TIMES, **empty}, self.noahd.get("/myorg"))
        self.assert_answer({}, self.noahd.get("/myorg/hosts"))
        self.assert_not_found(self.noahd.get("/myorg/hosts/web1"))
        self.assert_not_found(self.noahd.get("/myorg/services/http"))
        self.assert_not_found(self.noahd.get("/myorg/watches"))

    def test_delete_removes_the_object_from_the_link(self):
        self.make()
        for path in OBJECTS:
            with self.subTest(path):
                self.noahd.put(path + "/link", {"link_name": "/a"})
                self.noahd.put(path + "/link", {"link_name": "/b"})
                self.assertEqual(["/b"], self.noahd.delete(path + "/link", {"link_name": "/a"}).json()["links"])
                self.assertEqual(["/b"], self.noahd.delete(path + "/link", {"link_name": "/never"}).json()["links"])

    def test_an_unknown_link_is_not_found_whatever_the_method(self):
        for method in ("GET", "PUT", "POST", "DELETE"):
            for path in ("/myorg", "/myorg/hosts", "/myorg/hosts/web1"):
                with self.subTest((method, path)):
                    self.assert_not_found(self.noahd.request(method, path))

    def test_a_link_has_the_methods_of_a_page(self):
        self.make("/hosts/web1")
        self.noahd.put("/hosts/web1/link", {"link_name": "/myorg"})
        answer = self.noahd.put("/myorg", "{}")
        self.assertEqual((405, "GET, HEAD"), (answer.status, answer.headers["allow"]))

    def test_our_names_are_reserved(self):
        self.make("/hosts/web1")
        reserved = ("applications configurations ephemerals hosts services tags links watches watchers ark noah events "
                    "transactions tokens keys deliveries graph impact nodes runs stats health metrics version page "
                    "static")
        for name in reserved.split():
            self.assert_refused(400, "Path is reserved", self.noahd.put("/hosts/web1/link", {"link_name": "/" + name}))

    def test_a_links_name_is_a_slash_and_one_segment(self):
        self.make("/hosts/web1")
        put = lambda body: self.noahd.put("/hosts/web1/link", body)
        self.assert_refused(400, "Missing Parameters", put({}))
        self.assert_refused(400, "Link_name attribute missing", put({"link_name": ""}))
        for wrong in ("myorg", "/", "//", "/a/b", "/..", "/a\u007f", "/" + "x" * 256, ["/a"], 7):
            with self.subTest(wrong):
                answer = put({"link_name": wrong})
                self.assertEqual(400, answer.status)
                self.assertIn('"link_name"', answer.json()["error_message"])
        self.assertEqual([], self.noahd.get("/hosts/web1").json()["links"])


class WatchesTest(NoahApiCase):
    def test_an_object_of_any_kind_is_watched_by_its_path(self):
        self.make()
        for path in OBJECTS:
            with self.subTest(path):
                name = self.noahd.put(path + "/watch", {"endpoint": "http://h/"}).json()
                self.assertEqual("//noah" + path,
                                 self.noahd.get("/watches/" + name.replace("/", "%2F")).json()["pattern"])
            self.assert_not_found(self.noahd.put(path + "x/watch", {"endpoint": "http://h/"}))
            self.assert_refused(400, "Missing Parameters", self.noahd.put(path + "/watch", {}))


class AliasesTest(NoahApiCase):
    """Every object can be read at each of its paths."""

    def same(self, path, alias):
        for accept in ({}, JSON):
            own, other = (self.noahd.get(name, headers=accept) for name in (path, alias))
            self.assertEqual((200, own.body, own.headers["content-type"]),
                             (other.status, other.body, other.headers["content-type"]))

    def test_a_tagged_object_is_below_its_tag(self):
        self.make()
        for path in OBJECTS:
            with self.subTest(path):
                self.assert_not_found(self.noahd.get("/tags/t" + path))
                self.noahd.put(path + "/tag", {"tags": "t"})
                self.same(path, "/tags/t" + path)
                self.assert_not_found(self.noahd.get("/tags/other" + path))

    def test_a_service_is_below_its_host(self):
        self.make("/services/http/web1")
        self.same("/services/http/web1", "/hosts/web1/services/http")

    def test_links_and_watches_have_two_names(self):
        self.assert_answer({}, self.noahd.get("/links"))
        self.make("/hosts/web1")
        self.noahd.put("/hosts/web1/link", {"link_name": "/l"})
        self.same("/l", "/links/l")
        self.assertEqual(["/l"], list(self.noahd.get("/links").json()))
        name = self.noahd.put("/hosts/web1/watch", {"endpoint": "http://h/?>>>???"}).json().replace("/", "%2F")
        self.same("/watches/" + name, "/watchers/" + name)


class AnnouncementsTest(NoahApiCase):
    """What a watch on everything gets, write by write."""

    def setUp(self):
        super().setUp()
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.told = 0

    def announced(self, count):
        bodies = [json.loads(request.body) for request in self.sink.wait_for(self.told + count)[self.told:]]
        self.told += count
        return bodies

    def assert_announced(self, *expected):
        """"+ //noah/hosts/web1" for each, and the path if it differs."""
        found = [f"{' +~-'[('create', 'update', 'delete').index(body['action']) + 1]} {body['pubcategory']}"
                 for body in self.announced(len(expected))]
        self.assertEqual(list(expected), found)

    def watch_everything(self):
        self.noahd.put("/watches", {"pattern": "//noah", "endpoint": self.sink.url})
        self.told = len(self.sink.wait_for(0))

    def test_what_each_write_announces(self):
        self.watch_everything()
        put, delete = self.noahd.put, self.noahd.delete
        configuration = {"format": "string", "body": "1"}
        put("/applications/a", {"name": "a"})
        self.assert_announced("+ //noah/applications/a")
        put("/configurations/c", configuration)
        self.assert_announced("+ //noah/configurations/c")
        put("/applications/a/configurations/c", configuration)
        self.assert_announced("~ //noah/configurations/c", "~ //noah/applications/a")
        put("/applications/b/configurations/d", configuration)
        self.assert_announced("+ //noah/configurations/d", "+ //noah/applications/b")
        delete("/applications/b/configurations/d")
        self.assert_announced("~ //noah/applications/b")
        delete("/configurations/c")
        self.assert_announced("- //noah/configurations/c", "~ //noah/applications/a")
        delete("/applications/a")
        self.assert_announced("- //noah/applications/a")
        put("/hosts/h", {"status": "up"})
        put("/hosts/h/tag", {"tags": ["t", "u"]})
        self.assert_announced("+ //noah/hosts/h", "+ //noah/tags/t", "+ //noah/tags/u", "~ //noah/hosts/h")
        put("/hosts/h/tag", {"tags": "t"})
        self.assert_announced("~ //noah/hosts/h")
        delete("/hosts/h/tag", {"tags": "t"})
        self.assert_announced("~ //noah/hosts/h")
        put("/hosts/h/link", {"link_name": "/l"})
        self.assert_announced("+ //noah/links/l", "~ //noah/hosts/h")
        put("/hosts/h/link", {"link_name": "/l"})
        self.assert_announced("~ //noah/hosts/h")
        delete("/hosts/h/link", {"link_name": "/l"})
        self.assert_announced("~ //noah/hosts/h")
        put("/services/s/h", {"status": "up", "host_status": "up"})
        delete("/hosts/h")
        self.assert_announced("~ //noah/hosts/h", "+ //noah/services/s", "- //noah/services/s", "- //noah/hosts/h")

    def test_a_new_tag_and_a_new_link_are_announced_without_members(self):
        self.watch_everything()
        self.make("/hosts/web1")
        self.noahd.put("/hosts/web1/tag", {"tags": "t"})
        self.noahd.put("/hosts/web1/link", {"link_name": "/l"})
        _, tag, tagged, link, linked = self.announced(5)
        for body in (tag, tagged, link, linked):
            self.assertTrue(body["changed"])
            for key in ("revision", "endpoint", "watch", "event", "cause", "by", "changed", "told"):
                del body[key]
        self.assertEqual({"id": "ID", "name": "t", **TIMES, "action": "create", "path": "/tags/t",
                          "pubcategory": "//noah/tags/t", "location": "/tags/t"}, golden(tag))
        self.assertEqual({"id": "ID", "name": "/l", **TIMES, "action": "create", "path": "/links//l",
                          "pubcategory": "//noah/links/l", "location": "/l", "hosts": {}, "services": {},
                          "applications": {}, "configurations": {}, "ephemerals": {}}, golden(link))
        self.assertEqual((["t"], ["/l"]), (tagged["tags"], linked["links"]))

    def test_a_watch_on_a_tag_a_link_or_an_application_gets_changes_of_its_members(self):
        self.make()
        self.noahd.put("/hosts/web1/tag", {"tags": "t"})
        self.noahd.put("/ephemerals/chef/notify/link", {"link_name": "/l"})
        self.noahd.put("/applications/shop/configurations/db", {"format": "string", "body": "1"})
        for pattern in ("//noah/tags/t", "//noah/l", "//noah/applications/shop/configurations",
                        "//noah/hosts/*/services"):
            self.noahd.put("/watches", {"pattern": pattern, "endpoint": self.sink.url})
        self.noahd.put("/hosts/web1", {"status": "down"})
        self.noahd.put("/ephemerals/chef/notify", "2")
        self.noahd.put("/configurations/db", {"format": "string", "body": "2"})
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up"})
        self.noahd.delete("/hosts/web1/tag", {"tags": "t"})
        self.noahd.put("/hosts/web1", {"status": "up"})
        self.noahd.put("/ephemerals/chef/notify", "3")
        self.assert_announced("~ //noah/hosts/web1", "~ //noah/ephemerals/chef/notify", "~ //noah/configurations/db",
                              "~ //noah/hosts/web1", "~ //noah/services/http", "~ //noah/hosts/web1",
                              "~ //noah/ephemerals/chef/notify")


class StartPageTest(NoahApiCase):
    PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    def test_browsers_get_each_kind_with_its_objects(self):
        self.make()
        self.noahd.put("/hosts/web1/tag", {"tags": "production"})
        self.noahd.put("/watches", {"pattern": "//noah/hosts", "endpoint": "http://h/?a&b"})
        answer = self.noahd.get("/", headers=self.PAGE)
        page = answer.body.decode()
        self.assertEqual((200, "text/html;charset=utf-8"), (answer.status, answer.headers["content-type"]))
        self.assertIn("Noah Start Page", page)
        for path in [*OBJECTS, "/tags/production"]:
            self.assertIn(f'<a href="{path}">', page)
        for count in ("hosts: 1", "services: 1", "applications: 1", "configurations: 1", "ephemerals: 1", "tags: 1",
                      "links: 0", "watches: 1", "//noah/hosts → http://h/?a&amp;b</a>"):
            self.assertIn(count, page)
        self.assertIn(self.noahd.get("/version").json()["noah_version"], page)
        self.assertIn(">ready</a>", page)

    def test_names_are_escaped(self):
        self.noahd.put("/ephemerals/%3Cscript%3E'%22&", "1")
        page = self.noahd.get("/", headers=self.PAGE).body.decode()
        self.assertNotIn("<script", page)
        self.assertIn(">/&lt;script&gt;&#39;&quot;&amp;</a>", page)

    def test_a_long_list_is_cut(self):
        with Connection(self.noahd.port) as connection:
            for i in range(60):
                connection.request("PUT", f"/ephemerals/{i}", "x")
        page = self.noahd.get("/", headers=self.PAGE).body.decode()
        self.assertIn("ephemerals: 60", page)
        self.assertIn("… and 10 more", page)
        self.assertEqual(50, page.count("<li>"))

    def test_other_clients_get_versions_and_resource_links(self):
        expected = {"redis_version": "", "noah_version": self.noahd.get("/version").json()["noah_version"],
                    "resources": {kind: {"link": "/" + kind}
                                  for kind in ("hosts", "services", "applications", "configurations")}}
        for headers in ({}, {"Accept": "*/*"}, JSON, {"Accept": "text/html;q=0, */*"}):
            self.assert_answer(expected, self.noahd.get("/", headers=headers))


class CurlTest(NoahApiCase):
    """As typed by a user, including curl's own headers."""

    def curl(self, *words):
        command = ["curl", "-s", "--noproxy", "*", *words[:-1], f"http://localhost:{self.noahd.port}{words[-1]}"]
        return golden(json.loads(subprocess.run(command, capture_output=True, check=True, timeout=10).stdout))

    def test_the_commands_of_the_original_talk_work(self):
        self.assertEqual({"action": "create", "result": "success", "id": "ID", "path": "/chef/notify/localhost",
                          "data": "1", **TIMES}, self.curl("-X", "PUT", "-d", "1", "/ephemerals/chef/notify/localhost"))
        watch = '{"pattern":"//noah/ephemerals/chef/notify/localhost","endpoint":"http://localhost:8080"}'
        made = self.curl("-X", "PUT", "-d", watch, "/watches/")
        self.assertEqual(("create", "success", "//noah/ephemerals/chef/notify/localhost"),
                         (made["action"], made["result"], made["pattern"]))
        self.assertEqual("update", self.curl("-XPUT", "-d2", "/ephemerals/chef/notify/localhost")["action"])
        self.assertEqual(2, self.curl("/ephemerals/chef/notify/localhost"))
        self.assertEqual(1, len(self.curl("/watches")))

    def test_each_kind_works_from_the_command_line(self):
        self.assertTrue(self.curl("-XPUT", "-d", '{"status":"up"}', "/hosts/web1")["new_record"])
        self.assertEqual("create",
                         self.curl("-XPUT", "-d", '{"status":"up","host_status":"up"}',
                                   "/services/http/web1")["action"])
        self.assertEqual("create", self.curl("-XPUT", "-d", '{"name":"shop"}', "/applications/shop")["action"])
        self.assertEqual("update", self.curl("-XPUT", "-d", '{"format":"json","body":"{\\"a\\":1}"}',
                                             "/applications/shop/configurations/db")["action"])
        self.assertEqual("db", self.curl("/configurations/db")["name"])
        self.assertEqual({"a": 1}, self.curl("-H", "Accept: application/octet", "/configurations/db"))
        self.assertEqual(["prod"], self.curl("-XPUT", "-d", '{"tags":"prod"}', "/hosts/web1/tag")["tags"])
        self.assertEqual(["/org"], self.curl("-XPUT", "-d", '{"link_name":"/org"}', "/hosts/web1/link")["links"])
        self.assertEqual(["web1"], list(self.curl("/org/hosts")))
        self.assertEqual([], self.curl("-XDELETE", "-d", '{"tags":"prod"}', "/hosts/web1/tag")["tags"])
        self.assertEqual("1", self.curl("-XDELETE", "/hosts/web1")["service_count"])


class RestartTest(NoahApiCase):
    def test_everything_is_there_after_a_restart(self):
        self.make()
        self.noahd.put("/applications/shop/configurations/db", {"format": "yaml", "body": YAML})
        for path in OBJECTS:
            self.noahd.put(path + "/tag", {"tags": ["a", "b"]})
            self.noahd.put(path + "/link", {"link_name": "/l"})
        paths = ["/hosts", "/services", "/applications", "/configurations", "/tags", "/l", "/links"]
        before = [self.noahd.get(path).json() for path in paths]
        self.noahd.restart()
        self.assertEqual(before, [self.noahd.get(path).json() for path in paths])


if __name__ == "__main__":
    unittest.main()
