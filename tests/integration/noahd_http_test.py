"""HTTP to the letter (RFC 9110, RFC 9112): what caches, proxies and unusual clients may expect of noahd."""
# SPDX-License-Identifier: Apache-2.0

import concurrent.futures
import socket
import ssl
import struct
import tempfile
import unittest

from support.certificates import Authority
from support.daemon import Noahd, wait_until
from support.raw_http import Connection, format_request

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
    # target, each Accept with a different answer
    BY_ACCEPT = [("/", (JSON, PAGE)), ("/configurations/c", (JSON, TEXT)),
                 ("/applications/a/configurations/c", (JSON, TEXT)),
                 ("/tags/t/configurations/c", (JSON, TEXT)), ("/events", (JSON, STREAM)),
                 ("/events?since=1000", (JSON,))]
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

    def test_answers_that_depend_on_accept_have_vary_in_each_representation_and_in_the_304(self):
        for target, forms in self.BY_ACCEPT:
            for accept in forms:
                with self.subTest(f"{target} {accept}"):
                    answer = self.head_of(target, accept)
                    self.assertEqual("Accept", answer.headers["vary"])
                    if "etag" in answer.headers:
                        unchanged = self.head_of(target, accept, {"If-None-Match": answer.headers["etag"]})
                        self.assertEqual((304, "Accept"), (unchanged.status, unchanged.headers["vary"]))
        self.assertEqual(JSON, self.head_of("/events", f"{STREAM};q=0, */*").headers["content-type"].split(";")[0])
        for target in self.OTHERS:
            self.assertNotIn("vary", self.head_of(target, JSON).headers)

    def test_a_304_has_the_length_of_the_answer_it_replaces(self):
        with Connection(self.noahd.port) as connection:
            for target in ("/hosts", "/hosts/web1", "/configurations/c", "/configurations", "/tags/t", "/ephemerals/e"):
                whole = connection.request("GET", target)
                for method, wait in (("GET", {}), ("HEAD", {}), ("GET", {"Prefer": "wait=0.01"})):
                    with self.subTest(f"{method} {target} {wait}"):
                        answer = connection.request(method, target,
                                                    headers={"If-None-Match": whole.headers["etag"]} | wait)
                        self.assertEqual((304, str(len(whole.body)), whole.headers["etag"]),
                                         (answer.status, answer.headers["content-length"], answer.headers["etag"]))

    def test_a_304_of_unknown_length_has_none_and_ends_the_connection(self):
        for number in range(250):
            self.noahd.put(f"/hosts/host{number}", {"status": "up"})
        etag = self.noahd.get("/hosts").headers["etag"]
        for method in ("GET", "HEAD"):
            with self.subTest(method), Connection(self.noahd.port) as connection:
                answer = connection.request(method, "/hosts", headers={"If-None-Match": etag})
                self.assertEqual((304, etag), (answer.status, answer.headers["etag"]))
                self.assertFalse({"content-length", "transfer-encoding"} & set(answer.headers))
                self.assertTrue(connection.is_closed())


