"""doc/protocol.md is true: each of its examples is run, section by section, against a new noahd."""
# SPDX-License-Identifier: Apache-2.0

import os
import tempfile
import unittest

from support.daemon import Noahd
from support.examples import Names, read_sections
from support.raw_http import Connection, format_request
from support.sink import Sink

PROTOCOL = os.path.join(os.path.dirname(__file__), "..", "..", "doc", "protocol.md")
ENDPOINT = "127.0.0.1:8080"  # of the document's watches; here it is wherever the sink listens
STREAM = "text/event-stream"


class Rehearsal:
    """One section with its noahd, and a sink at the document's endpoint."""

    def __init__(self, section, folder):
        self.examples = section.examples
        self.sink = Sink()
        self.noahd = Noahd(folder, "store.engine=memory", *section.settings)
        self.names = Names()
        self.deliveries = 0

    def run(self):
        """Texts that tell where the document is wrong."""
        mistakes = []
        with self.sink, self.noahd:
            for parts in self.examples:
                mistakes += self.run_example(parts)
        return mistakes

    def run_example(self, parts):
        """Consecutive requests are sent concurrently; their answers come in the same order."""
        mistakes, waiting = [], []
        for part in parts:
            if part.is_request:
                answer = self.take_delivery if part.target.startswith("http://") else self.send
                waiting.append(answer(part))
            else:
                mistakes += [f"line {line}: {text}" for line, text in waiting.pop(0)(part)]
        return mistakes

    def send(self, request):
        """Sends a request; returns what compares its answer."""
        connection = Connection(self.noahd.port)
        body = self.here(request.text) if request.body else None
        headers = [(name, self.here(value)) for name, value in request.headers]
        connection.send(format_request(connection.host, request.method, self.here(request.target), body, headers))

        def compare(shown):
            with connection:
                is_stream = STREAM in shown.header("Content-Type", "")
                answer = read_events(connection, shown) if is_stream else connection.receive(request.method)
                answer.body = self.as_written(answer.body)
                yield from ((shown.line, text) for text in self.names.compare_answer(shown, answer))
        return compare

    def take_delivery(self, shown):
        """The next delivery that noahd sends to an endpoint; the sink answers all with 200."""
        self.deliveries += 1
        found = self.sink.wait_for(self.deliveries)[self.deliveries - 1]
        texts = [*self.names.compare_text(shown.target, f"http://{ENDPOINT}{found.path}", "endpoint"),
                 *self.names.compare_message(shown, found.headers, self.as_written(found.body))]
        mistakes = [(shown.line, text) for text in texts]
        return lambda answer: mistakes + [(answer.line, "an endpoint answers 200 here")] * (answer.first != "200")

    def here(self, text):
        """A text of the document, as it is sent here."""
        return self.names.fill(text).replace(ENDPOINT, f"127.0.0.1:{self.sink.port}")

    def as_written(self, body):
        """A text received here, as it is in the document."""
        return body.replace(f"127.0.0.1:{self.sink.port}".encode(), ENDPOINT.encode())


def read_events(connection, shown):
    """The part of an endless stream that the example shows."""
    answer = connection.receive_head()
    while answer.status == 200 and answer.body.rstrip(b"\n").count(b"\n") + 1 < len(shown.body):
        answer.body += connection.read_chunk()
    return answer


def rehearse(text):
    """The faults of a document."""
    mistakes = []
    for section in read_sections(text):
        with tempfile.TemporaryDirectory() as folder:
            mistakes += Rehearsal(section, folder).run()
    return mistakes


class ProtocolTest(unittest.TestCase):
    def test_each_example_in_protocol_md_is_true(self):
        with open(PROTOCOL, encoding="utf-8") as file:
            self.assertEqual([], rehearse(file.read()))


# A true document, and in each pair a change that makes it false.
TRUE = """
## A host

    PUT /hosts/web1
    {"status":"up"}

    200
    Noah-Revision: 1
    {"result":"success","id":"5a0c…","status":"up","name":"web1","new_record":true}

    GET /hosts/web1

    200
    {"id":"5a0c…","tags":[],"links":[],"created_at":"…","updated_at":…,"name":"w…1",…}

    GET /hosts/nobody

    HEAD /hosts/web1

    404
    {"result":"failure","error_message":"Resource not found"}

    200

## An ephemeral

<!-- noahd ephemeral_bytes_max=4 -->

    PUT /watches
    {"pattern":"//noah/ephemerals/x","endpoint":"http://127.0.0.1:8080/a"}

    200
    {"name":"Ly9u…","endpoint":"http://127.0.0.1:8080/a",…}

    PUT /ephemerals/x
    five!

    413
    {"result":"failure","error_message":"Data too large"}

    PUT /ephemerals/x
    four

    200
    {…}

    POST http://127.0.0.1:8080/a
    webhook-signature: v1a,…
    {"watch":"Ly9u…","cause":[],…}

    200

    GET /watches/Ly9u…

    200
    {"name":"Ly9u…","id":…,…}

    GET /ephemerals/x

    200
    Content-Type: application/octet-stream
    four
"""

UNTRUE = [
    ("Noah-Revision: 1", "Noah-Revision: 2"),
    ("Noah-Revision: 1", "Noah-Moon: full"),
    ("200\n    Noah", "201\n    Noah"),
    ('"new_record":true', '"new_record":1'),
    (',"new_record":true', ""),
    ('"new_record":true', '"new_record":true,"more":…'),
    ('"result":"success"', '"result":"succes"'),
    ('"id":"5a0c…","status"', '"name":"5a0c…","status"'),
    ('{"id":"5a0c…","tags"', '{"id":"web1","tags"'),
    ('"name":"w…1"', '"name":"5a0c…"'),
    ('"name":"w…1"', '"created_at":"w…1"'),
    ('"name":"w…1"', '"name":"w…2"'),
    ('"tags":[]', '"tags":[…,1]'),
    (',"name":"w…1",…', ',"name":"w…1"'),
    ("    404\n", "    200\n"),
    ("found\"}\n\n    200\n", "found\"}\n\n    200\n    text\n"),
    ("ephemeral_bytes_max=4", "ephemeral_bytes_max=5"),
    ('8080/a",…', '8080/b",…'),
    ("POST http://127.0.0.1:8080/a", "POST http://127.0.0.1:8080/b"),
    ("v1a,…", "v2a,…"),
    ('"cause":[]', '"cause":[…,…]'),
    ('{"watch":"Ly9u…"', '{"event":"Ly9u…"'),
    ("\n    four\n\n", "\n    for\n\n"),
    ("octet-stream", "octet"),
    ("stream\n    four", "stream"),
    ("stream\n    four", "stream\n    four\n    more"),
]

UNREADABLE = ["    {}", "    200\n    {}", "    GET /hosts", "    GET /hosts\n\n    200\n\n    404"]


class RehearsalTest(unittest.TestCase):
    """The check of the document would notice if it were false."""

    def test_a_true_document_passes(self):
        self.assertEqual([], rehearse(TRUE))

    def test_each_false_statement_is_found(self):
        for old, new in UNTRUE:
            with self.subTest(old=old, new=new):
                self.assertEqual(1, TRUE.count(old))
                self.assertNotEqual([], rehearse(TRUE.replace(old, new)))

    def test_a_block_that_is_not_an_example_is_refused(self):
        for block in UNREADABLE:
            with self.subTest(block), self.assertRaises(ValueError):
                read_sections(f"## Section\n\n{block}\n")


if __name__ == "__main__":
    unittest.main()
