"""Long polls: Prefer: wait and ?wait, with conditions and data, over deadlines, stops and clients that disconnect."""
# SPDX-License-Identifier: Apache-2.0

import os
import resource
import tempfile
import time
import unittest

from support.daemon import Noahd, wait_until
from support.raw_http import Connection, format_request

LONG = "wait=60"


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_bytes(pid):
    """Of the process alone: shared library pages become its own when the last other user of them ends."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon:"))


class WaitingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name)
        self.noahd.start()
        self.addCleanup(self.noahd.kill)

    def park(self, target, headers=()):
        """A connection whose request has reached noahd and waits there."""
        connection = Connection(self.noahd.port, seconds=20)
        self.addCleanup(connection.close)
        connection.send(format_request(connection.host, "GET", target, None, headers))
        self.assert_waits(connection)
        return connection

    def assert_waits(self, connection):
        """noahd has read everything before the answer to another request, which it gets later."""
        self.assertEqual(200, self.noahd.get("/version").status)
        self.assertFalse(connection.is_readable(), "it should wait")

    # ---- what is waited for

    def test_a_missing_object_is_answered_when_it_appears(self):
        for path, body in (("/hosts/h", {"status": "up"}), ("/ephemerals/a/b/", "x"),
                           ("/services/s/h2", {"status": "up", "host_status": "up"}),
                           ("/configurations/c", {"format": "string", "body": "x"}),
                           ("/applications/a", {"name": "a"})):
            with self.subTest(path):
                waiter = self.park(f"{path}?{LONG}")
                written = self.noahd.put(path, body)
                answer = waiter.receive()
                self.assertEqual((200, written.headers["etag"]), (answer.status, answer.headers["etag"]))
                self.assertGreaterEqual(int(answer.headers["noah-revision"]), int(written.headers["noah-revision"]))

    def test_an_alias_that_ends_with_another_object_is_answered(self):
        alias = "/applications/a/configurations/c"
        for way in ("/applications/a", alias, "/configurations/c"):
            with self.subTest(way):
                self.noahd.put(alias, {"format": "string", "body": "x"})
                tag = self.noahd.get(alias).headers["etag"]
                waiter = self.park(f"{alias}?{LONG}", {"If-None-Match": tag})
                self.assertEqual(200, self.noahd.delete(way).status)
                self.assertEqual(404, waiter.receive().status)
        for way in ("/hosts/h", "/services/s/h", "/services/s", "/hosts/h/services/s"):
            with self.subTest(way):
                self.noahd.put("/services/s/h", {"status": "up", "host_status": "up"})
                tag = self.noahd.get("/hosts/h/services/s").headers["etag"]
                waiter = self.park(f"/hosts/h/services/s?{LONG}", {"If-None-Match": tag})
                self.assertEqual(200, self.noahd.delete(way).status)
                self.assertEqual(404, waiter.receive().status)
        for way, body in (("/hosts/h", None), ("/hosts/h/tag", '{"tags":"t"}')):
            with self.subTest(way):
                self.noahd.put("/hosts/h", {"status": "up"})
                self.noahd.put("/hosts/h/tag", {"tags": "t"})
                tag = self.noahd.get("/tags/t/hosts/h").headers["etag"]
                waiter = self.park(f"/tags/t/hosts/h?{LONG}", {"If-None-Match": tag})
                self.assertEqual(200, self.noahd.request("DELETE", way, body).status)
                self.assertEqual(404, waiter.receive().status)

    def test_an_existing_object_is_answered_at_once(self):
        self.noahd.put("/hosts/h", {"status": "up"})
        self.assertEqual(200, self.noahd.get(f"/hosts/h?{LONG}").status)
        self.assertEqual(200, self.noahd.get(f"/hosts/h?{LONG}", headers={"If-None-Match": '"other"'}).status)
        self.assertEqual(404, self.noahd.get(f"/hosts/x?{LONG}", headers={"If-None-Match": '"other"'}).status)
        self.assertEqual(412, self.noahd.get(f"/hosts/h?{LONG}", headers={"If-Match": '"other"'}).status)

    def test_with_an_entity_tag_the_answer_comes_when_it_changes(self):
        tag = self.noahd.put("/hosts/h", {"status": "up"}).headers["etag"]
        waiter = self.park("/hosts/h", {"If-None-Match": tag, "Prefer": LONG})
        self.noahd.put("/hosts/other", {"status": "up"})
        self.assert_waits(waiter)
        self.noahd.put("/hosts/h", {"status": "down"})
        answer = waiter.receive()
        self.assertEqual((200, "down", LONG),
                         (answer.status, answer.json()["status"], answer.headers["preference-applied"]))

    def test_a_deletion_is_a_change_too(self):
        tag = self.noahd.put("/hosts/h", {"status": "up"}).headers["etag"]
        waiter = self.park(f"/hosts/h?{LONG}", {"If-None-Match": tag})
        self.noahd.delete("/hosts/h")
        self.assertEqual(404, waiter.receive().status)

    def test_a_wait_for_data_ends_when_the_ephemeral_has_it(self):
        waiters = [self.park(f"/ephemerals/stage?{LONG}&data=two%20%C3%A9") for _ in range(3)]
        self.noahd.put("/ephemerals/stage", "one")
        for waiter in waiters:
            self.assert_waits(waiter)
        self.noahd.put("/ephemerals/stage", "two é")
        for waiter in waiters:
            self.assertEqual((200, "two é".encode()), ((answer := waiter.receive()).status, answer.body))
        self.assertEqual(400, self.noahd.get(f"/hosts/h?{LONG}&data=up").status)

    def test_lists_and_everything_that_shows_an_object_are_answered_when_it_changes(self):
        put = self.noahd.put
        put("/services/s/h", {"status": "up", "host_status": "up"})
        put("/applications/a/configurations/c", {"format": "string", "body": "x"})
        for path in ("/services/s/h", "/applications/a"):
            put(f"{path}/tag", {"tags": "t"})
            put(f"{path}/link", {"link_name": "/org"})
        service = ("/services/s/h", {"status": "down", "host_status": "up"})
        configuration = ("/configurations/c", {"format": "string", "body": "y"})
        self.assert_answered(service, "/hosts", "/hosts/h", "/services", "/services/s", "/hosts/h/services/s", "/tags",
                             "/tags/t", "/org", "/links", "/links/org", "/org/services", "/org/services/s/h")
        self.assert_answered(configuration, "/configurations", "/applications", "/applications/a", "/tags/t", "/links",
                             "/applications/a/configurations/c", "/org", "/links/org", "/org/applications/a")

    def assert_answered(self, write, *paths):
        tags = {path: self.noahd.get(path).headers["etag"] for path in paths}
        waiters = {path: self.park(f"{path}?{LONG}", {"If-None-Match": tag}) for path, tag in tags.items()}
        self.noahd.put(*write)
        for path, waiter in waiters.items():
            with self.subTest(path):
                answer = waiter.receive()
                self.assertEqual(200, answer.status)
                self.assertNotEqual(tags[path], answer.headers["etag"])

    def test_an_empty_list_and_a_missing_link_can_be_waited_for(self):
        hosts, link = self.park(f"/hosts?{LONG}"), self.park(f"/org/hosts/h?{LONG}")
        self.noahd.put("/hosts/h", {"status": "up"})
        self.assertEqual(["h"], list(hosts.receive().json()))
        self.assert_waits(link)
        self.noahd.put("/hosts/h/link", {"link_name": "/org"})
        self.assertEqual("h", link.receive().json()["name"])

    # ---- for how long

    def test_at_the_deadline_the_answer_is_that_of_a_plain_get(self):
        tag = self.noahd.put("/ephemerals/e", "1").headers["etag"]
        for target, headers, status in (("/ephemerals/none?wait=0.05", {}, 404),
                                        ("/ephemerals/e?wait=0.05&data=2", {}, 200),
                                        ("/ephemerals/e?wait=0.05", {"If-None-Match": tag}, 304),
                                        ("/ephemerals/e", {"If-None-Match": tag, "Prefer": "wait=0.05"}, 304),
                                        ("/nothing/of/the/kind?wait=0.05", {}, 404)):
            with self.subTest(target):
                begun = time.monotonic()
                answer = self.noahd.get(target, headers=headers)
                self.assertEqual(status, answer.status)
                self.assertGreater(time.monotonic() - begun, 0.04)
                self.assertEqual("wait=0.05" if headers.get("Prefer") else None,
                                 answer.headers.get("preference-applied"))

    def test_longer_than_300_seconds_is_not_granted(self):
        self.noahd.put("/hosts/h", {"status": "up"})
        answer = self.noahd.get("/hosts/h", headers={"Prefer": "respond-async, wait=100000"})
        self.assertEqual("wait=300", answer.headers["preference-applied"])
        self.assertNotIn("preference-applied", self.noahd.get("/hosts/h").headers)
        both = self.noahd.get("/hosts/none?wait=0.05", headers={"Prefer": LONG})
        self.assertEqual((404, None), (both.status, both.headers.get("preference-applied")))

    def test_a_malformed_wait_is_refused_and_a_malformed_preference_ignored(self):
        for value in ("x", "-1", "1e3", "", "1 2"):
            with self.subTest(value):
                self.assertEqual(400, self.noahd.get(f"/hosts/h?wait={value.replace(' ', '+')}").status)
        plain = self.noahd.get("/hosts/h")
        for preference in ("wait=x", "wait=-1", "wait=1e3", "wait=", "wait", "wait=1 2", 'wait="1', "wait 1", ";", "=1",
                           ""):
            with self.subTest(preference):
                answer = self.noahd.get("/hosts/h", headers={"Prefer": preference})
                self.assertEqual((404, plain.body, None),
                                 (answer.status, answer.body, answer.headers.get("preference-applied")))

    def test_at_a_stop_every_wait_is_answered(self):
        tag = self.noahd.put("/ephemerals/e", "1").headers["etag"]
        missing, same = self.park(f"/ephemerals/none?{LONG}"), self.park(f"/ephemerals/e?{LONG}",
                                                                         {"If-None-Match": tag})
        other = self.park(f"/ephemerals/e?{LONG}&data=2")
        begun = time.monotonic()
        self.noahd.stop()
        self.assertEqual([404, 304, 200], [waiter.receive().status for waiter in (missing, same, other)])
        self.assertLess(time.monotonic() - begun, 2)

    def test_a_wait_notices_that_noahd_is_killed_and_can_be_repeated(self):
        tag = self.noahd.put("/ephemerals/e", "1").headers["etag"]
        waiter = self.park(f"/ephemerals/e?{LONG}", {"If-None-Match": tag})
        self.noahd.kill()
        self.assertRaises(ConnectionError, waiter.receive)
        self.noahd.start()
        waiter = self.park(f"/ephemerals/e?{LONG}", {"If-None-Match": tag})  # it is the same history
        self.noahd.put("/ephemerals/e", "2")
        self.assertEqual(b"2", waiter.receive().body)

    # ---- who leaves, and how many

    def test_a_client_that_disconnects_is_noticed_at_once(self):
        before = descriptors(self.noahd.pid)
        waiters = [self.park(f"/ephemerals/none?{LONG}") for _ in range(20)]
        self.assertGreaterEqual(descriptors(self.noahd.pid), before + 20)
        for waiter in waiters[::2]:
            waiter.close()
        wait_until(lambda: descriptors(self.noahd.pid) <= before + 10, 5, "those that left are forgotten")
        self.noahd.put("/ephemerals/none", "1")
        for waiter in waiters[1::2]:
            self.assertEqual(b"1", waiter.receive().body)

    def test_a_connection_serves_other_requests_after_a_wait(self):
        waiter = self.park(f"/ephemerals/e?{LONG}")
        self.noahd.put("/ephemerals/e", "1")
        tag = waiter.receive().headers["etag"]
        self.assertEqual(200, waiter.request("GET", "/version").status)
        self.assertEqual(304, waiter.request("GET", "/ephemerals/e?wait=0.05", headers={"If-None-Match": tag}).status)
        self.assertEqual(200, waiter.request("PUT", "/ephemerals/e", "2").status)

    def test_a_thousand_waits_take_little_memory_and_are_all_answered(self):
        crowd = 1000
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        if limit[0] < crowd + 200:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit[1], crowd + 200), limit[1]))
        before = memory_bytes(self.noahd.pid)
        waiters = []
        for i in range(crowd):
            waiter = Connection(self.noahd.port, seconds=20)
            self.addCleanup(waiter.close)
            target, headers = ("/ephemerals/go", {"Prefer": LONG}) if i % 2 else (f"/ephemerals/go?{LONG}", {})
            waiter.send(format_request(waiter.host, "GET", target, None, headers))
            waiters.append(waiter)
        self.assert_waits(waiters[-1])
        if "release" in os.environ.get("NOAH_BUILD", "release"):
            self.assertLess((memory_bytes(self.noahd.pid) - before) / crowd, 12000)
        begun = time.monotonic()
        self.noahd.put("/ephemerals/go", "1")
        for i, waiter in enumerate(waiters):
            answer = waiter.receive()
            self.assertEqual((200, b"1"), (answer.status, answer.body))
            self.assertEqual(LONG if i % 2 else None, answer.headers.get("preference-applied"))
        self.assertLess(time.monotonic() - begun, 5)


if __name__ == "__main__":
    unittest.main()