class RequestsTest(HttpCase):
    settings = ("names=noah.example",)

    def exchange(self, raw):
        """The answer to these bytes, on its own connection."""
        with Connection(self.noahd.port) as connection:
            connection.send(raw if isinstance(raw, bytes) else raw.encode())
            return connection.receive()

    def get(self, target, *lines, host="localhost"):
        return self.exchange("\r\n".join([f"GET {target} HTTP/1.1", f"Host:{host}", *lines, "", ""]))

    def test_a_target_may_be_a_url_whose_authority_replaces_host(self):
        self.noahd.put("/configurations/c", {"format": "string", "body": "text"})
        for target, host, status in (("http://noah.example:80/configurations?short=true", "evil.example", 200),
                                     ("HTTPS://LOCALHOST/configurations?short=true", "localhost", 200),
                                     ("http://evil.example/configurations?short=true", "localhost", 421),
                                     ("http://10.1.2.3/configurations?short=true", "noah.example", 421)):
            with self.subTest(target):
                answer = self.get(target, host=host)
                self.assertEqual(status, answer.status, answer)
                if status == 200:
                    authority = target.split("/")[2]
                    self.assertEqual(f"http://{authority}/configurations/c", answer.json()["c"]["location"])
        self.assertEqual(200, self.get("http://noah.example", "Accept: application/json").status)
        self.assertEqual({"hosts", "services", "applications", "configurations"},
                         set(self.get("http://noah.example?x", "Accept: application/json").json()["resources"]))

    def test_an_origin_is_compared_with_the_authority_in_effect(self):
        for origin, status in (("http://noah.example", 200), ("http://localhost", 403)):
            answer = self.exchange(
                f"PUT http://noah.example/ephemerals/a HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin} \r\n"
                                   "Content-Length: 1\r\n\r\n1")
            self.assertEqual(status, answer.status, answer)

    def test_white_space_around_a_header_value_is_ignored(self):
        self.noahd.put("/ephemerals/a", "1")
        etag = self.noahd.get("/ephemerals/a").headers["etag"]
        for space in (" ", "\t", " \t ", ""):
            with self.subTest(repr(space)):
                self.assertEqual(200, self.get("/ephemerals/a", host=f"{space}localhost{space}").status)
                self.assertEqual(304, self.get("/ephemerals/a", f"If-None-Match:{space}{etag}{space}").status)
                self.assertEqual(304, self.get("/ephemerals/a", f"If-None-Match:{space}*{space}").status)
                self.assertEqual(200, self.get("/ephemerals/a", f"If-Match:{space}*{space}").status)
                self.assertEqual("wait=0.01",
                                 self.get("/nowhere", f"Prefer: wait=0.01{space}").headers["preference-applied"])
                self.assertEqual(200, self.exchange("POST /lifetimes/release HTTP/1.1\r\nHost: localhost\r\n"
                                                    f"Content-Type:{space}application/json{space}\r\n\r\n").status)
                self.assertEqual(b"[]", self.get("/events", f"Last-Event-ID:{space}1{space}").body)

    def test_a_token_followed_by_white_space_is_recognised(self):
        token = self.noahd.put("/tokens/t", {"rules": [{"path": "/", "allow": ["read"]}]}).json()["token"]
        for space in ("", " ", "\t \t"):
            self.assertEqual(404, self.get("/hosts", f"Authorization:{space}Bearer {token}{space}").status)
        self.assertEqual(401, self.get("/hosts", f"Authorization: Bearer {token}x ").status)

    def test_a_body_with_a_content_encoding_is_refused(self):
        for body in (b"x", b""):
            answer = self.exchange(b"PUT /ephemerals/a HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n"
                                   b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.assertEqual(415 if body else 200, answer.status, answer)
            if body:
                self.assertEqual("identity", answer.headers["accept-encoding"])
                self.assertIn("Content-Encoding", answer.json()["error_message"])

    def test_a_byte_order_mark_before_json_is_skipped(self):
        mark = b"\xef\xbb\xbf"
        self.assertEqual(200, self.noahd.put("/hosts/web1", mark + b'{"status":"up"}').status)
        self.assertEqual(200, self.noahd.put("/ephemerals/a", mark).status)
        self.assertEqual(mark, self.noahd.get("/ephemerals/a").body)
        answer = self.noahd.put("/ephemerals/a/tag", mark + b'{"tags":"t"}')
        self.assertEqual((200, ["t"]), (answer.status, answer.json().get("tags")))

    def test_nothing_after_a_chunked_body_is_read(self):
        with Connection(self.noahd.port) as connection:
            connection.send(b"PUT /ephemerals/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                            b"1\nx\n0\n\nPUT /ephemerals/smuggled HTTP/1.1\r\nHost: localhost\r\n"
                            b"Content-Length: 1\r\n\r\n1")
            answer = connection.receive()
            self.assertEqual("close", answer.headers["connection"].lower())
            self.assertTrue(connection.is_closed())
        self.assertEqual(404, self.noahd.get("/ephemerals/smuggled").status)


class HalfClosedTest(HttpCase):
    """Clients that shut down their sending side: each connection ends long before idle_seconds (120) and
    request_seconds (30)."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        served = Authority(folder.name).issue("served")
        self.context = ssl.create_default_context(cafile=f"{folder.name}/authority.crt")
        self.plain = Noahd(tempfile.mkdtemp(dir=folder.name))
        self.tls = Noahd(tempfile.mkdtemp(dir=folder.name), f"tls.certificate={served.certificate}",
                         f"tls.key={served.key}")
        for noahd in (self.plain, self.tls):
            noahd.start()
            self.addCleanup(noahd.stop)

    def connections(self):
        """One of each kind, with a timeout shorter than any limit of noahd's."""
        for noahd, context in ((self.plain, None), (self.tls, self.context)):
            with self.subTest(tls=bool(context)), Connection(noahd.port, tls=context, seconds=8) as connection:
                yield connection

    def assert_answered(self, connection, raw, status):
        connection.send(raw)
        connection.stop_sending()
        answer = connection.receive()
        self.assertEqual(status, answer.status, answer)
        self.assertTrue(connection.is_closed())
        return answer

    def test_a_complete_write_is_answered_and_the_connection_closed(self):
        for number in range(20):
            for connection in self.connections():
                self.assert_answered(connection, format_request("localhost", "PUT", f"/ephemerals/a{number}", "1"), 200)

    def test_a_read_is_answered_and_the_connection_closed(self):
        for connection in self.connections():
            self.assert_answered(connection, format_request("localhost", "GET", "/version"), 200)

    def test_a_wait_ends_with_the_current_state(self):
        etag = self.plain.put("/ephemerals/a", "1").headers["etag"]
        for connection in self.connections():
            self.assert_answered(connection, format_request("localhost", "GET", "/ephemerals/none?wait=60"), 404)
        for headers, status in (({"If-None-Match": etag}, 304), ({"If-None-Match": '"other"'}, 200)):
            with Connection(self.plain.port, seconds=8) as connection:
                self.assert_answered(connection,
                                     format_request("localhost", "GET", "/ephemerals/a?wait=60", headers=headers),
                                     status)
        with Connection(self.plain.port, seconds=8) as connection:
            connection.send(format_request("localhost", "GET", "/ephemerals/none?wait=60"))
            wait_until(lambda: self.plain.get("/stats").json()["waiters"] == 1, 5, "it waits")
            connection.stop_sending()
            self.assertEqual(404, connection.receive().status)

    def test_a_stream_ends_after_what_it_has_to_send(self):
        self.plain.put("/ephemerals/a", "1")
        with Connection(self.plain.port, seconds=8) as connection:
            answer = self.assert_answered(
                connection, format_request("localhost", "GET", "/events?since=0", headers={"Accept": STREAM}), 200)
            self.assertIn(b"event: create", answer.body)

    def test_a_request_that_can_never_be_complete_ends_the_connection(self):
        whole = format_request("localhost", "PUT", "/ephemerals/a", "12345")
        for size in (0, 1, 15, 40, len(whole) - 5, len(whole) - 1):
            for connection in self.connections():
                connection.send(whole[:size])
                connection.stop_sending()
                try:
                    self.assertTrue(connection.is_closed())
                except (ConnectionResetError, ssl.SSLEOFError):
                    pass
        self.assertEqual(404, self.plain.get("/ephemerals/a").status)


class ResetTest(HttpCase):
    def test_clients_that_reset_their_connection_after_a_request_affect_no_other(self):
        """While a request is on its way to the disk, or waits, its connection must stay open."""
        requests = (format_request("localhost", "PUT", "/ephemerals/e", "data"),
                    format_request("localhost", "GET", "/ephemerals/none?wait=20"))

        def reset_many(number):
            for i in range(250):
                with socket.create_connection(("127.0.0.1", self.noahd.port)) as connection:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.sendall(requests[(number + i) % 2])

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(reset_many, range(8)))
        self.assertEqual(200, self.noahd.put("/ephemerals/e", "last").status)
        self.assertEqual(b"last", self.noahd.get("/ephemerals/e").body)


