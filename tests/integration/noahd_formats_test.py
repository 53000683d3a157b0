"""Databases of earlier noahds: they open, show every object, and pending deliveries are sent."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
import os
import sqlite3
import tempfile
import unittest

from support.daemon import Noahd
from support.sink import Sink

FORMATS = os.path.join(os.path.dirname(__file__), "..", "unit", "noahd", "store")
ENDPOINT_THEN = "http://127.0.0.1:40404/pending"
PATTERN = "//noah/ephemerals"


class FormatsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.endpoint = self.sink.url + "/pending"

    def restore(self, name):
        """A state directory with that database, whose only working endpoint is our sink, and a key."""
        with open(os.path.join(FORMATS, name), encoding="utf-8") as file:
            sql = file.read()
        for as_written in (str.encode, lambda text: base64.b64encode(f"{PATTERN}|{text}".encode())):
            then, now = (as_written(text) for text in (ENDPOINT_THEN, self.endpoint))
            sql = sql.replace(then.decode(), now.decode()).replace(then.hex(), now.hex())
        noahd = Noahd(self.folder, "delivery.retry_seconds=0.05")
        self.addCleanup(noahd.kill)
        noahd.public_key()
        connection = sqlite3.connect(os.path.join(noahd.state, "noah.db"))
        connection.executescript(sql)
        connection.close()
        return noahd

    def test_format_1_shows_every_object(self):
        noahd = self.restore("format_1.sql").start()
        noahd.wait_for_log("from format 1 to format 3")
        self.assertEqual({"web1": ("down", {"http": "up"}), "web2": ("down", {}), "web3": ("down", {}),
                          "web4": ("up", {"ssh": "up"})},
                         {name: (host["status"], host["services"])
                          for name, host in noahd.get("/hosts").json().items()})
        host = noahd.get("/hosts/web1").json()
        self.assertEqual(("a3387b66-2c93-45be-90f4-ad0bc19532df", "2026-11-22 19:59:38 UTC", [], []),
                         tuple(host[key] for key in ("id", "created_at", "tags", "links")))
        self.assertEqual({"http": ["web1"], "ssh": ["web4"]},
                         {name: list(hosts) for name, hosts in noahd.get("/services").json().items()})
        self.assertEqual([b"", b"\x00\xff\xfe'\"\n\x00", b"after", b"tail", b""],
                         [noahd.get("/ephemerals/" + path).body
                          for path in ("none", "bytes", "text", "caf%C3%A9/", "none2")])
        self.assertEqual(404, noahd.get("/ephemerals/gone").status)
        self.assertEqual(3, len(noahd.get("/watches").json()))
        answer = noahd.get("/ephemerals/text")
        self.assertEqual(("24", "21c35c5b-b898-4d3b-ae66-8db5d19fa7b0"),
                         (answer.headers["noah-revision"], answer.headers["noah-epoch"]))

    def test_format_1_sends_pending_deliveries_and_continues(self):
        noahd = self.restore("format_1.sql").start()
        bodies = [json.loads(request.body) for request in self.sink.wait_for(4)]
        self.assertEqual([(17, "create"), (18, "update"), (19, "delete"), (24, "create")],
                         [(body["revision"], body["action"]) for body in bodies])
        self.assertEqual({self.endpoint}, {body["endpoint"] for body in bodies})
        noahd.put("/ephemerals/new", "1")
        self.assertEqual(25, json.loads(self.sink.wait_for(5)[4].body)["revision"])
        noahd.restart()
        self.assertNotIn("from format", noahd.log_text().partition("stopping")[2])
        self.assertEqual(b"1", noahd.get("/ephemerals/new").body)

    def test_format_2_shows_every_object_and_sends_pending_deliveries(self):
        noahd = self.restore("format_2.sql").start()
        noahd.wait_for_log("from format 2 to format 3")
        hosts = noahd.get("/hosts").json()
        self.assertEqual({"web1": ("down", {"http": "up"}, ["production"], None), "web2": ("down", {}, [], 31536000),
                          "web3": ("up", {"ssh": "up"}, [], None)},
                         {name: (host["status"], host["services"], host["tags"], host.get("lifetime"))
                          for name, host in hosts.items()})
        self.assertEqual({"shop": {}, "myorg": ["/text"], "tags": ["production", "web"]},
                         {"shop": noahd.get("/applications/shop").json()["configurations"],
                          "myorg": list(noahd.get("/myorg").json()["ephemerals"]),
                          "tags": list(noahd.get("/tags").json())})
        bodies = [json.loads(request.body) for request in self.sink.wait_for(4)]
        self.assertEqual([(25, "create"), (26, "update"), (27, "delete"), (33, "create")],
                         [(body["revision"], body["action"]) for body in bodies])
        self.assertEqual("33", noahd.get("/hosts/web1").headers["noah-revision"])

    def test_old_changes_have_neither_an_author_nor_changed(self):
        noahd = self.restore("format_2.sql").start()
        answer = noahd.put("/ephemerals/new", "1")
        epoch = answer.headers["noah-epoch"]
        *before, last = noahd.get("/events").json()
        self.assertTrue(before)
        self.assertEqual({frozenset()}, {frozenset({"by", "changed"} & event.keys()) for event in before})
        self.assertEqual(({"token": "anonymous"}, True), (last["by"], last["changed"]))
        self.assertEqual([f"{epoch}-{event['revision']}" for event in [*before, last]],
                         [event["event"] for event in [*before, last]])
        bodies = [json.loads(request.body) for request in self.sink.wait_for(5)]
        self.assertEqual([frozenset()] * 4 + [frozenset({"by", "changed"})],
                         [frozenset({"by", "changed"} & body.keys()) for body in bodies])


if __name__ == "__main__":
    unittest.main()
