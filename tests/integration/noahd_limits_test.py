"""What a client may not do for long: send slowly, idle, or leave its answer unread."""
# SPDX-License-Identifier: Apache-2.0

import os
import tempfile
import unittest

from support.daemon import BUILD, Noahd, wait_until
from support.event_stream import EventStream
from support.raw_http import Connection, format_request

BODY = '{"format":"string","body":"%s"}' % ("x" * 45000)  # its events are sent completely
MANY = 500  # of such bodies are more than the sockets between two processes hold


class LimitsTest(unittest.TestCase):
    def noahd(self, *settings):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        noahd = Noahd(folder.name, "store.engine=memory", *settings)
        noahd.start()
        self.addCleanup(noahd.stop)
        return noahd

    def fill(self, noahd):
        with Connection(noahd.port) as connection:
            for i in range(MANY):
                self.assertEqual(200, connection.request("PUT", f"/configurations/c{i}", BODY).status)

    def read_nothing(self, noahd, target="/configurations", headers=()):
        """A client that asks for more than the sockets can hold and does not read it."""
        connection = Connection(noahd.port)
        self.addCleanup(connection.close)
        connection.send(format_request(connection.host, "GET", target, headers=dict(headers)))
        self.assertEqual(200, connection.receive_head().status)
        return connection

    def assert_cut(self, connection):
        with self.assertRaises(ConnectionError):
            connection._read_chunks()

    def test_a_slow_request_is_cut_off_and_others_are_served(self):
        noahd = self.noahd("limits.request_seconds=0.2")
        with Connection(noahd.port) as drips:
            drips.send(b"GET /hosts HTTP/1.1\r\nHost:")
            self.assertEqual(200, noahd.get("/health").status)
            self.assertTrue(drips.is_closed())

    def test_a_connection_without_a_request_is_closed(self):
        noahd = self.noahd("limits.idle_seconds=0.2")
        with Connection(noahd.port) as idle:
            self.assertEqual(200, idle.request("GET", "/health").status)
            self.assertTrue(idle.is_closed())

    def test_a_client_that_does_not_read_its_answer_is_cut_off_and_others_are_served(self):
        noahd = self.noahd("limits.reader_seconds=0.4", "limits.reader_bytes_min=1000")
        self.fill(noahd)
        unread = self.read_nothing(noahd)
        self.assertEqual(200, noahd.get("/health").status)
        wait_until(lambda: noahd.get("/stats").json()["requests_open"] <= 1, 10, "the reader was closed")
        self.assert_cut(unread)

    def test_an_unread_stream_is_cut_off_and_a_quiet_one_is_not(self):
        noahd = self.noahd("limits.reader_seconds=0.4", "limits.reader_bytes_min=1000")
        with EventStream(noahd.port) as unread, EventStream(noahd.port, "/events?pattern=//noah/hosts") as quiet:
            quiet.wait_for_comment()
            self.fill(noahd)
            wait_until(lambda: noahd.get("/stats").json()["streams"] == 1, 10, "the reader was closed")
            noahd.put("/hosts/web1", {"status": "up"})
            self.assertEqual("/hosts/web1", quiet.next().data["location"])
            with self.assertRaises(ConnectionError):
                unread.take(MANY)

    def test_too_many_unread_bytes_make_others_wait(self):
        noahd = self.noahd("limits.answers_bytes_max=1048576", "ephemeral_bytes_max=8000000", "body_bytes_max=8000000")
        self.assertEqual(200, noahd.put("/ephemerals/large", b"x" * 8000000).status)
        unread = self.read_nothing(noahd, "/ephemerals/large")
        answer = noahd.get("/health")
        self.assertEqual((503, "1"), (answer.status, answer.headers["retry-after"]))
        self.assertIn("waiting for their readers", answer.json()["error_message"])
        unread.close()
        wait_until(lambda: noahd.get("/health").status == 200, 10, "there is room again")

    def test_bytes_rendered_for_one_reader_of_a_list_count_as_unread_too(self):
        """The operator reads the text that all lists share; a caller with fewer rights gets its own text."""
        noahd = self.noahd("limits.answers_bytes_max=1048576")
        with Connection(noahd.port) as connection:
            for i in range(MANY // 4):
                self.assertEqual(200, connection.request("PUT", f"/applications/a/configurations/c{i}", BODY).status)
        allowed = (("/", ["read", "write", "watch", "admin"]), ("/configurations/c0", []))
        secret = noahd.put("/tokens/most",
                           {"rules": [{"path": path, "allow": rights} for path, rights in allowed]}).json()["token"]
        reader = {"Authorization": f"Bearer {secret}"}
        unread = self.read_nothing(noahd, "/applications", reader)
        wait_until(lambda: noahd.get("/health").status == 503, 10, "what the reader sees is made")
        unread.close()
        wait_until(lambda: noahd.get("/health").status == 200, 10, "there is room again")

    LARGE = 20  # configurations of an application, 60 KB each

    def fill_application(self, noahd):
        body = {"format": "string", "body": "x" * 60000}
        for i in range(self.LARGE):
            self.assertEqual(200, noahd.put(f"/applications/large/configurations/c{i}", body).status)

    def tag_large(self, count):
        """Each of its parts answers with the whole application: 1.2 MB."""
        return {"writes": [{"method": "PUT", "path": "/applications/large/tag", "body": {"tags": f"t{i}"}}
                           for i in range(count)]}

    JSON = {"Content-Type": "application/json"}

    def test_a_transaction_may_not_produce_more_than_the_limit(self):
        noahd = self.noahd("limits.transaction_bytes_max=4000000")
        self.fill_application(noahd)
        before = noahd.get("/version").headers["noah-revision"]
        refused = noahd.request("POST", "/transactions", self.tag_large(100), headers=self.JSON)
        self.assertEqual((413, 3), (refused.status, refused.json()["failed"]))
        self.assertRegex(refused.json()["error_message"], r"4000000 bytes .*limits\.transaction_bytes_max")
        self.assertEqual(before, noahd.get("/version").headers["noah-revision"])
        self.assertEqual([], noahd.get("/applications/large").json()["tags"])
        self.assertEqual(200, noahd.request("POST", "/transactions", self.tag_large(2), headers=self.JSON).status)

    def test_another_write_may_not_produce_more_either(self):
        noahd = self.noahd("limits.transaction_bytes_max=1048576")
        self.fill_application(noahd)
        refused = noahd.put("/applications/large/tag", {"tags": "t"})
        self.assertEqual((413, False), (refused.status, "failed" in refused.json()))
        self.assertEqual(404, noahd.get("/tags").status)
        self.assertEqual(200, noahd.put("/applications/large", {"name": "large"}).status)

    def test_the_output_of_large_transactions_is_bounded_and_so_is_their_time(self):
        """128 times an application with 200 large configurations, in 9 KB: this once delayed all clients for 47 s, and
        took 1.7 GB."""
        noahd = self.noahd()
        body = {"format": "string", "body": "x" * 60000}
        for i in range(200):
            self.assertEqual(200, noahd.put(f"/applications/a/configurations/c{i}", body).status)
        before = noahd.memory_peak()
        for write, status in (({"method": "PUT", "path": "/applications/a", "body": {"name": "a"}}, 200),
                              ({"method": "PUT", "path": "/applications/a/tag", "body": {"tags": "t"}}, 413)):
            answer = noahd.request("POST", "/transactions", {"writes": [write] * 128}, headers=self.JSON)
            self.assertEqual(status, answer.status, answer)
        shadow = 1 if "release" in os.path.basename(os.path.abspath(BUILD)) else 4  # a sanitizer's memory counts, too
        self.assertLess(noahd.memory_peak() - before, shadow * 150 << 20)
        events = noahd.get("/events?limit=10000").json()
        self.assertEqual(128, sum(event["location"] == "/applications/a" for event in events[-128:]))


if __name__ == "__main__":
    unittest.main()