class SlashBeforeAnOperationTest(HttpCase):
    def test_an_operation_refers_to_the_ephemeral_whose_path_ends_with_a_slash(self):
        for path in ("/ephemerals/a", "/ephemerals/a/"):
            self.noahd.put(path, "1")
        for target, path in (("/ephemerals/a//tag", "/a/"), ("/ephemerals/a/tag", "/a"),
                             ("/ephemerals/a//tag/", "/a/")):
            for method, tags in (("PUT", ["t"]), ("DELETE", [])):
                answer = self.noahd.request(method, target, {"tags": "t"})
                self.assertEqual((200, path, tags), (answer.status, answer.json()["path"], answer.json()["tags"]))
        answer = self.noahd.put("/ephemerals/a//link", {"link_name": "/org"})
        self.assertEqual(("/a/", ["/org"]), (answer.json()["path"], answer.json()["links"]))
        self.assertEqual(200, self.noahd.put("/ephemerals/a//watch", {"endpoint": "http://127.0.0.1:9/"}).status)
        body = {"writes": [{"method": "PUT", "path": "/ephemerals/a//tag", "body": {"tags": "u"}}]}
        answer = self.noahd.request("POST", "/transactions", body, headers={"Content-Type": "application/json"})
        self.assertEqual(["u"], answer.json()["answers"][0]["body"]["tags"])
        self.assertEqual("/a/", answer.json()["answers"][0]["body"]["path"])

    def test_two_slashes_are_an_empty_segment_everywhere_else(self):
        for method, target in (("GET", "/ephemerals/a//b"), ("PUT", "/ephemerals/a//b"),
                               ("PUT", "/ephemerals/a//b//tag"),
                               ("PUT", "/ephemerals//tag"), ("PUT", "/hosts/web1//tag"), ("GET", "/hosts//web1"),
                               ("PUT", "/ephemerals/a///tag"), ("GET", "/tags//t"), ("GET", "/nowhere//x")):
            with self.subTest(target):
                answer = self.noahd.request(method, target, '{"tags":"t"}' if method == "PUT" else None)
                self.assertEqual((400, "an empty segment in the path"), (answer.status, answer.json()["error_message"]))
        self.assertEqual(404, self.noahd.put("/ephemerals/none//tag", {"tags": "t"}).status)
        self.assertEqual("PUT, DELETE", self.noahd.get("/ephemerals/a//tag").headers["allow"])


if __name__ == "__main__":
    unittest.main()
