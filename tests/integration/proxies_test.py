"""noahd behind common caches and proxies: they pass on noahd's answers unchanged and complete."""
# SPDX-License-Identifier: Apache-2.0

import tempfile
import unittest

from support.daemon import Noahd, wait_until
from support.event_stream import EventStream
from support.proxies import Nginx, NginxCache, Squid, Varnish
from support.raw_http import Connection, format_request

JSON, TEXT, PAGE = "application/json", "text/plain", "text/html"

# target, Accept: one answer of each kind, in each of its representations. /hosts is long enough to have no known
# length.
READS = [("/hosts/web1", JSON), ("/hosts", JSON), ("/services", JSON), ("/ephemerals/a", "*/*"), ("/tags/t", JSON),
         ("/configurations/c", JSON), ("/configurations/c", TEXT), ("/configurations", JSON), ("/", JSON), ("/", PAGE),
         ("/events", JSON), ("/version", JSON), ("/nowhere", JSON)]
REVALIDATE = {"Cache-Control": "max-age=0"}


class ProxiesCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.noahd = Noahd(tempfile.mkdtemp(dir=self.folder), "store.engine=memory")
        self.noahd.start()
        self.addCleanup(self.noahd.stop)

    def start(self, kind):
        proxy = kind(tempfile.mkdtemp(dir=self.folder), self.noahd.port)
        proxy.start()
        self.addCleanup(proxy.stop)
        return proxy


class CachesTest(ProxiesCase):
    def setUp(self):
        super().setUp()
        for number in range(250):
            self.noahd.put(f"/hosts/web{number}", {"status": "up"})
        self.noahd.put("/hosts/web1/tag", {"tags": "t"})
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up"})
        self.noahd.put("/configurations/c", {"format": "string", "body": "text"})
        self.noahd.put("/ephemerals/a", "bytes")

    def check_reads(self, kind):
        proxy = self.start(kind)
        with Connection(proxy.port) as self.connection:
            for target, accept in 2 * READS:
                with self.subTest(f"{target} {accept}"):
                    self.check_read(target, accept)
            self.check_a_write_is_seen()

    def check_read(self, target, accept):
        direct = self.noahd.get(target, headers={"Accept": accept})
        tag = {"If-None-Match": direct.headers["etag"]} if "etag" in direct.headers else {}
        for headers in ({}, REVALIDATE, tag, tag | REVALIDATE, {}, REVALIDATE):
            answer = self.connection.request("GET", target, headers={"Accept": accept} | headers)
            if answer.status == 304:
                self.assertIn("If-None-Match", headers)
                continue
            self.assertEqual((direct.status, direct.body, direct.headers["content-type"]),
                             (answer.status, answer.body, answer.headers["content-type"]))
            head = self.connection.request("HEAD", target, headers={"Accept": accept} | headers)
            self.assertIn(head.headers.get("content-length"), (None, str(len(direct.body))))

    def check_a_write_is_seen(self):
        self.noahd.put("/configurations/c", {"format": "string", "body": "another text"})
        wait_until(lambda: self.connection.request("GET", "/configurations/c",
                                                   headers={"Accept": TEXT} | REVALIDATE).body ==
                   b"another text", 5, "the cache has the new text")

    def test_squid_serves_the_answers_of_noahd(self):
        self.check_reads(Squid)

    def test_varnish_serves_the_answers_of_noahd(self):
        self.check_reads(Varnish)

    def test_nginx_serves_the_answers_of_noahd(self):
        self.check_reads(NginxCache)

    def test_nginx_serves_revalidated_answers(self):
        proxy = self.start(NginxCache)
        direct = self.noahd.get("/hosts/web1")

        def is_revalidated():
            with Connection(proxy.port) as connection:
                answer = connection.request("GET", "/hosts/web1")
            self.assertEqual((200, direct.body), (answer.status, answer.body))
            return answer.headers["x-cache"] == "REVALIDATED"

        wait_until(is_revalidated, 10, "nginx has revalidated it")


class StreamsTest(ProxiesCase):
    def test_a_stream_passes_through_nginx_without_delay(self):
        proxy = self.start(Nginx)
        with EventStream(proxy.port) as stream:
            stream.wait_for_comment()
            for number in range(1, 4):
                self.noahd.put(f"/ephemerals/a{number}", "1")
                self.assertEqual(number, stream.next().id)

    def test_a_write_and_a_wait_pass_through_nginx(self):
        proxy = self.start(Nginx)
        with Connection(proxy.port) as waiter, Connection(proxy.port) as writer:
            waiter.send(format_request("localhost", "GET", "/ephemerals/a?wait=60"))
            wait_until(lambda: self.noahd.get("/stats").json()["waiters"] == 1, 10, "it waits")
            self.assertEqual(200, writer.request("PUT", "/ephemerals/a", "1").status)
            self.assertEqual((200, b"1"), (lambda answer: (answer.status, answer.body))(waiter.receive()))


if __name__ == "__main__":
    unittest.main()
