"""GET /objects: any part of the registry, by own paths, in order, page by page."""
# SPDX-License-Identifier: Apache-2.0

import random
import tempfile
import unittest
from urllib.parse import quote

from support.daemon import Noahd
from support.raw_http import Connection, format_request

PATHS = ["/applications/app", "/configurations/c", "/ephemerals/a", "/ephemerals/a/", "/ephemerals/a/b c",
         "/ephemerals/ab",
         "/hosts/web1", "/hosts/web2", "/myorg", "/services/http/web1", "/services/http/web2", "/services/smtp/web1",
         "/tags/blue"]


class ObjectsCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name)
        self.noahd.start()
        self.addCleanup(self.noahd.kill)

    def put(self, path, body, **options):
        answer = self.noahd.put(path, body, **options)
        self.assertEqual(200, answer.status, answer)
        return answer

    def fill(self):
        self.put("/applications/app/configurations/c", {"format": "string", "body": "x"})
        for path in ("a", "a/", "a/b%20c", "ab"):
            self.put(f"/ephemerals/{path}", "1")
        for service, host in (("http", "web1"), ("http", "web2"), ("smtp", "web1")):
            self.put(f"/services/{service}/{host}", {"status": "up", "host_status": "up"})
        self.put("/hosts/web2", {"status": "down"})
        self.put("/hosts/web1/tag", {"tags": "blue"})
        self.put("/services/smtp/web1/tag", {"tags": "blue"})
        self.put("/hosts/web1/link", {"link_name": "/myorg"})

    def keys(self, query=""):
        answer = self.noahd.get(f"/objects?keys=true{query}")
        self.assertEqual(200, answer.status, answer)
        return [location.replace("%20", " ") for location in answer.json()]


class ObjectsTest(ObjectsCase):
    def setUp(self):
        super().setUp()
        self.fill()

    def test_without_a_pattern_it_lists_everything_in_order_of_path(self):
        self.assertEqual(PATHS, self.keys())
        self.assertEqual(PATHS, [place.replace("%20", " ") for place in
                                 (one["location"] for one in self.noahd.get("/objects").json())])

    def test_a_pattern_selects_by_whole_segments(self):
        for pattern, paths in {"//noah/ephemerals/a": ["/ephemerals/a", "/ephemerals/a/", "/ephemerals/a/b c"],
                               "//noah/hosts": ["/hosts/web1", "/hosts/web2"],
                               "//noah/services/*/web1": ["/services/http/web1", "/services/smtp/web1"],
                               "//noah/myorg": ["/myorg"], "//noah/*/web1": ["/hosts/web1"], "//noah/nothing": [],
                               "//noah/links": []}.items():
            with self.subTest(pattern):
                self.assertEqual(paths, self.keys(f"&pattern={pattern}"))

    def test_kind_tag_and_status_select_too(self):
        for query, paths in {"&kind=hosts": ["/hosts/web1", "/hosts/web2"], "&kind=links": ["/myorg"],
                             "&tag=blue": ["/hosts/web1", "/services/smtp/web1"],
                             "&tag=blue&kind=services": ["/services/smtp/web1"],
                             "&status=down": ["/hosts/web2"], "&status=up&kind=hosts": ["/hosts/web1"], "&tag=red": [],
                             "&kind=hosts&pattern=//noah/services": []}.items():
            with self.subTest(query):
                self.assertEqual(paths, self.keys(query))

    def test_pages_continue_after_the_last_location(self):
        for limit in (1, 2, 5, len(PATHS)):
            paths, after = [], ""
            while page := self.noahd.get(f"/objects?keys=true&limit={limit}&after={quote(after)}").json():
                self.assertLessEqual(len(page), limit)
                paths += page
                after = page[-1]
            self.assertEqual(PATHS, [path.replace("%20", " ") for path in paths])

    def test_pages_continue_after_a_location_of_maximum_length(self):
        """Each of its bytes takes five: "%" is %25 in the location, and %2525 as a parameter."""
        folder = "/ephemerals" + ("/" + "%" * 252) * 2
        longest = folder + ("/" + "%" * 252) * 2
        longest += "%" * (1024 - len(longest))
        for path in (longest, longest[:-1] + "~"):
            self.put(quote(path), "1")
        after, pattern = quote(quote(longest), safe=""), quote("//noah" + quote(folder), safe="")
        self.assertGreater(len(after), 4096)
        self.assertEqual([quote(longest), quote(longest[:-1] + "~")], self.keys(f"&pattern={pattern}"))
        self.assertEqual([quote(longest[:-1] + "~")], self.keys(f"&pattern={pattern}&after={after}&limit=1"))

    def test_an_object_is_as_in_events_and_a_link_without_its_members(self):
        events = {event["location"]: event for event in self.noahd.get("/events").json()}
        beside = {"action", "pubcategory", "revision", "by", "changed", "event"}
        for kind in ("hosts", "services", "applications", "configurations", "ephemerals"):
            self.assertEqual({}, events["/myorg"].pop(kind))
        objects = self.noahd.get("/objects").json()
        self.assertEqual(len(PATHS), len(objects))
        for one in objects:
            with self.subTest(one["location"]):
                event = events[one["location"]]
                self.assertEqual({key: value for key, value in event.items() if key not in beside}, one)

    def test_tokens_are_not_listed(self):
        secret = self.put("/tokens/t", {"rules": [{"path": "/", "allow": ["read", "write", "admin"]}]}).json()["token"]
        with Connection(self.noahd.port) as connection:
            answer = connection.request("GET", "/objects?keys=true", None, {"Authorization": f"Bearer {secret}"})
        self.assertEqual(len(PATHS), len(answer.json()))

    def test_malformed_parameters_are_refused_by_name(self):
        for query, says in (("limit=0", '"limit"'), ("limit=10001", "10000"), ("keys=yes", '"keys"'),
                            ("kind=host", '"kind"'),
                            ("status=UP", "Status must be"), ("pattern=/hosts", "pattern"), ("after=/%25zz", '"after"'),
                            ("after=%2500", '"after"'), ("after=x", '"after"'), ("tag=a/b", '"tag"')):
            with self.subTest(query):
                answer = self.noahd.get(f"/objects?{query}")
                self.assertEqual(400, answer.status)
                self.assertIn(says, answer.json()["error_message"])


