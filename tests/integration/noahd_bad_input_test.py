"""What noahd refuses: each wrong request gets JSON that says what and where, changes nothing, and leaves the connection usable."""
# SPDX-License-Identifier: Apache-2.0

import json
import tempfile
import unittest

from support.daemon import Noahd
from support.raw_http import Connection, format_request

LONG = "x" * 10240

# method, target, body, status, a part of the message
REFUSED = [
    ("PUT", "/hosts/a", '{"status":', 400, "line 1"),
    ("PUT", "/hosts/a", '{\n"status": up}', 400, "line 2"),
    ("PUT", "/hosts/a", '["up"]', 400, "array"),
    ("PUT", "/hosts/a", '"up"', 400, "string"),
    ("PUT", "/hosts/a", "{}", 400, "Missing Parameters"),
    ("PUT", "/hosts/a", None, 400, "Missing Parameters"),
    ("PUT", "/hosts/a", '{"status":"up"} x', 400, "line 1"),
    ("PUT", "/hosts/a", '{"status":"up","status":"up"}', 400, "status"),
    ("PUT", "/hosts/a", '{"status":"up","colour":"red"}', 400, "colour"),
    ("PUT", "/hosts/a", '{"colour":"red"}', 400, "Missing Parameters"),
    ("PUT", "/hosts/a", '{"status":1}', 400, "status"),
    ("PUT", "/hosts/a", '{"status":["up"]}', 400, "status"),
    ("PUT", "/hosts/a", '{"status":""}', 400, "Status attribute missing"),
    ("PUT", "/hosts/a", '{"status":null}', 400, "Status attribute missing"),
    ("PUT", "/hosts/a", '{"status":"UP"}', 400, "Status must be up, down or pending"),
    ("PUT", "/hosts/a", b'{"status":"\xff\xfe"}', 400, "line 1"),
    ("PUT", "/hosts/a", "[" * 10000, 400, ""),
    ("PUT", "/hosts/a", '{"status":"up","' + "k" * 63 + 'é":1}', 400, "kkk"),
    ("PUT", "/services/s/h", '{"status":"up"}', 400, "Missing Parameters"),
    ("PUT", "/services/s/h", '{"status":"up","host_status":"UP"}', 400, "Status must be"),
    ("PUT", "/hosts/%00", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts/a%00b", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts/a%0Ab", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts/a%7Fb", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts/a%zzb", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts/a%f", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts/%FF", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts/a%2Fb", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts/..", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts/.", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts/%2e%2E", '{"status":"up"}', 400, ""),
    ("PUT", "/hosts//a", '{"status":"up"}', 400, ""),
    ("PUT", "/ephemerals/a//b", "1", 400, ""),
    ("PUT", "/ephemerals/../hosts", "1", 400, ""),
    ("PUT", "/hosts/" + "x" * 256, '{"status":"up"}', 414, "255"),
    ("PUT", "/hosts/" + LONG[:3000], '{"status":"up"}', 414, ""),
    ("PUT", "/ephemerals" + "/abcdefghi" * 110, "1", 414, "1024"),
    ("PUT", "/ephemerals/a", "x" * 513, 413, "Data too large"),
    ("PUT", "/ephemerals/hosts/x", "1", 400, "Path is reserved"),
    ("PUT", "/ephemerals/a/tag", "1", 400, "Path is reserved"),
    ("PUT", "/ephemerals/watch", "1", 400, "Path is reserved"),
    ("PUT", "/watches", '{"pattern":"//noah/x"}', 400, "Missing Parameters"),
    ("PUT", "/watches", '{"pattern":"/noah/x","endpoint":"http://h/"}', 400, "//noah"),
    ("PUT", "/watches", '{"pattern":"//noah/../x","endpoint":"http://h/"}', 400, ""),
    ("PUT", "/watches", '{"pattern":"//noah/%€","endpoint":"http://h/"}', 400, "%"),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://h/' + "e" * 800 + '"}', 400, "1024"),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"gopher://h/"}', 400, "https"),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"h:8080"}', 400, ""),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"nonsense"}', 400, ""),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://169.254.169.254/latest"}', 400, "169.254.169.254"),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://[fe80::1]/"}', 400, ""),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://[::ffff:169.254.1.1]/"}', 400, ""),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://0.0.0.0/"}', 400, ""),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://224.0.0.1/"}', 400, ""),
    ("PUT", "/watches", '{"pattern":"//noah/x\\u0000","endpoint":"http://h/"}', 400, ""),
    ("DELETE", "/hosts/nobody", None, 404, "Resource not found"),
    ("DELETE", "/ephemerals/none", None, 404, "Resource not found"),
    ("GET", "/nowhere", None, 404, "Resource not found"),
]

