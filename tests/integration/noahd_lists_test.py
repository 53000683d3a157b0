"""Long lists: sent in chunks while they are rendered, true at one revision, and in nobody's way."""
# SPDX-License-Identifier: Apache-2.0

import tempfile
import unittest

from support.daemon import Noahd
from support.raw_http import Connection, format_request

HOSTS = 20000
AT_ONCE = 100


class ListsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.noahd = Noahd(cls.folder.name, "store.engine=memory").start()
        with Connection(cls.noahd.port) as connection:
            for first in range(0, HOSTS, AT_ONCE):
                puts = (format_request(connection.host, "PUT", f"/hosts/web{i}", '{"status":"up"}')
                        for i in range(first, first + AT_ONCE))
                connection.send(b"".join(puts))
                for _ in range(AT_ONCE):
                    assert connection.receive().status == 200

    @classmethod
    def tearDownClass(cls):
        cls.noahd.stop()
        cls.folder.cleanup()

    def test_a_long_list_comes_in_chunks_and_is_whole(self):
        answer = self.noahd.get("/hosts")
        self.assertEqual("chunked", answer.headers["transfer-encoding"])
        self.assertEqual("application/json;charset=utf-8", answer.headers["content-type"])
        self.assertEqual({f"web{i}" for i in range(HOSTS)}, set(answer.json()))

    def test_a_list_shows_one_revision_though_hosts_change_while_it_is_read(self):
        before = self.noahd.put("/hosts/web0", {"status": "down"}).headers["noah-revision"]
        with Connection(self.noahd.port) as slow:
            slow.send(format_request(slow.host, "GET", "/hosts"))
            revision = None
            for i in range(0, HOSTS, 100):
                revision = self.noahd.put(f"/hosts/web{i}", {"status": "pending"}).headers["noah-revision"]
            answer = slow.receive()
        seen = [host["status"] for host in answer.json().values()].count("pending")
        self.assertEqual(int(before) + seen, int(answer.headers["noah-revision"]))
        self.assertLessEqual(int(answer.headers["noah-revision"]), int(revision))

    def test_others_are_answered_while_a_list_is_sent(self):
        with Connection(self.noahd.port) as slow, Connection(self.noahd.port) as other:
            for _ in range(20):
                slow.send(format_request(slow.host, "GET", "/hosts"))
            for _ in range(100):
                self.assertEqual(200, other.request("GET", "/hosts/web1").status)

    def test_head_of_a_long_list_has_no_body(self):
        with Connection(self.noahd.port) as connection:
            answer = connection.request("HEAD", "/hosts")
            self.assertEqual((200, b""), (answer.status, answer.body))
            self.assertTrue(connection.is_closed())


if __name__ == "__main__":
    unittest.main()
