"""Rights are checked at every path that a request names, before any look-up; answers show only what may be read."""
# SPDX-License-Identifier: Apache-2.0

import json
import unittest

from noahd_access_case import JSON, AccessCase
from support.daemon import wait_until
from support.raw_http import Connection, format_request
from support.sink import Sink

OBJECTS = ("/hosts/{}", "/services/http/{}", "/applications/{}", "/configurations/{}", "/ephemerals/{}")
CONFIGURATION = {"format": "string", "body": "x"}
SERVICE = {"status": "up", "host_status": "up"}
WATCH = {"pattern": "//noah/hosts/*", "endpoint": "http://127.0.0.1:8/"}

# Method, target with {} for a name, body, and each path at which it needs the right "write", or the one before it.
NAMING = [
    ("PUT", "/hosts/{}", {"status": "up"}, ["/hosts/{}"]),
    ("DELETE", "/hosts/{}", None, ["/hosts/{}"]),
    ("PUT", "/services/http/{}", SERVICE, ["/services/http/{}", "/hosts/{}"]),
    ("DELETE", "/services/http/{}", None, ["/services/http/{}"]),
    ("DELETE", "/hosts/{}/services/http", None, ["/hosts/{}", "/services/http/{}"]),
    ("PUT", "/applications/{}", {"name": "{}"}, ["/applications/{}"]),
    ("DELETE", "/applications/{}", None, ["/applications/{}"]),
    ("PUT", "/applications/{}/configurations/{}", CONFIGURATION, ["/applications/{}", "/configurations/{}"]),
    ("DELETE", "/applications/{}/configurations/{}", None, ["/applications/{}", "/configurations/{}"]),
    ("PUT", "/configurations/{}", CONFIGURATION, ["/configurations/{}"]),
    ("DELETE", "/configurations/{}", None, ["/configurations/{}"]),
    ("PUT", "/ephemerals/{}", "1", ["/ephemerals/{}"]),
    ("DELETE", "/ephemerals/{}", None, ["/ephemerals/{}"]),
    ("PUT", "/ephemerals/{}?renew=9", None, ["/ephemerals/{}"]),
    ("PUT", "/watches", WATCH, ["read /hosts/*", "watch /hosts/*"]),
    ("POST", "/lifetimes/release", None, ["/lifetimes/release"]),
    ("PUT", "/tokens/{}", {"rules": []}, ["admin /tokens/{}"]),
    ("POST", "/tokens/{}/rotate", None, ["admin /tokens/{}"]),
    ("DELETE", "/tokens/{}", None, ["admin /tokens/{}"]),
]
# The same, but the method does not exist.
NO_METHOD = [
    ("POST", "/hosts/{}", None, ["/hosts/{}"]),
    ("PUT", "/version", None, ["/version"]),
    ("PUT", "/{}", None, ["/{}"]),
    ("PATCH", "/{}/hosts", None, ["/{}"]),
    ("DELETE", "/links/{}", None, ["/links/{}", "/{}"]),
    ("PUT", "/tags/{}/hosts/{}", None, ["/tags/{}", "/hosts/{}"]),
    ("PUT", "/watchers/{}", None, ["/watchers/{}", "/watches/{}"]),
]
NAMING += [(method, f"{path}/tag", {"tags": ["{}", "old"]}, [path, "/tags/{}", "/tags/old"])
           for method in ("PUT", "DELETE") for path in OBJECTS]
NAMING += [(method, f"{path}/link", {"link_name": "/{}"}, [path, "/{}"]) for method in ("PUT", "DELETE")
           for path in OBJECTS]
NAMING += [("PUT", f"{path}/watch", {"endpoint": "http://127.0.0.1:9/"}, [f"read {path}", f"watch {path}"])
           for path in OBJECTS]

# What remains of an answer if its caller may not read.
NAMES = {"id", "result", "name", "path", "item", "host", "service", "configuration"}


def named(value, name):
    """A target or body with the name in its places."""
    text = value if isinstance(value, str) or value is None else json.dumps(value)
    return text and text.replace("{}", name)


