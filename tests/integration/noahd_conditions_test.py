"""Entity tags and conditions: 304, 412, create-once, and no lost update."""
# SPDX-License-Identifier: Apache-2.0

import tempfile
import threading
import unittest

from support.daemon import Noahd
from support.raw_http import Connection


class ConditionsTest(unittest.TestCase):
    engine = "memory"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name, f"store.engine={self.engine}")
        self.noahd.start()
        self.addCleanup(self.noahd.stop)

    def tag(self, path, **headers):
        answer = self.noahd.get(path, headers=headers)
        self.assertEqual(200, answer.status, path)
        return answer.headers["etag"]

    def assert_unmet(self, answer):
        self.assertEqual((412, "failure"), (answer.status, answer.json()["result"]))

    def fill(self):
        """An object of each kind, tagged and linked."""
        put = self.noahd.put
        put("/services/http/web1", {"status": "up", "host_status": "up"})
        put("/ephemerals/a/b", "1")
        put("/applications/app/configurations/conf", {"format": "json", "body": "{}"})
        put("/watches", {"pattern": "//noah/nothing", "endpoint": "http://127.0.0.1:9/"})
        for path in ("/hosts/web1", "/services/http/web1", "/applications/app"):
            put(f"{path}/tag", {"tags": "t"})
            put(f"{path}/link", {"link_name": "/org"})

    PATHS = ("/hosts/web1", "/hosts", "/services/http/web1", "/services/http", "/services", "/hosts/web1/services/http",
             "/ephemerals/a/b", "/applications/app", "/applications", "/configurations/conf", "/configurations",
             "/configurations?short=true", "/applications/app/configurations/conf", "/watches", "/tags", "/tags/t",
             "/links", "/links/org", "/org", "/org/hosts", "/org/services/http", "/org/hosts/web1")

    def test_objects_and_lists_keep_their_entity_tag_while_they_do_not_change(self):
        self.fill()
        before = {path: self.tag(path) for path in self.PATHS}
        self.noahd.put("/ephemerals/elsewhere", "1")
        self.assertEqual(before, {path: self.tag(path) for path in self.PATHS})
        for path, tag in before.items():
            with self.subTest(path):
                for method in ("GET", "HEAD"):
                    answer = self.noahd.request(method, path, headers={"If-None-Match": f'"other", W/{tag}'})
                    self.assertEqual((304, b"", tag), (answer.status, answer.body, answer.headers["etag"]))
                    self.assertIn("noah-revision", answer.headers)
                self.assertEqual(200, self.noahd.get(path, headers={"If-None-Match": '"other"'}).status)
                self.assertEqual(304, self.noahd.get(path, headers={"If-None-Match": "*"}).status)

    def assert_changed(self, before, changed):
        after = {path: self.tag(path) for path in self.PATHS}
        different = {path for path in self.PATHS if after[path] != before[path]}
        self.assertEqual(set(), set(changed) - different, "these must have another tag")
        before.update(after)

    def test_every_change_of_an_answer_changes_its_entity_tag(self):
        self.fill()
        tags = {path: self.tag(path) for path in self.PATHS}
        bodies = {path: self.noahd.get(path).body for path in self.PATHS}
        writes = [("PUT", "/services/http/web1", {"status": "down", "host_status": "down"}),
                  ("PUT", "/hosts/web1", {"status": "up"}),
                  ("PUT", "/configurations/conf", {"format": "yaml", "body": "a: 1"}),
                  ("PUT", "/ephemerals/a/b", "2"),
                  ("DELETE", "/hosts/web1/tag", {"tags": "t"}),
                  ("PUT", "/hosts/web2", {"status": "up"}),
                  ("PUT", "/hosts/web2/link", {"link_name": "/org"}),
                  ("PUT", "/hosts/web2/tag", {"tags": ["u"]}),
                  ("PUT", "/applications/app/configurations/more", {"format": "json", "body": "[]"}),
                  ("PUT", "/hosts/web1/watch", {"endpoint": "http://127.0.0.1:9/"}),
                  ("DELETE", "/hosts/web2", None)]
        for method, path, body in writes:
            with self.subTest(f"{method} {path}"):
                self.assertEqual(200, self.noahd.request(method, path, body).status)
                now = {path: self.noahd.get(path).body for path in self.PATHS}
                self.assert_changed(tags, [path for path in self.PATHS if now[path] != bodies[path]])
                bodies = now

    def test_another_representation_has_another_entity_tag(self):
        self.noahd.put("/configurations/c", {"format": "json", "body": "{}"})
        bare, whole = self.tag("/configurations/c"), self.tag("/configurations/c", Accept="application/json")
        self.assertNotEqual(bare, whole)
        self.assertEqual(200, self.noahd.get("/configurations/c", headers={"If-None-Match": whole}).status)
        self.assertNotEqual(self.tag("/configurations"), self.tag("/configurations?short=true"))
        for tag in (bare, whole):  # but a writer means the configuration, whichever representation it has read
            answer = self.noahd.put("/configurations/c", {"format": "json", "body": "[]"}, headers={"If-Match": tag})
            self.assertEqual(200 if tag == bare else 412, answer.status)

    def test_the_answer_to_a_put_has_the_new_entity_tag(self):
        for path, body in (("/hosts/h", {"status": "up"}), ("/ephemerals/e/", "x"),
                           ("/services/s/h", {"status": "up", "host_status": "up"}),
                           ("/applications/a", {"name": "a"}),
                           ("/configurations/c", {"format": "string", "body": "x"}),
                           ("/applications/a/configurations/c", {"format": "string", "body": "y"})):
            with self.subTest(path):
                self.assertEqual(self.noahd.put(path, body).headers["etag"], self.tag(path))
        self.assertEqual(self.noahd.put("/hosts/h/tag", {"tags": "t"}).headers["etag"], self.tag("/hosts/h"))
        self.assertNotIn("etag", self.noahd.delete("/hosts/h").headers)

    def test_an_entity_tag_does_not_outlive_its_epoch(self):
        first = self.noahd.put("/hosts/h", {"status": "up"}).headers
        self.noahd.restart()  # in memory: another history, whose revisions start again
        second = self.noahd.put("/hosts/h", {"status": "up"}).headers
        self.assertEqual(first["noah-revision"], second["noah-revision"])
        self.assertNotEqual(first["etag"], second["etag"])

    def test_if_match_writes_only_an_unchanged_object(self):
        old = self.noahd.put("/hosts/h", {"status": "up"}).headers["etag"]
        new = self.noahd.put("/hosts/h", {"status": "down"}, headers={"If-Match": old}).headers["etag"]
        refused = self.noahd.put("/hosts/h", {"status": "pending"}, headers={"If-Match": old})
        self.assert_unmet(refused)
        self.assertEqual("down", self.noahd.get("/hosts/h").json()["status"])
        self.assert_unmet(self.noahd.delete("/hosts/h", headers={"If-Match": old}))
        self.assertEqual(200, self.noahd.delete("/hosts/h", headers={"If-Match": f'"x", {new}'}).status)

    def test_a_condition_for_a_service_or_a_tag_refers_to_that_object(self):
        self.noahd.put("/services/s/h", {"status": "up", "host_status": "up"})
        tag = self.tag("/services/s/h")
        self.assert_unmet(self.noahd.put("/hosts/h/tag", {"tags": "t"}, headers={"If-Match": tag}))
        tag = self.tag("/hosts/h")
        self.assertEqual(200, self.noahd.put("/hosts/h/tag", {"tags": "t"}, headers={"If-Match": tag}).status)

    def test_without_an_object_a_delete_is_not_found_and_a_put_is_refused(self):
        self.assert_unmet(self.noahd.put("/hosts/h", {"status": "up"}, headers={"If-Match": "*"}))
        self.assertEqual(404, self.noahd.delete("/hosts/h", headers={"If-Match": "*"}).status)
        self.assertEqual(404, self.noahd.get("/hosts/h", headers={"If-Match": '"x"'}).status)
        self.assertEqual(404, self.noahd.get("/hosts/h", headers={"If-None-Match": '"x"'}).status)
        self.assertEqual(400, self.noahd.put("/hosts/h", {"status": "no"}, headers={"If-Match": "*"}).status)

    def test_a_write_that_is_refused_anyway_is_refused_for_that_reason(self):
        self.noahd.put("/hosts/h", {"status": "up"})
        self.assertEqual(400, self.noahd.put("/hosts/h", {"status": "no"}, headers={"If-Match": '"x"'}).status)

    def test_malformed_conditions_are_refused(self):
        self.noahd.put("/hosts/h", {"status": "up"})
        for name in ("If-Match", "If-None-Match"):
            for value in ("abc", '"abc', '*, "a"', '"a" "b"'):
                for method, body in (("GET", None), ("PUT", {"status": "up"}), ("DELETE", None)):
                    with self.subTest(f"{method} {name}: {value}"):
                        answer = self.noahd.request(method, "/hosts/h", body, headers={name: value})
                        self.assertEqual(400, answer.status)
                        self.assertIn(name, answer.json()["error_message"])

    def test_of_a_hundred_clients_that_create_at_once_one_wins(self):
        bodies = self.race(100, lambda connection, i: connection.request("PUT", "/ephemerals/lock", str(i),
                                                                         {"If-None-Match": "*"}))
        won = [answer.json()["data"] for answer in bodies if answer.status == 200]
        self.assertEqual(1, len(won))
        self.assertEqual({200, 412}, {answer.status for answer in bodies})
        self.assertEqual(won[0].encode(), self.noahd.get("/ephemerals/lock").body)

    def test_no_update_is_lost(self):
        """Each client increments a number, with If-Match, until it succeeds."""
        self.noahd.put("/ephemerals/count", "0")

        def add(connection, _):
            for _ in range(10):
                while True:
                    found = connection.request("GET", "/ephemerals/count")
                    answer = connection.request("PUT", "/ephemerals/count", str(int(found.body) + 1),
                                                {"If-Match": found.headers["etag"]})
                    if answer.status == 200:
                        break
                    self.assert_unmet(answer)
            return answer

        self.race(16, add)
        self.assertEqual(b"160", self.noahd.get("/ephemerals/count").body)

    def race(self, clients, action):
        """What action(connection, i) returns for each client, all started together."""
        found, failed = [], []
        start = threading.Barrier(clients)

        def run(i):
            try:
                with Connection(self.noahd.port, seconds=30) as connection:
                    start.wait(30)
                    found.append(action(connection, i))
            except (AssertionError, OSError, threading.BrokenBarrierError) as reason:
                failed.append(reason)

        threads = [threading.Thread(target=run, args=(i,)) for i in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], failed)
        return found


class DurableConditionsTest(ConditionsTest):
    """The same with a store whose batches take time."""

    engine = "sqlite"

    def test_an_entity_tag_does_not_outlive_its_epoch(self):
        """Here the history continues, and so do the entity tags of objects."""
        first = self.noahd.put("/hosts/h", {"status": "up"}).headers["etag"]
        self.noahd.restart()
        self.assertEqual(first, self.tag("/hosts/h"))


if __name__ == "__main__":
    unittest.main()
