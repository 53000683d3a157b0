"""POST /transactions: several writes, all of them or none."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
import tempfile
import threading
import unittest

from support.daemon import Noahd
from support.raw_http import Connection
from support.sink import Sink

JSON = {"Content-Type": "application/json"}


def put(path, body=None, **more):
    return {"method": "PUT", "path": path, **({} if body is None else {"body": body}), **more}


def delete(path, **more):
    return {"method": "DELETE", "path": path, **more}


class TransactionsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name)
        self.noahd.start()
        self.addCleanup(self.noahd.kill)

    def post(self, *writes, headers=JSON):
        return self.noahd.request("POST", "/transactions", {"writes": writes}, headers=headers)

    def assert_done(self, answer):
        self.assertEqual(200, answer.status, answer)
        body = answer.json()
        self.assertEqual(("success", int(answer.headers["noah-revision"])), (body["result"], body["revision"]))
        self.assertEqual({"result", "revision", "answers"}, set(body))
        self.assertLessEqual({one["status"] for one in body["answers"]}, {200})
        return [one["body"] for one in body["answers"]]

    def assert_refused(self, answer, status, failed, text=""):
        body = answer.json()
        self.assertEqual((status, "failure", failed), (answer.status, body["result"], body.get("failed")), body)
        self.assertEqual({"result", "error_message", "failed"}, set(body))
        self.assertIn(text, body["error_message"])

    def revision(self):
        return int(self.noahd.get("/version").headers["noah-revision"])

    # ---- all

    def test_each_answer_has_the_entity_tag_of_its_object(self):
        answer = self.post(put("/ephemerals/a", "one"), put("/ephemerals/a", "two"), put("/hosts/h", {"status": "up"}),
                           put("/hosts/h/tag", {"tags": "t"}), delete("/ephemerals/a"))
        first, second, host, tagged, deleted = (one.get("etag") for one in answer.json()["answers"])
        self.assertNotEqual(first, second)
        self.assertNotEqual(host, tagged)
        self.assertIsNone(deleted)
        self.assertEqual(tagged, self.noahd.get("/hosts/h").headers["etag"])
        self.assertEqual(412, self.noahd.put("/hosts/h", {"status": "down"}, headers={"If-Match": host}).status)
        self.assertEqual(200, self.noahd.put("/hosts/h", {"status": "down"}, headers={"If-Match": tagged}).status)

    def test_writes_across_kinds_are_answered_as_if_alone(self):
        answers = self.assert_done(self.post(
            put("/hosts/web1", {"status": "up"}),
            put("/services/http/web1", {"status": "up", "host_status": "up"}),
            put("/ephemerals/a/b", "one"),
            put("/ephemerals/bytes", body_base64=base64.b64encode(b"\0\xff").decode()),
            put("/ephemerals/empty"),
            put("/applications/app/configurations/conf", {"format": "json", "body": "{}"}),
            put("/hosts/web1/tag", {"tags": ["t"]}),
            put("/watches", {"pattern": "//noah/nothing", "endpoint": "http://127.0.0.1:9/"}),
            delete("/ephemerals/a/b")))
        self.assertEqual([True, "create", "/a/b", "base64", None, "create", ["t"], "create", "delete"],
                         [answers[0]["new_record"], answers[1]["action"], answers[2]["path"],
                          answers[3]["data_encoding"], answers[4]["data"], answers[5]["action"], answers[6]["tags"],
                          answers[7]["action"], answers[8]["action"]])
        self.assertEqual(404, self.noahd.get("/ephemerals/a/b").status)
        self.assertEqual(b"\0\xff", self.noahd.get("/ephemerals/bytes").body)
        self.assertEqual({"http": "up"}, self.noahd.get("/hosts/web1").json()["services"])
        self.assertEqual(answers[0]["id"], self.noahd.get("/tags/t").json()["t"]["hosts"]["web1"]["id"])

    def test_each_write_sees_those_before_it(self):
        answers = self.assert_done(self.post(
            put("/ephemerals/lock", "me", if_none_match="*"), put("/ephemerals/lock", "still me", if_match="*"),
            delete("/ephemerals/lock"), put("/ephemerals/lock", "again", if_none_match="*")))
        self.assertEqual(["create", "update", "delete", "create"], [answer["action"] for answer in answers])

    def test_a_transaction_is_durable_and_has_consecutive_revisions(self):
        before = self.revision()
        self.assert_done(self.post(*[put(f"/ephemerals/e{i}", str(i)) for i in range(128)]))
        self.assertEqual(before + 128, self.revision())
        self.noahd.kill()
        self.noahd.start()
        self.assertEqual(b"127", self.noahd.get("/ephemerals/e127").body)
        self.assertEqual(before + 128, self.revision())

    def test_an_empty_transaction_succeeds_at_once(self):
        self.assertEqual([], self.assert_done(self.post()))
        self.assertEqual(0, self.revision())

    def test_a_transaction_may_be_larger_than_other_bodies(self):
        texts = [str(i) * 500 for i in range(10)]
        padding = "x" * (1 << 20)

        def of_size(size):
            body = json.dumps({"writes": [put(f"/configurations/c{i}", {"format": "string", "body": text})
                                          for i, text in enumerate(texts)]})
            return body[:-1] + " " * (size - len(body)) + "}"
        self.assertEqual(200, self.noahd.request("POST", "/transactions", of_size(1 << 20), headers=JSON).status)
        self.assertEqual(413, self.noahd.request("POST", "/transactions", of_size((1 << 20) + 1), headers=JSON).status)
        self.assertEqual(413, self.noahd.put("/ephemerals/x", padding).status)
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (of_size(1 << 20).encode()[:1 << 19],
                                                                          of_size(1 << 20).encode()[1 << 19:]))
        with Connection(self.noahd.port) as connection:
            connection.send(b"POST /transactions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
            self.assertEqual(200, connection.receive("POST").status)

    # ---- or none

    def test_a_failed_transaction_undoes_everything(self):
        self.noahd.put("/hosts/old", {"status": "up"})
        tag, before = self.noahd.get("/hosts/old").headers["etag"], self.revision()
        watch = {"pattern": "//noah/hosts", "endpoint": "http://127.0.0.1:9/"}
        self.assert_refused(self.post(
            put("/services/http/new", {"status": "up", "host_status": "up"}), put("/hosts/old", {"status": "down"}),
            put("/hosts/old/tag", {"tags": ["t"]}), put("/watches", watch), delete("/hosts/old"),
            put("/ephemerals/e", "1"), delete("/ephemerals/missing"), put("/ephemerals/never", "1")), 404, 6)
        self.assertEqual((before, tag), (self.revision(), self.noahd.get("/hosts/old").headers["etag"]))
        for path in ("/hosts/new", "/services", "/tags", "/watches", "/ephemerals/e"):
            self.assertEqual(404, self.noahd.get(path).status, path)
        self.assertEqual("create", self.noahd.put("/watches", watch).json()["action"])
        self.assertEqual("create", self.noahd.put("/ephemerals/e", "1").json()["action"])

    def test_the_error_is_that_of_the_first_failed_write(self):
        good = put("/hosts/h", {"status": "up"})
        self.noahd.put("/watches", {"pattern": "//noah/w", "endpoint": "http://127.0.0.1:9/"})
        for wrong, status, text in (
                (put("/hosts/h", {"status": "UP"}), 400, "Status must be up, down or pending"),
                (put("/hosts/h", {}), 400, "Missing Parameters"),
                (put("/hosts/h"), 400, "Missing Parameters"),
                (put("/hosts/h", "up"), 400, "object"),
                (put("/ephemerals/e", {"a": 1}), 400, "must be a string"),
                (put("/ephemerals/e", "x" * 513), 413, "Data too large"),
                (put("/ephemerals/ark/e", "x"), 400, "Path is reserved"),
                (put("/ephemerals/e", "x", if_match='"other"'), 412, "If-Match"),
                (put("/ephemerals/e", "x", if_none_match="*", if_match="*"), 412, "If-Match"),
                (put("/hosts/h", {"status": "up"}, if_none_match="*"), 412, "If-None-Match"),
                (put("/ephemerals/e", "x", if_match="other"), 400, "If-Match"),
                (put("/ephemerals/e?lifetime=x", "x"), 400, "lifetime"),
                (put("/ephemerals/e?renew=10"), 404, "Resource not found"),
                (put("/ephemerals/e?renew=10", "x"), 400, "body"),
                (put("/ephemerals/e", body_base64="!"), 400, "base64"),
                (put("/ephemerals/e", "x", body_base64="eA=="), 400, "together"),
                (put("/watches", {"pattern": "//noah/w", "endpoint": "http://127.0.0.1:9/"}), 409, "exists"),
                (delete("/hosts/none"), 404, "Resource not found"), (put("/nonsense", {}), 404, "Resource not found"),
                (put("hosts/h", {"status": "up"}), 400, "/"), (put("/hosts/a b", {"status": "up"}), 400, "0x20"),
                (put("/" + "x/" * 600, "x"), 414, ""), (put("/hosts", {"status": "up"}), 405, "GET"),
                ({"method": "GET", "path": "/hosts/h"}, 400, "GET"),
                ({"method": "PATCH", "path": "/hosts/h"}, 405, "PUT"),
                ({"method": "POST", "path": "/transactions", "body": {"writes": []}}, 400, "part"),
                ({"method": "POST", "path": "/lifetimes/release", "body": {}}, 400, "part"),
                ({"method": "PUT"}, 400, "Missing Parameters"), ({"path": "/hosts/h"}, 400, "Missing Parameters"),
                ({"method": 1, "path": "/hosts/h"}, 400, "method"), (put("/hosts/h", {"status": "up"}, x=1), 400, "x"),
                ("PUT", 400, "object"), (None, 400, "object")):
            with self.subTest(wrong):
                self.assert_refused(self.post(good, wrong, put("/hosts/h", {"status": "no"})), status, 1, text)
        self.assertEqual(404, self.noahd.get("/hosts/h").status)

    def test_an_invalid_transaction_is_refused_as_a_whole(self):
        for body, status in (("", 400), ("[]", 400), ("{}", 400), ('{"writes":{}}', 400), ('{"writes":null}', 400),
                             ('{"writes":[],"x":1}', 400), ("{", 400),
                             (json.dumps({"writes": [put("/ephemerals/e", "1")] * 129}), 413)):
            with self.subTest(body[:40]):
                answer = self.noahd.request("POST", "/transactions", body, headers=JSON)
                self.assertEqual((status, False), (answer.status, "failed" in answer.json()))
        self.assertEqual(415, self.post(headers={"Content-Type": "text/plain"}).status)
        self.assertEqual(405, self.noahd.get("/transactions").status)

    # ---- seen from outside

    def test_each_of_its_writes_is_delivered_with_the_causes_of_all(self):
        with Sink() as sink:
            self.noahd.put("/watches", {"pattern": "//noah/hosts", "endpoint": sink.url})
            self.assert_done(self.noahd.request("POST", "/transactions", {"writes": [
                put("/services/a/h", {"status": "up", "host_status": "up"}),
                put("/services/b/h", {"status": "up", "host_status": "up"})]}, headers={**JSON, "Noah-Cause": "x-1"}))
            messages = [json.loads(message.body) for message in sink.wait_for(2)]
        self.assertEqual([("create", {"a": "up"}), ("update", {"a": "up", "b": "up"})],
                         [(message["action"], message["services"]) for message in messages])
        self.assertEqual([["x-1"], ["x-1"]], [message["cause"] for message in messages])

    def test_no_reader_sees_half_of_a_transaction(self):
        """Two accounts; each transfer keeps their sum."""
        self.assert_done(self.post(put("/configurations/a", {"format": "n", "body": "100"}),
                                   put("/configurations/b", {"format": "n", "body": "100"})))
        sums, failed, stop = set(), [], threading.Event()

        def read():
            with Connection(self.noahd.port) as connection:
                while not stop.is_set():
                    found = connection.request("GET", "/configurations").json()
                    sums.add(int(found["a"]["body"]) + int(found["b"]["body"]))

        def move():
            with Connection(self.noahd.port) as connection:
                done = 0
                while done < 20:
                    found = connection.request("GET", "/configurations")
                    both = found.json()
                    writes = [put(f"/configurations/{name}", {"format": "n", "body": str(int(both[name]["body"]) + by)},
                                  if_match=tags[name])
                              for name, by in (("a", -1), ("b", 1))
                              if (tags := {n: connection.request("GET", f"/configurations/{n}").headers["etag"]
                                           for n in ("a", "b")})]
                    again = connection.request("GET", "/configurations").headers["etag"]
                    if again != found.headers["etag"]:
                        continue
                    answer = connection.request("POST", "/transactions", json.dumps({"writes": writes}), JSON)
                    if answer.status not in (200, 412):
                        failed.append(answer)
                    done += answer.status == 200

        reader, movers = threading.Thread(target=read), [threading.Thread(target=move) for _ in range(4)]
        for thread in (reader, *movers):
            thread.start()
        for mover in movers:
            mover.join()
        stop.set()
        reader.join()
        self.assertEqual(([], {200}), (failed, sums))
        self.assertEqual("20", self.noahd.get("/configurations").json()["a"]["body"])

    def test_a_wait_is_ended_by_the_last_of_its_writes(self):
        with Connection(self.noahd.port) as waiter:
            waiter.send(b"GET /ephemerals/e?wait=30&data=2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assert_done(self.post(put("/ephemerals/e", "1"), put("/ephemerals/e", "2")))
            self.assertEqual(b"2", waiter.receive().body)


if __name__ == "__main__":
    unittest.main()
