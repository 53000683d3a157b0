"""The author of a change, and whether it changed anything: in events, deliveries, the audit line and the log."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
import tempfile
import unittest

from support.daemon import Noahd
from support.event_stream import EventStream
from support.raw_http import Connection, format_request
from support.sink import Sink

EVERYTHING = [{"path": "/", "allow": ["read", "write", "watch", "admin"]}]
JSON = {"Content-Type": "application/json"}


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


class ByCase(unittest.TestCase):
    SETTINGS = ("store.engine=memory",)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.noahd = self.start()
        self.operator = {}

    def start(self):
        noahd = Noahd(self.folder, *self.SETTINGS)
        noahd.start()
        self.addCleanup(noahd.stop)
        return noahd

    def token(self, name, rules=EVERYTHING, **more):
        answer = self.noahd.put(f"/tokens/{name}", {"rules": rules, **more}, headers=self.operator)
        self.assertEqual(200, answer.status, answer)
        return bearer(answer.json()["token"])

    def events(self, since=0, headers=None):
        return self.noahd.get(f"/events?since={since}", headers=headers or self.operator).json()

    def put(self, path="/ephemerals/a", data="1", **headers):
        return self.noahd.put(path, data, headers={key.replace("_", "-"): value for key, value in headers.items()})


class ByTest(ByCase):
    def test_a_write_names_its_node_and_its_run(self):
        self.put(Noah_Node="web1.example", Noah_Run="run 7")
        self.put(Noah_Node="café")
        self.put()
        self.assertEqual([{"node": "web1.example", "run": "run 7"}, {"node": "café"}, {}],
                         [event["by"] for event in self.events()])

    def test_an_invalid_name_in_a_header_is_refused_and_nothing_is_written(self):
        for header in ("Noah-Node", "Noah-Run"):
            for value in ("", "a/b", "..", "x" * 256, b"\xff"):
                with self.subTest(header=header, value=value), Connection(self.noahd.port) as connection:
                    head = format_request(connection.host, "PUT", "/ephemerals/a", "1", {header: "VALUE"})
                    raw = value if isinstance(value, bytes) else value.encode()
                    connection.send(head.replace(b"VALUE", raw))
                    answer = connection.receive()
                    self.assertEqual(400, answer.status)
                    self.assertIn(header, answer.json()["error_message"])
        self.assertEqual(404, self.noahd.get("/ephemerals/a").status)
        self.assertEqual(200, self.put(Noah_Node="x" * 255, Noah_Run="é" * 127).status)

    def test_a_token_is_named_once_there_are_tokens(self):
        self.operator = self.token("operator")
        self.noahd.put("/tokens/anonymous", {"rules": [{"path": "/ephemerals", "allow": ["write"]}]},
                       headers=self.operator)
        self.put()
        self.put(**self.operator)
        self.assertEqual([{}, {"token": "operator"}, {"token": "anonymous"}, {"token": "operator"}],
                         [event["by"] for event in self.events()])

    def test_a_token_of_a_node_writes_only_for_that_node(self):
        self.operator = self.token("operator")
        chef = self.token("chef", node="web1")
        self.assertEqual("web1", self.noahd.get("/tokens/chef", headers=self.operator).json()["node"])
        since = int(self.noahd.get("/hosts", headers=self.operator).headers["noah-revision"])
        self.assertEqual(200, self.put(**chef).status)
        self.assertEqual(200, self.put(**chef, Noah_Node="web1", Noah_Run="7").status)
        other = self.put(**chef, Noah_Node="web2")
        self.assertEqual((403, 'The token "chef" writes for the node "web1", not for "web2"'),
                         (other.status, other.json()["error_message"]))
        writes = {"writes": [{"method": "PUT", "path": "/ephemerals/b", "body": "1"}]}
        for node, status in (("web2", 403), ("web1", 200)):
            answer = self.noahd.request("POST", "/transactions", writes, headers={**chef, **JSON, "Noah-Node": node})
            self.assertEqual(status, answer.status)
        by = {"token": "chef", "node": "web1", "verified": True}
        self.assertEqual([by, {**by, "run": "7"}, by], [event["by"] for event in self.events(since)])

    def test_a_token_that_is_put_again_without_a_node_writes_for_any(self):
        self.operator = self.token("operator")
        chef = self.token("chef", node="web1")
        self.noahd.put("/tokens/chef", {"rules": EVERYTHING}, headers=self.operator)
        self.assertNotIn("node", self.noahd.get("/tokens/chef", headers=self.operator).json())
        self.assertEqual(200, self.put(**chef, Noah_Node="web2").status)
        self.assertEqual({"token": "chef", "node": "web2"}, self.events()[-1]["by"])

    def test_an_expiry_has_no_author(self):
        self.put("/ephemerals/a?lifetime=0.05")
        with Connection(self.noahd.port) as reader:
            reader.send(format_request(reader.host, "GET", "/ephemerals/a?wait=10", None,
                                       {"If-None-Match": self.noahd.get("/ephemerals/a").headers.get("etag",
                                                                                                     '"gone"')}))
            reader.receive()
        last = self.events()[-1]
        self.assertEqual(("delete", "expired", False), (last["action"], last["reason"], "by" in last))

    def test_the_audit_line_has_both(self):
        self.operator = self.token("operator", node="web1")
        for _ in range(2):
            self.put(**self.operator, Noah_Run='7" x')
        self.noahd.wait_for_log(r'token="operator" node="web1" run="7\\" x" changed=false path="/ephemerals/a"')
        self.assertRegex(self.noahd.log_text(), r'node="web1" run="7\\" x" changed=true path="/ephemerals/a"')
        writes = [{"method": "PUT", "path": "/ephemerals/a", "body": text} for text in ("1", "2")]
        self.noahd.request("POST", "/transactions", {"writes": writes}, headers={**self.operator, **JSON})
        self.noahd.wait_for_log(r'changed=true path="/transactions"')
        self.assertEqual(["0 false", "1 true"],
                         [" ".join(found) for found in re.findall(r"audit part=(\d) .* changed=(\w+) ",
                                                                  self.noahd.log_text())])


class ChangedTest(ByCase):
    def changed(self):
        return [(event["location"], event["changed"]) for event in self.events()]

    def test_writing_the_same_value_again_changes_nothing_and_is_announced(self):
        for status in ("up", "up", "down"):
            self.noahd.put("/hosts/web1", {"status": status})
        self.assertEqual([("/hosts/web1", True), ("/hosts/web1", False), ("/hosts/web1", True)], self.changed())

    def test_a_host_changes_with_its_services(self):
        for status in ("up", "up", "down"):
            self.noahd.put("/services/http/web1", {"status": status, "host_status": "up"})
        self.noahd.put("/services/http/web1", {"status": "down", "host_status": "up", "lifetime": 60})
        self.noahd.delete("/services/http/web1")
        host, service = "/hosts/web1", "/services/http/web1"
        self.assertEqual([(host, True), (service, True), (host, False), (service, False), (host, True), (service, True),
                          (host, False), (service, True), (service, True), (host, True)], self.changed())

    def test_within_a_transaction_each_write_is_compared_with_the_state_before_it(self):
        self.noahd.put("/ephemerals/a", "1")
        writes = [{"method": "PUT", "path": "/ephemerals/a", "body": text} for text in ("2", "2", "1")]
        self.noahd.request("POST", "/transactions", {"writes": writes}, headers=JSON)
        self.assertEqual([True, True, False, True], [event["changed"] for event in self.events()])

    def test_a_reader_of_a_part_does_not_learn_whether_the_rest_changed(self):
        self.operator = self.token("operator")
        reader = self.token("reader", [{"path": "/hosts", "allow": ["read", "watch"]}])
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up"}, headers=self.operator)
        self.noahd.put("/ephemerals/a", "1", headers=self.operator)
        told = self.noahd.get("/events?pattern=//noah/hosts", headers=reader).json()
        self.assertEqual([("/hosts/web1", False)], [(event["location"], "changed" in event) for event in told])
        self.assertTrue(all("changed" in event for event in self.events()))


class ToldTest(ByCase):
    SETTINGS = ()

    def setUp(self):
        super().setUp()
        self.sink = Sink()
        self.addCleanup(self.sink.stop)

    def watch(self, pattern, path, **more):
        body = {"pattern": pattern, "endpoint": f"{self.sink.url}{path}", **more}
        answer = self.noahd.put("/watches", body, headers=self.operator)
        self.assertEqual(200, answer.status, answer)

    def received(self, count):
        return [json.loads(request.body) for request in self.sink.wait_for(count)]

    def test_the_signed_body_contains_all_of_it(self):
        for pattern, path in (("//noah/ephemerals", "/a"), ("//noah/ephemerals/*", "/b"), ("//noah/hosts", "/c")):
            self.watch(pattern, path)
        self.put(Noah_Node="web1")
        for body in self.received(2):
            self.assertEqual(({"node": "web1"}, True, 2), (body["by"], body["changed"], body["told"]))

    def test_a_watch_on_a_part_does_not_learn_whether_the_rest_changed(self):
        self.operator = self.token("operator")
        reader = self.token("reader", [{"path": "/hosts", "allow": ["read", "watch"]}])
        operator, self.operator = self.operator, reader
        self.watch("//noah/hosts", "/part")
        self.noahd.put("/hosts/web1", {"status": "up"}, headers=operator)
        body, = self.received(1)
        self.assertEqual((False, {"token": "operator"}), ("changed" in body, body["by"]))

    def test_the_log_keeps_it_across_a_restart_and_events_have_their_ids(self):
        self.put(Noah_Node="web1")
        self.put()
        before, epoch = self.events(), self.noahd.get("/hosts").headers["noah-epoch"]
        self.noahd.stop()
        self.noahd = self.start()
        self.assertEqual(before, self.events())
        self.assertEqual([({"node": "web1"}, True, f"{epoch}-1"), ({}, False, f"{epoch}-2")],
                         [(event["by"], event["changed"], event["event"]) for event in before])
        stream = EventStream(self.noahd.port, "/events?since=1")
        self.addCleanup(stream.close)
        self.assertEqual(before[1], stream.next().data)


if __name__ == "__main__":
    unittest.main()
