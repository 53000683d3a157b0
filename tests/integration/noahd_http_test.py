"""HTTP to the letter (RFC 9110, RFC 9112): what caches, proxies and odd clients may expect of noahd."""
# SPDX-License-Identifier: Apache-2.0

import tempfile
import unittest

from support.daemon import Noahd
from support.raw_http import Connection

JSON, TEXT, PAGE, STREAM = "application/json", "text/plain", "text/html", "text/event-stream"


class HttpCase(unittest.TestCase):
    settings = ()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name, "store.engine=memory", *self.settings)
        self.noahd.start()
        self.addCleanup(self.noahd.stop)


class RepresentationsTest(HttpCase):
    # target, each Accept that gets another answer
    BY_ACCEPT = [("/", (JSON, PAGE)), ("/configurations/c", (JSON, TEXT)), ("/applications/a/configurations/c", (JSON, TEXT)),
                 ("/tags/t/configurations/c", (JSON, TEXT)), ("/events", (JSON, STREAM)), ("/events?since=1000", (JSON,))]
    OTHERS = ["/hosts", "/hosts/web1", "/configurations", "/version", "/tags/t", "/ephemerals/e"]

    def setUp(self):
        super().setUp()
        self.noahd.put("/applications/a/configurations/c", {"format": "string", "body": "text"})
        self.noahd.put("/configurations/c/tag", {"tags": "t"})
        self.noahd.put("/hosts/web1", {"status": "up"})
        self.noahd.put("/ephemerals/e", "bytes")

    def head_of(self, target, accept, headers=()):
        with Connection(self.noahd.port) as connection:
            wanted = "\r\n".join(f"{name}: {value}" for name, value in {"Accept": accept, **dict(headers)}.items())
            connection.send(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{wanted}\r\n\r\n".encode())
            return connection.receive_head()

    def test_what_depends_on_accept_says_so_in_each_form_and_in_its_304(self):
        for target, forms in self.BY_ACCEPT:
            for accept in forms:
                with self.subTest(f"{target} {accept}"):
                    answer = self.head_of(target, accept)
                    self.assertEqual("Accept", answer.headers["vary"])
                    if "etag" in answer.headers:
                        unchanged = self.head_of(target, accept, {"If-None-Match": answer.headers["etag"]})
                        self.assertEqual((304, "Accept"), (unchanged.status, unchanged.headers["vary"]))
        for target in self.OTHERS:
            self.assertNotIn("vary", self.head_of(target, JSON).headers)

    def test_a_304_tells_the_length_of_what_it_stands_for(self):
        with Connection(self.noahd.port) as connection:
            for target in ("/hosts", "/hosts/web1", "/configurations/c", "/configurations", "/tags/t", "/ephemerals/e"):
                whole = connection.request("GET", target)
                for method, wait in (("GET", {}), ("HEAD", {}), ("GET", {"Prefer": "wait=0.01"})):
                    with self.subTest(f"{method} {target} {wait}"):
                        answer = connection.request(method, target, headers={"If-None-Match": whole.headers["etag"]} | wait)
                        self.assertEqual((304, str(len(whole.body)), whole.headers["etag"]),
                                         (answer.status, answer.headers["content-length"], answer.headers["etag"]))

    def test_a_304_whose_length_is_not_known_tells_none_and_ends_the_connection(self):
        for number in range(250):
            self.noahd.put(f"/hosts/host{number}", {"status": "up"})
        etag = self.noahd.get("/hosts").headers["etag"]
        for method in ("GET", "HEAD"):
            with self.subTest(method), Connection(self.noahd.port) as connection:
                answer = connection.request(method, "/hosts", headers={"If-None-Match": etag})
                self.assertEqual((304, etag), (answer.status, answer.headers["etag"]))
                self.assertFalse({"content-length", "transfer-encoding"} & set(answer.headers))
                self.assertTrue(connection.is_closed())


if __name__ == "__main__":
    unittest.main()
