"""pokerd-report: one request from standard input, sent over HTTP or HTTPS; the answer on standard output."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import subprocess
import tempfile
import time
import unittest

from support.certificates import Authority
from support.daemon import program
from support.sink import Behaviour, Sink


def send(text, seconds=30):
    """The parsed answer. It has neither arguments nor an environment."""
    done = subprocess.run([program("pokerd-report")], input=text, capture_output=True, text=True, timeout=seconds, check=False,
                          env={name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
    if not done.stdout:
        raise AssertionError(done)
    return json.loads(done.stdout)


def request(url, **more):
    return json.dumps({"method": "PUT", "url": url, "headers": {}, "timeout_ms": 10000, **more})


class ReportProgram(unittest.TestCase):
    def sink(self, certificate=None, **options):
        sink = Sink(certificate, **options)
        self.addCleanup(sink.stop)
        return sink

    def test_method_headers_and_body_arrive_and_the_answer_is_printed(self):
        sink = self.sink(otherwise=Behaviour(201, body=b'{"result":"success"}'))
        answer = send(request(f"{sink.url}/ephemerals/runs/web1", body="größer", method="PUT",
                              headers={"Authorization": "Bearer noah_x", "Noah-Run": "r"}))
        self.assertEqual(answer, {"status": 201, "body": '{"result":"success"}'})
        got, = sink.requests()
        self.assertEqual((got.method, got.path, got.body), ("PUT", "/ephemerals/runs/web1", "größer".encode()))
        self.assertEqual((got.headers["authorization"], got.headers["noah-run"]), ("Bearer noah_x", "r"))

    def test_a_long_answer_is_cut_and_made_readable(self):
        sink = self.sink(otherwise=Behaviour(500, body=b"\xff" * 100000))
        answer = send(request(sink.url))
        self.assertEqual(answer, {"status": 500, "body": "�" * 2048})

    def test_tls_needs_a_certificate_of_the_authority_for_the_host(self):
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(folder)
            good, other = authority.issue("good"), authority.issue("other", hosts=("elsewhere.example",))
            sink = self.sink(good)
            self.assertEqual(send(request(sink.url, ca_file=authority.certificate))["status"], 200)
            self.assertIn("certificate", send(request(sink.url))["error"])
            self.assertIn("subject name", send(request(self.sink(other).url, ca_file=authority.certificate))["error"])
            self.assertIn("ca.pem", send(request(sink.url, ca_file="/does/not/exist/ca.pem"))["error"])

    def test_a_redirect_is_an_answer_and_not_followed(self):
        other = self.sink()
        sink = self.sink(otherwise=Behaviour(302, {"Location": other.url}))
        self.assertEqual(send(request(sink.url))["status"], 302)
        self.assertEqual(other.requests(), [])

    def test_a_server_that_is_silent_down_or_not_http_is_an_error_in_time(self):
        sink = self.sink(otherwise=Behaviour(silent=True))
        began = time.monotonic()
        self.assertIn("time", send(request(sink.url, timeout_ms=300))["error"].lower())
        self.assertLess(time.monotonic() - began, 5)
        sink.stop()
        self.assertIn("onnect", send(request(sink.url))["error"])
        self.assertIn("rotocol", send(request("file:///etc/passwd"))["error"])

    def test_anything_but_a_request_is_an_error(self):
        for text in ("", "{", "[]", "{}", request("http://127.0.0.1/", headers={"A": "b\r\nC: d"}), "x" * (1 << 20)):
            self.assertIn("request", send(text)["error"])
