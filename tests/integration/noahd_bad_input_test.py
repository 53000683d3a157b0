"""Invalid requests: each gets JSON with the fault and its place, changes nothing, and leaves the connection usable."""
# SPDX-License-Identifier: Apache-2.0

import os
import subprocess
import tempfile
import unittest

from support.daemon import Noahd
from support.raw_http import Connection, format_request
from support.routes import (ABSENT, ALWAYS, COUNTERS, FOR_ALL, LARGER_BODIES, MAKERS, ROUTES, Body, each_request,
                            free_segments, headers_of, read_route_table, target_of)

ROUTE_TABLE = os.path.join(os.path.dirname(__file__), "..", "..", "noahd", "api", "resources",
                           "route_table.c")

# Bodies that are invalid JSON for any route: body, part of the message.
WRONG_BODIES = [
    (None, "Missing Parameters"),
    ("{}", "Missing Parameters"),
    ('{"colour":"red"}', "Missing Parameters"),
    ('{"status":', "line 1"),
    ('{\n"status": up}', "line 2"),
    ('["up"]', "array"),
    ('"up"', "string"),
    ("7", ""),
    ("null", ""),
    (b'{"status":"\xff\xfe"}', "line 1"),
    ("[" * 10000, ""),
]

# Names that are invalid in any path: as sent, status.
WRONG_NAMES = [("%00", 400), ("a%00b", 400), ("a%0Ab", 400), ("a%7Fb", 400), ("a%zzb", 400), ("a%f", 400), ("%FF", 400),
               ("%C3", 400),
               ("..", 400), (".", 400), ("%2e%2E", 400), ("/a", 400), ("a%2Fb", 400), ("x" * 256, 414),
               ("%78" * 256, 414), ("x" * 3000, 414), ("/".join(["abcdefghi"] * 110), 414)]

# Headers that are invalid for all requests with these methods; status.
CHANGES, WRITES, ALL = {"PUT", "DELETE"}, {"PUT", "DELETE", "POST"}, {"GET", "PUT", "DELETE", "POST"}
WRONG_HEADERS = [
    (ALL, {"Host": "example.com"}, 421),
    (WRITES, {"Origin": "http://example.com"}, 403),
    (WRITES, {"Sec-Fetch-Site": "cross-site"}, 403),
    (WRITES, {"Noah-Cause": "nonsense"}, 400),
    (CHANGES, {"If-Match": "nonsense"}, 400),
    (CHANGES, {"If-Match": '"open'}, 400),
    (CHANGES, {"If-None-Match": '"a", b'}, 400),
]

# Parameters that the query of a PUT may have.
PARAMETERS = {"/hosts/:host": "renew", "/services/:service/:host": "renew", "/ephemerals/**": "lifetime, renew"}

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW")