def keys_of(answer):
    if not isinstance(answer, dict):
        return set()
    return set(answer).union(*(keys_of(value) for value in answer.values()))


class RightsCase(AccessCase):
    def setUp(self):
        super().setUp()
        self.switch_on()
        self.few = self.caller("few", {})

    def allow_few(self, needs):
        """Exactly those rights, (right, path) each."""
        allowed = {}
        for right, path in needs:
            allowed.setdefault(path.replace("/*", ""), []).append(right)
        self.token("few", allowed)

    def fill_names(self):
        """Creates something called "there" wherever NAMING puts something."""
        for method, target, body, _ in NAMING:
            if method == "PUT" and body and not target.startswith("/watches"):
                answer = self.noahd.put(named(target, "there"), named(body, "there"), headers=self.operator)
                self.assertIn(answer.status, (200, 409), (target, answer))
        self.noahd.put("/ephemerals/there?lifetime=60", "data", headers=self.operator)


class NamedPathsTest(RightsCase):
    def refusals(self, method, target, body, headers):
        """What a caller with few rights gets for existing and for missing objects."""
        for name in ("there", "none"):
            answer = self.noahd.request(method, named(target, name), named(body, name), headers={**self.few, **headers})
            self.assert_refused(answer, 403)
            yield answer

    def test_a_write_needs_its_right_at_each_path_that_it_names(self):
        self.fill_names()
        for method, target, body, needed in NAMING + NO_METHOD:
            needs = [tuple(words.split()) if " " in words else ("write", words) for words in needed]
            for lacking in needs:
                self.allow_few({(right, named(path, name)) for right, path in needs for name in ("there", "none")
                                if (right, path) != lacking})
                with self.subTest(f"{method} {target} without {lacking}"):
                    there, none = self.refusals(method, target, body, {"If-Match": '"no"', "If-None-Match": "*"})
                    for answer, name in ((there, "there"), (none, "none")):
                        where = {named(lacking[1], name), named(target, name).partition("?")[0]}
                        self.assertIn(answer.json()["error_message"],
                                      {f'The token "few" lacks the right "{lacking[0]}" at {path}' for path in where})
                    self.assertEqual(set(there.headers), set(none.headers))

    def test_a_read_needs_read_at_each_path_that_it_names(self):
        self.fill_names()
        for target, needed in (("/hosts/{}/services/http", ["/hosts/{}", "/services/http/{}"]),
                               ("/applications/{}/configurations/{}", ["/applications/{}", "/configurations/{}"]),
                               ("/tags/{}/hosts/{}", ["/tags/{}", "/hosts/{}"]), ("/links/{}", ["/links/{}", "/{}"]),
                               ("/{}", ["/{}"]), ("/{}/hosts", ["/{}"]), ("/{}/services/http", ["/{}"]),
                               ("/{}/ephemerals/{}", ["/{}", "/ephemerals/{}"]), ("/tags/{}", ["/tags/{}"]),
                               ("/watchers/{}", ["/watchers/{}", "/watches/{}"]), ("/watches/{}", ["/watches/{}"]),
                               ("/hosts/{}/tag", ["/hosts/{}"])):
            for lacking in needed:
                self.allow_few({("read", named(path, name)) for path in needed if path != lacking
                                for name in ("there", "none")})
                with self.subTest(f"{target} without {lacking}"):
                    there, none = self.refusals("GET", f"{target}?wait=60", None, {"If-None-Match": '"no"'})
                    self.assertEqual(there.body.replace(b"/there", b"/none"), none.body)

    def test_with_all_rights_a_write_is_refused_only_for_existing_objects(self):
        for method, target, body, needed in NAMING + NO_METHOD:
            needs = [tuple(words.split()) if " " in words else ("write", words) for words in needed]
            self.allow_few({(right, named(path, "new")) for right, path in needs})
            with self.subTest(f"{method} {target}"):
                answer = self.noahd.request(method, named(target, "new"), named(body, "new"),
                                            headers={**self.few, **(JSON if method == "POST" else {})})
                self.assertIn(answer.status, (200, 404, 405), answer)

    def test_missing_rights_precede_every_other_error(self):
        self.fill_names()
        tags = [{"tags": [f"t{part}{i}" for i in range(60)]} for part in range(3)]
        for body in tags[:2]:
            self.noahd.put("/hosts/there/tag", body, headers=self.operator)
        self.allow_few(set())
        for method, target, body in (("PUT", "/hosts/{}/tag", tags[2]), ("PUT", "/hosts/{}", "{"),
                                     ("PUT", "/ephemerals/{}", "x" * 600),
                                     ("POST", "/tokens/{}/rotate", None),
                                     ("PUT", "/hosts/{}/services/http", {"status": "up"}),
                                     ("PUT", "/watches", {"pattern": "//noah/hosts/{}",
                                                          "endpoint": "http://127.0.0.1:9/"}),
                                     ("PUT", "/watches", {"pattern": "//noah/hosts/{}", "endpoint": "nonsense"}),
                                     ("DELETE", "/watches", {"pattern": "//noah/hosts/{}",
                                                             "endpoint": "http://127.0.0.1:9/"}),
                                     ("PUT", "/hosts/{}?renew=-1", None), ("DELETE", "/services/{}", None)):
            with self.subTest(f"{method} {target} {str(body)[:40]}"):
                there, none = (answer.json()["error_message"].partition(" at ")[0]
                               for answer in self.refusals(method, target, body, {}))
                self.assertEqual(there, none)

    def test_rights_of_an_events_query_are_checked_before_the_rest(self):
        for accept in ("application/json", "text/event-stream"):
            self.allow_few({("read", "/hosts")} if accept == "text/event-stream" else set())
            for query in ("since=no", "since=999999", "epoch=none", "limit=0"):
                answer = self.noahd.get(f"/events?pattern=//noah/hosts&{query}", headers={**self.few, "Accept": accept})
                self.assert_refused(answer, 403)

    def test_rights_of_all_parts_of_a_transaction_are_checked_before_any_look_up(self):
        self.fill_names()
        self.allow_few({("write", "/ephemerals/mine")})
        for first in ({"method": "DELETE", "path": "/ephemerals/mine/none"},
                      {"method": "PUT", "path": "/ephemerals/mine", "body": 1},
                      {"method": "DELETE", "path": "/ephemerals/mine", "if_match": '"no"'}):
            for second in ("/hosts/there", "/hosts/none"):
                writes = [first, {"method": "DELETE", "path": second}]
                answer = self.noahd.request("POST", "/transactions", {"writes": writes}, headers={**self.few, **JSON})
                self.assert_refused(answer, 403)
                self.assertEqual((f'The token "few" lacks the right "write" at {second}', 1),
                                 (answer.json()["error_message"], answer.json()["failed"]))