class ManyObjectsTest(ObjectsCase):
    def test_the_smallest_are_found_among_many_in_any_order(self):
        names = [f"/ephemerals/many/{number:05}" for number in range(1000)]
        random.Random(5).shuffle(names)
        for name in names:
            self.put(name, "1")
        self.assertEqual(sorted(names)[:137], self.keys("&limit=137"))
        self.assertEqual(sorted(names)[500:600], self.keys("&limit=100&after=/ephemerals/many/00499"))

    def test_no_match_is_an_empty_array(self):
        for query in ("", "?keys=true", "?pattern=//noah/hosts"):
            answer = self.noahd.get(f"/objects{query}")
            self.assertEqual((200, b"[]"), (answer.status, answer.body))


class ObservedTest(ObjectsCase):
    def test_its_entity_tag_changes_with_the_listed_objects(self):
        target = "/objects?pattern=//noah/ephemerals/a"
        first = self.noahd.get(target).headers["etag"]
        self.assertEqual(304, self.noahd.get(target, headers={"If-None-Match": first}).status)
        self.put("/hosts/elsewhere", {"status": "up"})
        self.assertEqual(304, self.noahd.get(target, headers={"If-None-Match": first}).status)
        self.put("/ephemerals/a/x", "1")
        answer = self.noahd.get(target, headers={"If-None-Match": first})
        self.assertEqual((200, 1), (answer.status, len(answer.json())))
        self.assertNotEqual(first, answer.headers["etag"])

    def test_a_read_waits_for_a_change_at_its_pattern(self):
        for pattern, path in (("//noah/ephemerals/a", "/ephemerals/a/x"), ("//noah/*/a", "/ephemerals/a/y"),
                              ("//noah", "/hosts/h")):
            with self.subTest(pattern):
                target = f"/objects?pattern={pattern}&wait=60"
                tag = self.noahd.get(target).headers["etag"]
                with Connection(self.noahd.port, seconds=20) as connection:
                    connection.send(format_request(connection.host, "GET", target, None, {"If-None-Match": tag}))
                    self.assertEqual(200, self.noahd.get("/version").status)
                    self.assertFalse(connection.is_readable())
                    self.put(path, "1" if "ephemerals" in path else {"status": "up"})
                    answer = connection.receive()
                self.assertIn(path, [one["location"] for one in answer.json()])


class RestrictedTest(ObjectsCase):
    def setUp(self):
        super().setUp()
        self.fill()
        self.admin = self.issue("admin", "/", "read", "write", "admin")

    def issue(self, name, path, *rights):
        done = self.noahd.run("token", name, "--rule", f"{path}={','.join(rights)}")
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout.strip()

    def get(self, query, secret):
        with Connection(self.noahd.port) as connection:
            return connection.request("GET", f"/objects{query}", None, {"Authorization": f"Bearer {secret}"})

    def test_only_what_may_be_read_is_listed_and_shown(self):
        secret = self.issue("part", "/hosts", "read")
        answer = self.get("", secret)
        self.assertEqual(["/hosts/web1", "/hosts/web2"], [one["location"] for one in answer.json()])
        self.assertEqual({}, answer.json()[0]["services"])

    def test_a_hidden_change_changes_nothing(self):
        secret = self.issue("part", "/hosts", "read")
        first = self.get("", secret)
        with Connection(self.noahd.port) as connection:
            connection.request("PUT", "/ephemerals/hidden", "1", {"Authorization": f"Bearer {self.admin}"})
        again = self.get("", secret)
        self.assertEqual((first.body, first.headers["etag"]), (again.body, again.headers["etag"]))

    def test_without_read_at_or_below_the_pattern_it_is_refused(self):
        secret = self.issue("part", "/hosts", "read")
        answer = self.get("?pattern=//noah/ephemerals/a", secret)
        self.assertEqual(403, answer.status)
        self.assertIn('lacks the right "read" at /ephemerals/a', answer.json()["error_message"])


if __name__ == "__main__":
    unittest.main()