# Requests that are invalid for a reason of their own: method, target, body, status, part of the message
REFUSED = [
    ("PUT", "/hosts/a", '{"status":"up","' + "k" * 63 + 'é":1}', 400, "kkk"),
    ("PUT", "/hosts/a?renew=soon", None, 400, "renew"),
    ("PUT", "/ephemerals/a?lifetime=soon", "1", 400, "lifetime"),
    ("PUT", "/ephemerals/a?renew=-1", None, 400, "renew"),
    ("PUT", "/ephemerals/a?lifetime=31536001", "1", 400, '"lifetime" must be from 0.05 to 31536000 seconds'),
    ("PUT", "/ephemerals/a?lifetime=1" + "0" * 400, "1", 400, '"lifetime" must be from 0.05 to 31536000 seconds'),
    ("PUT", "/hosts/a?renew=31536001", None, 400, '"renew" must be from 0.05 to 31536000 seconds'),
    ("PUT", "/hosts/a", '{"status":"up","lifetime":31536001}', 400, '"lifetime" must be from 0.05 to 31536000 seconds'),
    ("PUT", "/ephemerals/a?lifetime=5&lifetime=6", "1", 400, '"lifetime" must be given only once'),
    ("PUT", "/ephemerals/a?renew=5&renew=5", None, 400, '"renew" must be given only once'),
    ("GET", "/hosts?wait=1&wait=2", None, 400, '"wait" must be given only once'),
    ("GET", "/ephemerals/a?wait=1&data=1&data=2", None, 400, '"data" must be given only once'),
    *((("GET", f"/events?{name}={value}&{name}={value}", None, 400, f'"{name}" must be given only once')
       for name, value in (("since", 1), ("limit", 1), ("epoch", "e"), ("pattern", "//noah")))),
    *((("GET", f"/objects?{name}={value}&{name}={value}", None, 400, f'"{name}" must be given only once')
       for name, value in (("after", "/hosts/a"), ("limit", 1), ("keys", "true"), ("pattern", "//noah"),
                           ("kind", "hosts"), ("tag", "t"), ("status", "up")))),
    ("PUT", "/ephemerals/a?renew=5", "1", 400, ""),
    ("PUT", "/ephemerals/a?renew=5", None, 404, "Resource not found"),
    ("PUT", "/ephemerals/a//b", "1", 400, ""),
    ("PUT", "/ephemerals/../hosts", "1", 400, ""),
    ("PUT", "/ephemerals/a", "x" * 513, 413, "Data too large"),
    ("PUT", "/ephemerals/hosts/x", "1", 400, "Path is reserved"),
    ("PUT", "/ephemerals/tag", "1", 400, "Path is reserved"),
    ("PUT", "/ephemerals/watch", "1", 400, "Path is reserved"),
    ("PUT", "/watches", '{"pattern":"//noah/%€","endpoint":"http://h/"}', 400, "%"),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://h/' + "e" * 800 + '"}', 400, "1024"),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://169.254.169.254/latest"}', 400, "169.254.169.254"),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://[fe80::1]/"}', 400, ""),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://[::ffff:169.254.1.1]/"}', 400, ""),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://0.0.0.0/"}', 400, ""),
    ("PUT", "/watches", '{"pattern":"//noah/x","endpoint":"http://224.0.0.1/"}', 400, ""),
    ("GET", "/events?since=soon", None, 400, "since"),
    ("GET", "/events?since=-1", None, 400, "since"),
    ("GET", "/events?since=18446744073709551616", None, 400, "since"),
    ("GET", "/events?limit=0", None, 400, "limit"),
    ("GET", "/events?limit=10001", None, 400, "limit"),
    ("GET", "/events?limit=many", None, 400, "limit"),
    ("GET", "/events?pattern=/hosts", None, 400, "//noah"),
    ("GET", "/events?pattern=//noah/..", None, 400, ""),
    ("GET", "/hosts?wait=soon", None, 400, "wait"),
    ("GET", "/hosts/a?wait=-1", None, 400, "wait"),
    ("GET", "/hosts/a?wait=", None, 400, "wait"),
    ("GET", "/ephemerals/a?wait=nan", None, 400, "wait"),
    ("POST", "/lifetimes/release", None, 415, "application/json"),
    ("PUT", "/hosts/a?renew=5&lifetime=5", None, 400, '"lifetime"; allowed here: renew'),
    ("PUT", "/ephemerals/a?lifetime=5&lifetim=5", "1", 400, '"lifetim"; allowed here: lifetime, renew'),
    ("GET", "/nowhere", None, 404, "Resource not found"),
    ("GET", "/hosts/a/b/c/d", None, 404, "Resource not found"),
]