class AnswersTest(RightsCase):
    def answers(self, method, target, body):
        """The answers to such a caller's writes, alone and as part of a transaction."""
        request = {"method": method, "path": named(target, "there")}
        if body:
            request["body"] = json.loads(named(body, "there")) if isinstance(body, dict) else body
        alone = self.noahd.request(method, request["path"], named(body, "there"),
                                   headers={**self.few, **(JSON if method == "POST" else {})})
        self.fill_names()
        part = self.noahd.request("POST", "/transactions", {"writes": [request]}, headers={**self.few, **JSON})
        if alone.status == 200:
            yield alone.json(), alone.headers
        if part.status == 200:
            yield part.json()["answers"][0]["body"], part.json()["answers"][0]

    def test_without_read_the_answer_to_a_write_has_ids_and_names_only(self):
        self.token("few", {"/": ["write"]})
        shown = {}
        for method, target, body, needed in NAMING:
            if any(" " in words for words in needed):
                continue
            self.fill_names()
            for answer, beside in self.answers(method, target, body):
                with self.subTest(f"{method} {target}"):
                    self.assertLessEqual(keys_of(answer), NAMES)
                    self.assertNotIn("etag", beside)
                    shown[method, target] = answer
        self.assertEqual({"id", "name"}, set(shown["PUT", "/hosts/{}/tag"]))
        self.assertEqual({"id", "name", "host"}, set(shown["DELETE", "/services/http/{}/link"]))
        self.assertEqual({"id", "path", "result"}, set(shown["PUT", "/ephemerals/{}"]))
        self.assertEqual({"name": "there"}, shown["PUT", "/services/http/{}"]["host"])
        self.assertEqual({(method, target) for method, target, _, needed in NAMING if not " " in needed[0]}, set(shown))

    def test_without_a_change_contents_are_not_shown_either(self):
        self.fill_names()
        self.token("few", {"/": ["write"]})
        for path in OBJECTS:
            for operation, body in (("tag", {"tags": "none"}), ("link", {"link_name": "/none"})):
                answer = self.noahd.delete(f"{named(path, 'there')}/{operation}", body, headers=self.few)
                self.assertEqual(200, answer.status)
                self.assertLessEqual(keys_of(answer.json()), NAMES)

    def test_contents_of_another_object_in_an_answer_need_read_there(self):
        self.fill_names()
        self.token("few", {"/services": ["read", "write"], "/hosts": ["write"]})
        answer = self.noahd.put("/services/http/there", SERVICE, headers=self.few).json()
        self.assertEqual(("update", {"name": "there"}), (answer["action"], answer["host"]))