# raw bytes in front of which a host was put; status
RAW_REFUSED = [
    (b"PUT /hosts/a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400),
    (b"PUT /hosts/a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"PUT /hosts/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    (b"PUT /hosts/a HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n\r\nhello", 400),
    (b"GET /hosts/a HTTP/1.1\r\nHost: h\r\nX-A: 1\x01\r\n\r\n", 400),
    (b"GET /hosts/a HTTP/1.1\r\n\r\n", 400),
    (b"GET /hosts/a HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400),
    (b"GET http://evil/hosts/a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
]


class BadInputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.noahd = Noahd(folder.name, "store.engine=memory")
        cls.noahd.start()
        cls.addClassCleanup(cls.noahd.stop)

    def revision(self):
        return self.noahd.get("/version").headers["noah-revision"]

    def assert_refusal(self, answer, status, part):
        self.assertEqual(status, answer.status, answer)
        self.assertEqual("application/json;charset=utf-8", answer.headers["content-type"])
        body = answer.json()
        self.assertEqual({"result", "error_message"}, set(body))
        self.assertEqual("failure", body["result"])
        self.assertIn(part, body["error_message"])

    def test_each_wrong_request_is_refused_with_its_reason(self):
        before = self.revision()
        for method, target, body, status, part in REFUSED:
            with self.subTest(f"{method} {target[:60]} {str(body)[:60]}"):
                self.assert_refusal(self.noahd.request(method, target, body), status, part)
        self.assertEqual(before, self.revision())

    def test_a_refusal_leaves_the_connection_usable(self):
        with Connection(self.noahd.port) as connection:
            for method, target, body, status, part in REFUSED:
                if status in (413, 414):
                    continue
                with self.subTest(f"{method} {target[:60]} {str(body)[:60]}"):
                    self.assert_refusal(connection.request(method, target, body), status, part)
                    self.assertEqual(200, connection.request("GET", "/health").status)

    def test_heads_that_could_smuggle_are_refused(self):
        for raw, status in RAW_REFUSED:
            with self.subTest(raw), Connection(self.noahd.port) as connection:
                connection.send(raw)
                self.assert_refusal(connection.receive(), status, "")
        self.assertEqual(404, self.noahd.get("/hosts/a").status)

    def test_a_body_over_the_limit_is_refused_before_it_is_read(self):
        with Connection(self.noahd.port) as connection:
            connection.send(b"PUT /ephemerals/a HTTP/1.1\r\nHost: h\r\nContent-Length: 300000000\r\n\r\nxx")
            self.assert_refusal(connection.receive(), 413, "65536")

    def test_a_chunked_body_over_the_limit_is_refused_before_its_end(self):
        with Connection(self.noahd.port) as connection:
            connection.send(b"PUT /ephemerals/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(40):
                connection.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            self.assert_refusal(connection.receive(), 413, "65536")

    def test_a_chunked_body_is_read(self):
        with Connection(self.noahd.port) as connection:
            connection.send(b"PUT /ephemerals/chunked HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                            b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            self.assertEqual("abcde", connection.receive().json()["data"])

    def test_curls_expectation_is_met(self):
        with Connection(self.noahd.port) as connection:
            connection.send(b"PUT /ephemerals/e HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
            connection.send(b"1")
            self.assertEqual("1", connection.receive().json()["data"])

    def test_a_method_that_a_path_lacks_is_told_with_those_it_has(self):
        expected = {("POST", "/hosts/a"): "GET, HEAD, PUT, DELETE", ("DELETE", "/hosts"): "GET, HEAD",
                    ("PATCH", "/watches"): "GET, HEAD, PUT, DELETE", ("GET", "/hosts/a/watch"): "PUT"}
        for (method, target), allowed in expected.items():
            with self.subTest(f"{method} {target}"):
                answer = self.noahd.request(method, target)
                self.assert_refusal(answer, 405, "")
                self.assertEqual(allowed, answer.headers["allow"])

    def test_a_malformed_cause_is_refused(self):
        for cause in ("nonsense", "é-1", "\u20ac" * 30, "a-1 b-2", "a-1,,b-2", ",".join(["a-1"] * 65)):
            with self.subTest(cause[:40]):
                self.assert_refusal(self.noahd.put("/ephemerals/c", "1", headers={"Noah-Cause": cause}), 400, "Noah-Cause")

    def test_a_watch_on_noahd_itself_is_refused(self):
        for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1"):
            with self.subTest(host):
                body = {"pattern": "//noah/x", "endpoint": f"http://{host}:{self.noahd.port}/ephemerals/loop"}
                self.assert_refusal(self.noahd.put("/watches", body), 400, "")

    def test_requests_in_a_row_are_answered_in_order(self):
        with Connection(self.noahd.port) as connection:
            requests = [format_request("h", "PUT", f"/ephemerals/row/{i}", str(i)) for i in range(200)]
            connection.send(b"".join(requests))
            self.assertEqual([str(i) for i in range(200)], [connection.receive().json()["data"] for _ in requests])

    def test_the_head_of_a_request_is_bounded(self):
        with Connection(self.noahd.port) as connection:
            connection.send(b"GET /health HTTP/1.1\r\nHost: h\r\nX-Long: " + b"x" * 20000 + b"\r\n\r\n")
            self.assertEqual(431, connection.receive().status)
        self.assertEqual(200, self.noahd.get("/health").status)


if __name__ == "__main__":
    unittest.main()
