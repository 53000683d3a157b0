"""Deliveries: their receivers, their signature, and that nothing is lost: doc/protocol.md, Deliveries."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
import os
import re
import subprocess
import tempfile
import time
import unittest

from support.certificates import Authority
from support.daemon import Noahd, program, wait_until
from support.raw_http import Connection
from support.sink import Behaviour, Sink
from support.wall_clock import WallClock

# The head of a DER SubjectPublicKeyInfo of an Ed25519 key (RFC 8410); the 32 bytes of the key follow.
ED25519_DER = bytes.fromhex("302a300506032b6570032100")


class DeliveryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.sink = Sink()
        self.addCleanup(self.sink.stop)

    def noahd(self, *settings, **more):
        daemon = Noahd(self.folder, "delivery.retry_seconds=0.05,0.1", *settings, **more)
        self.addCleanup(daemon.kill)
        return daemon.start()

    def watch(self, noahd, pattern, endpoint=None):
        answer = noahd.put("/watches/", {"pattern": pattern, "endpoint": endpoint or self.sink.url})
        self.assertEqual(200, answer.status, answer)
        return answer.json()["name"]

    def received(self, count, seconds=10):
        """The bodies of the first count requests."""
        return [json.loads(request.body) for request in self.sink.wait_for(count, seconds)]

    # ---- what is sent

    def test_a_delivery_is_the_post_of_the_original_talk(self):
        noahd = self.noahd()
        noahd.put("/ephemerals/chef/notify/localhost", "1")
        name = self.watch(noahd, "//noah/ephemerals/chef/notify/localhost")
        put = noahd.put("/ephemerals/chef/notify/localhost", "2")
        body, = self.received(1)
        epoch, revision = put.headers["noah-epoch"], int(put.headers["noah-revision"])
        for key in ("id", "created_at", "updated_at"):
            self.assertEqual(put.json()[key], body.pop(key))
        self.assertEqual({
            "tags": [], "links": [], "path": "/ephemerals//chef/notify/localhost", "data": "2", "action": "update",
            "pubcategory": "//noah/ephemerals/chef/notify/localhost", "revision": revision,
            "location": "/ephemerals/chef/notify/localhost", "endpoint": self.sink.url, "watch": name,
            "event": f"{epoch}-{revision}", "cause": [], "by": {}, "changed": True, "told": 1}, body)

    def test_writes_do_not_wake_the_delivery_thread_one_by_one_while_there_is_no_watch(self):
        noahd, writes = self.noahd("store.engine=memory"), 500
        with Connection(noahd.port) as connection:
            connection.request("PUT", "/ephemerals/e", "0")
            waits, begun = self.waits_of_deliveries(noahd), time.monotonic()
            for number in range(writes):
                connection.request("PUT", "/ephemerals/e", str(number))
            seconds = time.monotonic() - begun
        # It looks ten times a second, and tells the store five times a second what it has seen.
        self.assertLess(self.waits_of_deliveries(noahd) - waits, 3 * (seconds * 15 + 5))
        self.watch(noahd, "//noah/ephemerals/e")
        noahd.put("/ephemerals/e", "last")
        self.assertEqual("last", self.received(1)[0]["data"])

    def waits_of_deliveries(self, noahd):
        """How often its delivery thread has waited for something since the start."""
        for task in os.listdir(f"/proc/{noahd.pid}/task"):
            with open(f"/proc/{noahd.pid}/task/{task}/status", encoding="ascii") as status:
                lines = dict(line.split(":", 1) for line in status)
            if lines["Name"].strip() == "delivery":
                return int(lines["voluntary_ctxt_switches"])
        raise AssertionError("there is no delivery thread")

    def test_debug_adds_a_line_for_each_attempt(self):
        noahd = self.noahd("log_level=debug")
        self.watch(noahd, "//noah/hosts")
        self.sink.script(Behaviour(500))
        noahd.put("/hosts/web1", {"status": "up"})
        noahd.wait_for_log(fr"debug \S+ noahd: change 2 to endpoint {self.sink.url}, try 1: .*500")
        noahd.wait_for_log(fr"debug \S+ noahd: change 2 to endpoint {self.sink.url}, try 2: taken")

    def test_the_log_omits_the_query_of_an_endpoint(self):
        noahd = self.noahd("log_level=debug")
        self.watch(noahd, "//noah/hosts", f"{self.sink.url}/hook?key=SECRET")
        self.sink.script(Behaviour(500))
        noahd.put("/hosts/web1", {"status": "up"})
        self.assertEqual("/hook?key=SECRET", self.sink.wait_for(2)[1].path)
        noahd.wait_for_log(r"endpoint http://[^ ]*/hook\?\.\.\., try 2: taken")
        self.assertNotIn("SECRET", noahd.log_text())

    def test_everything_that_a_receiver_trusts_is_signed(self):
        noahd = self.noahd()
        name = self.watch(noahd, "//noah/hosts")
        noahd.put("/hosts/web1", {"status": "up"}, headers={"Noah-Cause": "epoch-1, epoch-2"})
        request, = self.sink.wait_for(1)
        body = json.loads(request.body)
        self.assertEqual("POST", request.method)
        self.assertEqual("application/json", request.headers["content-type"])
        self.assertRegex(request.headers["user-agent"], "^noahd/")
        self.assertEqual((body["event"], "epoch-1, epoch-2", name),
                         tuple(request.headers["noah-" + key] for key in ("event", "cause", "watch")))
        self.assertEqual(["epoch-1", "epoch-2"], body["cause"])
        self.assertLess(abs(time.time() - int(request.headers["webhook-timestamp"])), 10)
        self.assertRegex(request.headers["webhook-id"], r"^msg_[A-Za-z0-9_-]{27}$")
        self.assert_signature(noahd.public_key(), request)

    def assert_signature(self, public_key, request):
        version, _, signature = request.headers["webhook-signature"].partition(",")
        self.assertEqual("v1a", version)
        message = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
        files = {"key": ED25519_DER + base64.b64decode(public_key.removeprefix("whpk_")),
                 "signature": base64.b64decode(signature), "message": message}
        paths = {}
        for name, data in files.items():
            paths[name] = os.path.join(self.folder, name)
            with open(paths[name], "wb") as file:
                file.write(data)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths["key"],
                               "-rawin", "-in", paths["message"], "-sigfile", paths["signature"]],
                              capture_output=True, check=False)
        self.assertEqual(0, done.returncode, done)

    def test_a_watch_gets_each_of_its_changes_once(self):
        noahd = self.noahd()
        sinks = {pattern: Sink() for pattern in (
            "//noah/hosts/web1", "//noah/services/http", "//noah/services/*/web1", "//noah", "//noah/watchers",
            "//noah/hosts/web1/services", "//noah/hosts/web")}
        for pattern, sink in sinks.items():
            self.addCleanup(sink.stop)
            self.watch(noahd, pattern, sink.url)
        noahd.put("/services/http/web1", {"status": "up", "host_status": "up"})
        noahd.put("/hosts/web10", {"status": "up"})
        noahd.delete("/services/http/web1")
        self.watch(noahd, "//noah/nothing")
        expected = {
            "//noah/hosts/web1": ["create /hosts/web1", "update /hosts/web1"],
            "//noah/services/http": ["create /services/http", "delete /services/http"],
            "//noah/services/*/web1": ["create /services/http", "delete /services/http"],
            "//noah/hosts/web1/services": ["create /services/http", "delete /services/http"],
            "//noah/hosts/web": [],
        }
        sinks["//noah"].wait_for(9)
        for pattern, changes in expected.items():
            with self.subTest(pattern):
                bodies = [json.loads(request.body) for request in sinks[pattern].wait_for(len(changes))]
                self.assertEqual(changes, [f"{body['action']} {body['path']}" for body in bodies])
        everything = [json.loads(request.body)["revision"] for request in sinks["//noah"].wait_for(9)]
        self.assertEqual(sorted(set(everything)), everything)

    def test_a_deleted_watch_gets_nothing_more(self):
        noahd = self.noahd()
        self.sink.otherwise(Behaviour(503))
        self.watch(noahd, "//noah/ephemerals")
        noahd.put("/ephemerals/a", "1")
        self.sink.wait_for(1)
        noahd.delete("/watches", {"pattern": "//noah/ephemerals", "endpoint": self.sink.url})
        other = Sink()
        self.addCleanup(other.stop)
        self.watch(noahd, "//noah/ephemerals", other.url)
        noahd.put("/ephemerals/b", "1")
        other.wait_for(1)
        bodies = [json.loads(request.body)["location"] for request in self.sink.requests()]
        self.assertEqual({"/ephemerals/a"}, set(bodies))

    # ---- in order, until it is acknowledged

    def test_an_endpoint_gets_its_changes_in_order_one_at_a_time(self):
        noahd = self.noahd()
        self.sink.script(*[Behaviour(503), Behaviour(reset=True), Behaviour(delay=0.2)])
        self.watch(noahd, "//noah/ephemerals")
        for i in range(20):
            noahd.put("/ephemerals/row", str(i))
        bodies = self.received(22)
        self.assertEqual(["0", "0", *map(str, range(20))], [body["data"] for body in bodies])
        ids = [request.headers["webhook-id"] for request in self.sink.requests()]
        self.assertEqual(1, len(set(ids[:3])))
        self.assertEqual(20, len(set(ids)))

    def test_a_slow_endpoint_does_not_delay_others(self):
        noahd = self.noahd()
        quick = Sink()
        self.addCleanup(quick.stop)
        self.sink.script(Behaviour(silent=True))
        self.watch(noahd, "//noah/ephemerals")
        self.watch(noahd, "//noah/ephemerals", quick.url)
        for i in range(10):
            noahd.put("/ephemerals/row", str(i))
        quick.wait_for(10)
        self.sink.wait_for(1)
        self.assertEqual(1, len(self.sink.requests()))

    def test_retry_after_is_honoured(self):
        noahd = self.noahd()
        self.sink.script(Behaviour(503, {"Retry-After": "1"}))
        self.watch(noahd, "//noah/ephemerals")
        noahd.put("/ephemerals/a", "1")
        first, second = self.sink.wait_for(2)
        self.assertGreater(second.at - first.at, 0.9)

    def test_a_permanent_error_is_given_up_after_five_attempts(self):
        noahd = self.noahd()
        self.sink.script(*[Behaviour(422)] * 5)
        self.watch(noahd, "//noah/ephemerals")
        noahd.put("/ephemerals/a", "1")
        noahd.put("/ephemerals/b", "1")
        self.assertEqual(["/ephemerals/a"] * 5 + ["/ephemerals/b"], [body["location"] for body in self.received(6)])

    def test_410_disables_the_watch_permanently(self):
        noahd = self.noahd()
        self.sink.script(Behaviour(410))
        self.watch(noahd, "//noah/ephemerals/a")
        self.watch(noahd, "//noah/ephemerals/b")
        noahd.put("/ephemerals/a", "1")
        self.sink.wait_for(1)
        noahd.put("/ephemerals/a", "2")
        noahd.put("/ephemerals/b", "1")
        self.assertEqual(["/ephemerals/a", "/ephemerals/b"], [body["location"] for body in self.received(2)])
        noahd.restart()
        noahd.put("/ephemerals/a", "3")
        noahd.put("/ephemerals/b", "2")
        wait_until(lambda: b'"data":"2"' in self.sink.requests()[-1].body, 10, "the change to b")
        bodies = [json.loads(request.body) for request in self.sink.requests()]
        self.assertEqual([("/ephemerals/a", "1")], [(body["location"], body["data"]) for body in bodies
                                                    if body["location"] == "/ephemerals/a"])

    def test_a_status_counts_even_if_its_body_does_not_arrive(self):
        noahd = self.noahd("delivery.timeout_seconds=1")
        self.sink.script(Behaviour(200, {"Content-Length": "100"}, b"short"))
        self.watch(noahd, "//noah/ephemerals")
        noahd.put("/ephemerals/a", "1")
        noahd.put("/ephemerals/b", "1")
        self.assertEqual(["/ephemerals/a", "/ephemerals/b"], [body["location"] for body in self.received(2)])

    def test_a_redirect_is_not_followed(self):
        noahd = self.noahd()
        other = Sink()
        self.addCleanup(other.stop)
        self.sink.script(Behaviour(307, {"Location": other.url}))
        self.watch(noahd, "//noah/ephemerals")
        noahd.put("/ephemerals/a", "1")
        self.sink.wait_for(2)
        self.assertEqual([], other.requests())

    def test_a_new_reason_for_a_failure_is_logged_at_once_with_the_endpoints_answer(self):
        noahd = self.noahd()
        self.watch(noahd, "//noah/hosts", f"{self.sink.url}/hook?key=SECRET")
        answers = ((503, b"busy"), (503, b"busy"), (403, b"\n{\"error\":\"not for /hook?key=SECRET\"}\nmore"),
                   (503, b""), (401, b"the key SECRET\x1b[31m is wrong"))
        self.sink.script(*(Behaviour(status, body=body) for status, body in answers))
        noahd.put("/hosts/web1", {"status": "up"})
        noahd.wait_for_log(r"endpoint http://[^ ]*/hook\?\.\.\. answers again")
        lines = [line.split(" fails: ")[1].split(";")[0] for line in noahd.log if " fails: " in line]
        self.assertEqual(["HTTP 503", 'HTTP 403, and says: {"error":"not for /hook?..."}',
                          "HTTP 401, and says: the key ...\\x1b[31m is wrong"], lines)
        self.assertNotIn("SECRET", noahd.log_text())

    # ---- over restarts

    def test_pending_deliveries_are_sent_after_a_kill_with_the_same_id(self):
        noahd = self.noahd()
        self.sink.otherwise(Behaviour(503))
        self.watch(noahd, "//noah/ephemerals")
        noahd.put("/ephemerals/a", "1")
        before, = self.sink.wait_for(1)[:1]
        noahd.put("/ephemerals/b", "1")
        noahd.kill()
        self.sink.otherwise(Behaviour())
        sent = len(self.sink.requests())
        noahd.start()
        after = self.sink.wait_for(sent + 2)[sent:]
        self.assertEqual(["/ephemerals/a", "/ephemerals/b"],
                         [json.loads(request.body)["location"] for request in after])
        self.assertEqual(before.headers["webhook-id"], after[0].headers["webhook-id"])
        self.assertEqual(before.body, after[0].body)

    def test_an_endpoint_that_was_down_gets_everything_when_it_is_back(self):
        noahd = self.noahd()
        self.watch(noahd, "//noah/ephemerals")
        self.sink.stop()
        for i in range(3000):
            noahd.put("/ephemerals/row", str(i))
        noahd.kill()
        self.sink.start()
        noahd.start()
        bodies = self.received(3000, seconds=60)
        seen = []
        for body in bodies:
            if body["data"] not in seen[-1:]:
                seen.append(body["data"])
        self.assertEqual([str(i) for i in range(3000)], seen)

    def test_acknowledged_deliveries_are_not_sent_again_after_a_stop(self):
        noahd = self.noahd()
        self.watch(noahd, "//noah/ephemerals")
        for name in ("a", "b", "c"):
            noahd.put(f"/ephemerals/{name}", "1")
        self.sink.wait_for(3)  # so those before the third are acknowledged
        noahd.restart()
        noahd.put("/ephemerals/d", "1")
        wait_until(lambda: any(b'"/ephemerals/d"' in request.body for request in self.sink.requests()), 10,
                   "the last one")
        locations = [json.loads(request.body)["location"] for request in self.sink.requests()]
        self.assertEqual(["/ephemerals/a", "/ephemerals/b"], locations[:2])
        self.assertEqual((1, 1), (locations.count("/ephemerals/a"), locations.count("/ephemerals/b")))

    def test_a_restored_watch_gets_nothing_from_before_its_registration(self):
        noahd = self.noahd()
        for i in range(20):
            noahd.put("/ephemerals/row", str(i))
        self.watch(noahd, "//noah/ephemerals")
        noahd.kill()
        noahd.start()
        noahd.put("/ephemerals/row", "new")
        self.assertEqual(["new"], [body["data"] for body in self.received(1)])

    # ---- over steps of the clock

    TWENTY_YEARS = 20 * 365 * 86400
    SIX_DAYS = 6 * 86400

    def assert_nobody_was_given_up(self, noahd):
        self.assertEqual("", "".join(line for line in noahd.log if re.search("suspended|given up", line)))

    def test_a_clock_step_of_twenty_years_gives_nothing_up(self):
        clock = WallClock(self.folder)
        clock.step(-self.TWENTY_YEARS)
        noahd = self.noahd(environment=clock.environment())
        self.watch(noahd, "//noah/ephemerals")
        self.sink.otherwise(Behaviour(503))
        noahd.put("/ephemerals/a", "1")
        old = self.sink.wait_for(2)[-1]
        clock.step(0)
        noahd.put("/ephemerals/b", "1")
        wait_until(lambda: abs(int(self.sink.requests()[-1].headers["webhook-timestamp"]) - time.time()) < 60, 10,
                   "a try after the step")
        self.sink.wait_for(len(self.sink.requests()) + 2)
        self.sink.otherwise(Behaviour())
        wait_until(lambda: self.sink.requests()[-1].body.find(b'"/ephemerals/b"') > 0, 10, "the second change")
        self.assertLess(int(old.headers["webhook-timestamp"]), time.time() - self.TWENTY_YEARS + 600)
        self.assert_nobody_was_given_up(noahd)

    def test_six_days_of_downtime_give_nothing_up(self):
        clock = WallClock(self.folder)
        noahd = self.noahd(environment=clock.environment())
        self.watch(noahd, "//noah/ephemerals")
        self.sink.otherwise(Behaviour(503))
        noahd.put("/ephemerals/a", "1")
        self.sink.wait_for(2)
        noahd.stop()
        clock.step(self.SIX_DAYS)
        sent = len(self.sink.requests())
        noahd.start()
        after = self.sink.wait_for(sent + 3)[sent:]
        self.assertGreater(int(after[0].headers["webhook-timestamp"]), time.time() + self.SIX_DAYS - 600)
        self.sink.otherwise(Behaviour())
        noahd.put("/ephemerals/b", "1")
        wait_until(lambda: self.sink.requests()[-1].body.find(b'"/ephemerals/b"') > 0, 10, "the second change")
        self.assert_nobody_was_given_up(noahd)

    # ---- where to

    def test_https_endpoints_need_a_trusted_certificate(self):
        authority, stranger = Authority(self.folder), Authority(self.folder, "stranger")
        good, bad = Sink(authority.issue("good")), Sink(stranger.issue("bad"))
        self.addCleanup(good.stop)
        self.addCleanup(bad.stop)
        noahd = self.noahd(f"delivery.ca_file={authority.certificate}")
        self.watch(noahd, "//noah/ephemerals", bad.url)
        self.watch(noahd, "//noah/ephemerals", good.url)
        noahd.put("/ephemerals/a", "1")
        good.wait_for(1)
        noahd.wait_for_log("failing|certificate")
        self.assertEqual([], bad.requests())

    def test_an_endpoint_that_would_not_arrive_as_registered_is_refused_with_the_correct_spelling(self):
        noahd = self.noahd()
        noahd.put("/hosts/web1", {"status": "up"})
        for given, right in (("http://127.0.0.1:08080/x", "http://127.0.0.1:8080/x"),
                             ("http://127.1:8080/a/./b", "http://127.0.0.1:8080/a/b"),
                             ("http://0x7f.1:8080/a/../b?key=SECRET", "http://127.0.0.1:8080/b?..."),
                             ("http://b\u00fccher.example:8080/", "xn--bcher-kva.example")):
            for path, body in (("/watches", {"pattern": "//noah/hosts", "endpoint": given}),
                               ("/hosts/web1/watch", {"endpoint": given})):
                answer = noahd.put(path, body)
                self.assertEqual(400, answer.status, answer)
                self.assertTrue(answer.json()["error_message"].endswith(right), answer)
        self.assertNotIn("SECRET", noahd.log_text())

    def import_watch(self, noahd, pattern, endpoint):
        """As in the exports of an older noahd, which accepted any spelling."""
        name = base64.b64encode(f"{pattern}|{endpoint}".encode()).decode()
        record = {"kind": "watch", "path": f"/watches/{name}", "id": "8e7a1b3c-0000-4000-8000-000000000000",
                  "created_ms": 1,
                  "updated_ms": 2, "created_revision": 1, "revision": 1, "tags": [], "links": [], "lifetime_ms": 0,
                  "value": json.dumps({"pattern": pattern, "endpoint": endpoint})}
        path = os.path.join(self.folder, "export")
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(json.dumps(line) + "\n"
                               for line in ({"noah_export": 1}, record, {"objects": 1, "revision": 1})))
        subprocess.run([program("noahd"), *noahd.arguments(), "import", path], check=True, capture_output=True)
        return name

    def test_a_watch_older_than_that_rule_keeps_working_and_each_start_warns_about_it(self):
        noahd = self.noahd()
        noahd.stop()
        endpoint = f"http://127.1:{self.sink.port}/a/../hook?key=SECRET"
        name = self.import_watch(noahd, "//noah/hosts", endpoint)
        noahd.start()
        noahd.put("/hosts/web1", {"status": "up"})
        self.assertEqual("/hook?key=SECRET", self.sink.wait_for(1)[0].path)
        noahd.restart()
        noahd.put("/hosts/web1", {"status": "up"})
        self.sink.wait_for(2)
        warnings = [line for line in noahd.log if f"the endpoint of watch {name} is used as it is" in line]
        self.assertEqual(2, len(warnings))
        self.assertIn(f"write http://127.0.0.1:{self.sink.port}/hook?...", warnings[0])
        self.assertNotIn("SECRET", noahd.log_text())
        deleted = noahd.delete("/watches", {"pattern": "//noah/hosts", "endpoint": endpoint})
        self.assertEqual(200, deleted.status, deleted)

    def test_a_denied_network_is_refused_at_registration_and_later(self):
        noahd = self.noahd("endpoints.deny=127.0.0.2/32")
        wrong = noahd.run("-o", "endpoints.allow=127.0.0.0/33,http://x", "--check-config")
        self.assertEqual(78, wrong.returncode)
        self.assertRegex(wrong.stderr, r"endpoints\.allow.*127\.0\.0\.0/33(.|\n)*http://x")
        answer = noahd.put("/watches", {"pattern": "//noah", "endpoint": "http://127.0.0.2:1/"})
        self.assertEqual(400, answer.status)
        self.assertIn("127.0.0.2", answer.json()["error_message"])
        self.watch(noahd, "//noah/ephemerals")
        noahd.stop()
        again = Noahd(self.folder, "endpoints.deny=127.0.0.0/8", "delivery.retry_seconds=0.05")
        self.addCleanup(again.kill)
        again.start()
        again.put("/ephemerals/a", "1")
        again.wait_for_log("127.0.0.1")
        self.assertEqual([], self.sink.requests())

    def test_a_name_that_resolves_to_a_denied_address_is_refused(self):
        noahd = self.noahd("endpoints.deny=127.0.0.0/8,::1/128")
        self.watch(noahd, "//noah/ephemerals", f"http://localhost:{self.sink.port}/")
        noahd.put("/ephemerals/a", "1")
        noahd.wait_for_log("localhost")
        self.assertEqual([], self.sink.requests())


if __name__ == "__main__":
    unittest.main()