class PartsTest(RightsCase):
    """Objects shown in part: entity tag and waits follow the part."""

    def setUp(self):
        super().setUp()
        for name in ("open", "secret"):
            self.operate("PUT", f"/applications/a/configurations/{name}", CONFIGURATION)
            self.operate("PUT", f"/services/{name}/web1", SERVICE)
            self.operate("PUT", f"/ephemerals/{name}", "1")
            for path in (f"/ephemerals/{name}", f"/services/{name}/web1", f"/configurations/{name}"):
                self.operate("PUT", f"{path}/tag", {"tags": "t"})
                self.operate("PUT", f"{path}/link", {"link_name": "/l"})
        self.operate("PUT", "/applications/a/tag", {"tags": "t"})
        rules = {path: ["read"] for path in ("/applications", "/configurations", "/services", "/ephemerals", "/tags",
                                             "/l", "/links", "/hosts")}
        self.token("few", rules | {f"/{kind}/secret": [] for kind in ("configurations", "services", "ephemerals")})

    SHOWN = ("/applications/a", "/applications", "/configurations", "/configurations?short=true", "/services",
             "/services/open",
             "/ephemerals/open", "/tags", "/tags/t", "/links", "/l", "/l/services", "/l/services/open", "/l/ephemerals",
             "/l/configurations", "/objects?pattern=//noah/tags", "/objects?pattern=//noah/configurations",
             "/tags/t/applications/a", "/tags/t/services/open/web1", "/hosts", "/hosts/web1")
    HIDDEN = (("PUT", "/configurations/secret", {"format": "string", "body": "2"}), ("PUT", "/ephemerals/secret", "2"),
              ("DELETE", "/ephemerals/secret/link", {"link_name": "/l"}), ("PUT", "/ephemerals/secret/more", "2"),
              ("DELETE", "/configurations/secret/tag", {"tags": "t"}),
              ("PUT", "/services/secret/web1/tag", {"tags": "u"}),
              ("DELETE", "/services/secret/web1/link", {"link_name": "/l"}), ("DELETE", "/ephemerals/secret", None))

    def operate(self, method, target, body=None):
        answer = self.noahd.request(method, target, body, headers=self.operator)
        self.assertEqual(200, answer.status, answer)

    def tags(self):
        return {path: self.noahd.get(path, headers=self.few).headers.get("etag") for path in self.SHOWN}

    def test_hidden_parts_do_not_change_the_entity_tag(self):
        self.operate("PUT", "/hosts/web1/tag", {"tags": "u"})
        before = self.tags()
        self.assertNotIn(None, before.values())
        for write in self.HIDDEN:
            self.operate(*write)
            self.assertEqual(before, self.tags(), write)

    def test_visible_parts_change_the_entity_tag_of_all_that_show_them(self):
        for method, target, body, moved in (
                ("PUT", "/configurations/open", {"format": "string", "body": "2"},
                 {"/applications/a", "/applications", "/configurations", "/tags", "/tags/t", "/l", "/l/configurations",
                  "/links", "/objects?pattern=//noah/configurations", "/objects?pattern=//noah/tags"}),
                ("PUT", "/ephemerals/open", "2", {"/ephemerals/open", "/tags/t", "/l", "/l/ephemerals"}),
                ("DELETE", "/services/open/web1/link", {"link_name": "/l"},
                 {"/services", "/l", "/l/services", "/l/services/open"}),
                ("DELETE", "/configurations/open", None, {"/applications/a", "/tags/t", "/l", "/configurations"})):
            before = self.tags()
            self.operate(method, target, body)
            after = self.tags()
            for path in moved:
                self.assertNotEqual(before[path], after[path], (target, path))

    def test_waits_for_a_part_continue(self):
        tags = self.tags()
        waiting = {}
        for path in self.SHOWN:
            waiting[path] = Connection(self.noahd.port)
            self.addCleanup(waiting[path].close)
            target = path + ("&" if "?" in path else "?") + "wait=60"
            waiting[path].send(format_request(waiting[path].host, "GET", target, None,
                                              {**self.few, "If-None-Match": tags[path]}))
        wait_until(lambda: self.waiters() == len(waiting), 10, "all wait")
        for write in self.HIDDEN[:5]:
            self.operate(*write)
        self.assertEqual(len(waiting), self.waiters())
        self.operate("PUT", "/configurations/open", {"format": "string", "body": "3"})
        for path in ("/applications/a", "/tags/t", "/l", "/l/configurations", "/configurations"):
            self.assertEqual(200, waiting[path].receive().status)

    def waiters(self):
        return self.noahd.get("/stats", headers=self.operator).json()["waiters"]

    def test_no_change_is_delivered_by_an_alias_that_may_not_be_read(self):
        self.token("few", {"/applications": ["read", "watch"], "/applications/hidden": [], "/configurations": ["read"]})
        sink = Sink()
        self.addCleanup(sink.stop)
        answer = self.noahd.put("/watches", {"pattern": "//noah/applications", "endpoint": sink.url}, headers=self.few)
        self.assertEqual(200, answer.status)
        since = self.noahd.get("/version", headers=self.operator).headers["noah-revision"]
        self.operate("PUT", "/applications/hidden/configurations/lone", CONFIGURATION)
        self.operate("PUT", "/configurations/lone", CONFIGURATION)
        self.operate("PUT", "/applications/a/configurations/shown", CONFIGURATION)
        answer = self.noahd.get(f"/events?pattern=//noah/applications&since={since}", headers=self.few)
        self.assertEqual(["/configurations/shown", "/applications/a"], [event["location"] for event in answer.json()])
        self.assertEqual(["/applications/a"], [json.loads(request.body)["location"] for request in sink.wait_for(1)])

    def test_an_expired_right_ends_a_wait_at_once_and_not_at_the_next_change(self):
        ends = {"changed": lambda: self.token("changed", {}), "expired": lambda: None,
                "deleted": lambda: self.noahd.delete("/tokens/deleted", headers=self.operator)}
        for name, end in ends.items():
            caller = self.caller(name, {"/ephemerals": ["read"]}, **({"expires_in": 1} if name == "expired" else {}))
            with self.subTest(name), Connection(self.noahd.port) as waiter:
                waiter.send(format_request(waiter.host, "GET", "/ephemerals/open/none?wait=60", None, caller))
                wait_until(lambda: self.waiters() == 1, 10, "it waits")
                end()
                self.assert_refused(waiter.receive(), 403)

    def test_rules_alone_decide_between_whole_and_part(self):
        self.operate("DELETE", "/services/secret")
        tag = self.tags()["/hosts/web1"]
        self.assertEqual(tag, self.noahd.get("/hosts/web1", headers=self.operator).headers["etag"])
        self.assertEqual(304, self.noahd.get("/hosts/web1", headers={**self.few, "If-None-Match": tag}).status)


if __name__ == "__main__":
    unittest.main()