# raw bytes before which a Host was inserted; status
# Bytes, status, and whether libmicrohttpd 1.0 answers them itself.
RAW_REFUSED = [
    (b"PUT /hosts/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400, False),
    (b"PUT /hosts/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400, True),
    (b"PUT /hosts/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, True),
    (b"PUT /hosts/a HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\nhello", 400, True),
    (b"GET /hosts/a HTTP/1.1\r\nHost: localhost\r\nX-A: 1\x01\r\n\r\n", 400, False),
    (b"GET /hosts/a HTTP/1.1\r\n\r\n", 400, True),
    (b"GET /hosts/a HTTP/1.1\r\nHost: localhost\r\nHost: i\r\n\r\n", 400, False),
    (b"GET http://evil/hosts/a HTTP/1.1\r\nHost: localhost\r\n\r\n", 421, False),
    (b"GET http://me@localhost/hosts/a HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, False),
    (b"GET http:///hosts/a HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, False),
    (b"GET ftp://localhost/hosts/a HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, False),
    (b"GET http://localhost/hosts/a HTTP/1.1\r\n\r\n", 400, True),
    (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, False),
    (b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n", 400, False),
    (b"GET /hosts/a HTTP/1.1\r\nHost: local host\r\n\r\n", 400, False),
    (b"GET /hosts/a HTTP/1.1\r\nHost: localhost/x\r\n\r\n", 400, False),
    (b"PUT /hosts/a HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, False),
    (b"PUT /hosts/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n", 400, False),
]
LIBRARY_IS_1_0 = subprocess.run(["pkg-config", "--atleast-version=1.0", "libmicrohttpd"], check=False).returncode == 0


# Reserved names that are valid all the same.
RIGHT_NAMES = {(pattern, name) for pattern in ("/watches/:name", "/watchers/:name")
               for name in ("a%2Fb", "x" * 256, "%78" * 256)} | {("/ephemerals/**", "a%2Fb")}

VALUES = ("text", 7, True, ["up"], {"a": 1}, "a\0b")


def values_of_other_types(types):
    """What a key with these may not have; a NUL is in no text."""
    return [value for value in VALUES if type(value) not in types or value == "a\0b"]


class BadInputTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name, "store.engine=memory", "log_level=debug")
        self.noahd.start()
        self.addCleanup(self.noahd.stop)
        self.connection = None
        self.addCleanup(self.hang_up)
        self.revision = "0"

    def hang_up(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def request(self, method, target, body=None, headers=()):
        """One after the other on one connection, as long as noahd keeps it open."""
        self.connection = self.connection or Connection(self.noahd.port)
        answer = self.connection.request(method, target, body, headers)
        if answer.headers.get("connection") == "close":
            self.hang_up()
        return answer

    def make_link(self):
        """Without it nothing exists at the paths of /:link."""
        self.noahd.put("/hosts/host", {"status": "up"})
        self.revision = self.noahd.put("/hosts/host/link", {"link_name": "/link"}).headers["noah-revision"]

    def assert_refusal(self, answer, status, part):
        before, self.revision = self.revision, answer.headers["noah-revision"]
        self.assertEqual(status, answer.status, answer)
        self.assertEqual("application/json;charset=utf-8", answer.headers["content-type"])
        self.assertEqual(before, self.revision)
        body = answer.json()
        # a transaction names the write that failed
        self.assertEqual({"result", "error_message"}, set(body) - {"failed"})
        self.assertEqual("failure", body["result"])
        self.assertIn(part, body["error_message"])

    def assert_refused(self, method, target, body, status, part):
        with self.subTest(f"{method} {target[:60]} {str(body)[:60]}"):
            self.assert_refusal(self.request(method, target, body, headers_of(method)), status, part)

    def test_each_route_has_its_rows(self):
        with open(ROUTE_TABLE, encoding="utf-8") as file:
            self.assertEqual(read_route_table(file.read()),
                             {pattern: set(methods) for pattern, methods in ROUTES.items()})

    def test_a_body_that_the_route_does_not_take_is_refused(self):
        for method, pattern, body in each_request():
            if isinstance(body, Body):
                for wrong, part in [*WRONG_BODIES, (body.text() + " x", "line 1"), (body.text(colour="red"), "colour"),
                                    (body.text()[:-1] + "," + body.text()[1:], "duplicate")]:
                    self.assert_refused(method, target_of(pattern), wrong, 400, part)

    def test_each_key_of_a_body_is_required_with_its_type(self):
        for method, pattern, body in each_request():
            if not isinstance(body, Body):
                continue
            target = target_of(pattern)
            for key in [*body.required, *body.optional]:
                if key in body.required:
                    self.assert_refused(method, target, body.text(**{key: ABSENT}), 400, "Missing Parameters")
                for empty in ("",) if key in body.nullable else ("", None):
                    self.assert_refused(method, target, body.text(**{key: empty}), 400,
                                        f"{key.capitalize()} attribute missing")
                for wrong in [*values_of_other_types(body.types(key)), *body.wrong.get(key, ())]:
                    self.assert_refused(method, target, body.text(**{key: wrong}), 400, "")

    def test_a_body_over_the_limit_is_refused_on_every_route(self):
        for method, pattern, body in each_request():
            if body:
                size_max = LARGER_BODIES.get(pattern, 65536)
                self.assert_refused(method, target_of(pattern), "x" * (size_max + 1), 413, str(size_max))

    def test_every_route_refuses_invalid_names(self):
        for method, pattern, body in each_request():
            for place, _ in enumerate(free_segments(pattern)):
                for name, status in WRONG_NAMES:
                    if (pattern, name) not in RIGHT_NAMES:
                        self.assert_refused(method, target_of(pattern, name, place), body and body.text(), status, "")

    def test_a_write_refuses_parameters_that_its_route_does_not_know(self):
        for method, pattern, body in each_request():
            if method != "GET":
                known = PARAMETERS.get(pattern, "none") if method == "PUT" else "none"
                for query in ("lifetim=5", "wait=1", "short=true", "x", "=1"):
                    self.assert_refused(method, f"{target_of(pattern)}?{query}", body and body.text(), 400,
                                        f"; allowed here: {known}")
                if "lifetime" not in known:
                    self.assert_refused(method, f"{target_of(pattern)}?lifetime=5", body and body.text(), 400,
                                        '"lifetime"')

    def test_a_read_ignores_parameters_that_its_route_does_not_know(self):
        self.make_link()
        for method, pattern, _ in each_request():
            if method == "GET" and pattern not in COUNTERS:
                with self.subTest(pattern):
                    plain, more = (self.request("GET", target_of(pattern) + query) for query in ("", "?lifetim=5&x&=1"))
                    self.assertEqual((plain.status, plain.body), (more.status, more.body))

    def test_a_missing_object_is_not_found(self):
        for method, pattern, body in each_request():
            if (method, pattern) not in ALWAYS | MAKERS:
                self.assert_refused(method, target_of(pattern), body and body.text(), 404, "Resource not found")

    def test_an_unsupported_method_is_refused_with_the_supported_ones(self):
        self.make_link()
        for pattern, methods in ROUTES.items():
            allowed = [name for name in METHODS if name in methods or (name == "HEAD" and "GET" in methods)]
            for method in set(METHODS) - set(allowed) - {"HEAD"}:
                with self.subTest(f"{method} {pattern}"):
                    answer = self.request(method, target_of(pattern))
                    self.assert_refusal(answer, 405, "")
                    self.assertEqual(", ".join(allowed), answer.headers["allow"])

    def test_the_answer_is_the_same_for_every_accept(self):
        for method, pattern, _ in each_request():
            if method == "GET" and pattern not in COUNTERS:
                with self.subTest(pattern):
                    plain, picky = (self.request("GET", target_of(pattern), headers={"Accept": accepted})
                                    for accepted in ("*/*", "image/png;q=0.5"))
                    self.assertEqual((plain.status, plain.body), (picky.status, picky.body))

    def test_invalid_headers_are_refused_on_every_route(self):
        for methods, wrong, status in WRONG_HEADERS:
            for method, pattern, body in each_request():
                if method in methods:
                    with self.subTest(f"{method} {pattern} {wrong}"):
                        answer = self.request(method, target_of(pattern), body and body.text(),
                                              headers_of(method) | wrong)
                        self.assert_refusal(answer, status, "")

    def test_without_a_token_every_route_is_refused(self):
        token = self.noahd.put("/tokens/first", {"rules": [{"path": "/other", "allow": ["read"]}]})
        self.revision = token.headers["noah-revision"]
        for method, pattern, body in each_request():
            for sent, status in (("", 401), ("Bearer noah_" + "x" * 43, 401), ("Basic eDp4", 401),
                                 (f"Bearer {token.json()['token']}", 403)):
                # For callers that may read something, these two reveal nothing else.
                if (method, pattern) in FOR_ALL or (pattern in ("/", "/objects") and status == 403):
                    continue
                with self.subTest(f"{method} {pattern} {sent}"):
                    headers = headers_of(method) | ({"Authorization": sent} if sent else {})
                    answer = self.request(method, target_of(pattern), body and body.text(), headers)
                    self.assert_refusal(answer, status, "")

    def test_each_invalid_request_is_refused_with_its_reason(self):
        for method, target, body, status, part in REFUSED:
            with self.subTest(f"{method} {target[:60]} {str(body)[:60]}"):
                self.assert_refusal(self.request(method, target, body), status, part)

    def test_a_refusal_leaves_the_connection_usable(self):
        with Connection(self.noahd.port) as connection:
            for method, target, body, status, part in REFUSED:
                if status not in (413, 414):
                    with self.subTest(f"{method} {target[:60]} {str(body)[:60]}"):
                        self.assert_refusal(connection.request(method, target, body), status, part)
                        self.assertEqual(200, connection.request("GET", "/health").status)

    def test_heads_that_could_smuggle_are_refused(self):
        for raw, status, is_the_librarys in RAW_REFUSED:
            with self.subTest(raw), Connection(self.noahd.port) as connection:
                connection.send(raw)
                answer = connection.receive()
                if is_the_librarys and LIBRARY_IS_1_0:
                    self.assertEqual((status, "close"), (answer.status, answer.headers["connection"]))
                    self.assertTrue(connection.is_closed())
                else:
                    self.assert_refusal(answer, status, "")
        self.assertEqual(404, self.noahd.get("/hosts/a").status)

    def test_a_body_over_the_limit_is_refused_before_it_is_read(self):
        with Connection(self.noahd.port) as connection:
            connection.send(b"PUT /ephemerals/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000000\r\n\r\nxx")
            self.assert_refusal(connection.receive(), 413, "65536")

    def test_a_chunked_body_over_the_limit_is_refused_before_its_end(self):
        with Connection(self.noahd.port) as connection:
            connection.send(b"PUT /ephemerals/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(40):
                connection.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            self.assert_refusal(connection.receive(), 413, "65536")

    def test_a_chunked_body_is_read(self):
        with Connection(self.noahd.port) as connection:
            connection.send(b"PUT /ephemerals/chunked HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                            b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            self.assertEqual("abcde", connection.receive().json()["data"])

    def test_curl_gets_the_100_that_it_expects(self):
        with Connection(self.noahd.port) as connection:
            connection.send(
                b"PUT /ephemerals/e HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
            connection.send(b"1")
            self.assertEqual("1", connection.receive().json()["data"])

    def test_a_malformed_cause_is_refused(self):
        for cause in ("nonsense", "é-1", "\u20ac" * 30, "a-1 b-2", "a-1,,b-2", ",".join(["a-1"] * 65)):
            with self.subTest(cause[:40]):
                self.assert_refusal(self.noahd.put("/ephemerals/c", "1", headers={"Noah-Cause": cause}), 400,
                                    "Noah-Cause")

    def test_a_watch_on_noahd_itself_is_refused(self):
        for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1"):
            with self.subTest(host):
                body = {"pattern": "//noah/x", "endpoint": f"http://{host}:{self.noahd.port}/ephemerals/loop"}
                self.assert_refusal(self.noahd.put("/watches", body), 400, "")

    def test_pipelined_requests_are_answered_in_order(self):
        with Connection(self.noahd.port) as connection:
            requests = [format_request("localhost", "PUT", f"/ephemerals/row/{i}", str(i)) for i in range(200)]
            connection.send(b"".join(requests))
            self.assertEqual([str(i) for i in range(200)], [connection.receive().json()["data"] for _ in requests])

    def test_the_head_of_a_request_is_bounded(self):
        with Connection(self.noahd.port) as connection:
            connection.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 20000 + b"\r\n\r\n")
            self.assertEqual(431, connection.receive().status)
        self.assertEqual(200, self.noahd.get("/health").status)


if __name__ == "__main__":
    unittest.main()
