"""Lifetimes: an object that is not renewed in time expires, and no other does."""
# SPDX-License-Identifier: Apache-2.0

import json
import tempfile
import threading
import unittest

from support.daemon import Noahd, wait_until
from support.raw_http import Connection
from support.sink import Sink

JSON = {"Content-Type": "application/json"}
SHORT = "0.2"
LONG = "600"


class LifetimesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name).start()
        self.addCleanup(self.noahd.stop)

    def revision(self):
        return int(self.noahd.get("/version").headers["noah-revision"])

    def is_there(self, path):
        return self.noahd.get(path).status == 200

    def wait_until_gone(self, path):
        wait_until(lambda: not self.is_there(path), 10, f"{path} has expired")

    def request(self, method, path, body=None, headers=None):
        return self.noahd.request(method, path, body, headers or {})

    def test_an_ephemeral_expires_after_its_lifetime(self):
        answer = self.noahd.put(f"/ephemerals/a?lifetime={SHORT}", b"x")
        self.assertEqual((200, 0.2), (answer.status, answer.json()["lifetime"]))
        self.wait_until_gone("/ephemerals/a")
        self.assertEqual(2, self.revision())

    def test_a_host_and_a_service_become_down_after_their_lifetime(self):
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up", "lifetime": 0.2})
        self.noahd.put("/hosts/web2", {"status": "up", "lifetime": 0.2})
        self.assertEqual(0.2, self.noahd.get("/services/http/web1").json()["lifetime"])
        wait_until(lambda: self.noahd.get("/services/http/web1").json()["status"] == "down", 10, "the service is down")
        wait_until(lambda: self.noahd.get("/hosts/web2").json()["status"] == "down", 10, "the host is down")
        host = self.noahd.get("/hosts/web1").json()
        self.assertEqual(("up", {"http": "down"}), (host["status"], host["services"]))
        self.assertNotIn("lifetime", self.noahd.get("/hosts/web2").json())

    def test_an_expiry_is_announced_with_its_reason(self):
        with Sink() as sink:
            self.noahd.put("/watches", {"pattern": "//noah/ephemerals", "endpoint": sink.url})
            self.noahd.put(f"/ephemerals/a?lifetime={SHORT}", b"x")
            created, deleted = [json.loads(request.body) for request in sink.wait_for(2)]
        self.assertEqual(("create", None), (created["action"], created.get("reason")))
        self.assertEqual(("delete", "expired", "x"), (deleted["action"], deleted["reason"], deleted["data"]))

    def test_a_renewal_is_not_a_change(self):
        self.noahd.put("/ephemerals/short?lifetime=1", b"x")
        before = self.noahd.get("/ephemerals/short").headers
        renewal = self.noahd.put(f"/ephemerals/short?renew={LONG}", b"")
        self.assertEqual((200, "renew", 600), (renewal.status, renewal.json()["action"], renewal.json()["lifetime"]))
        self.noahd.put("/ephemerals/marker?lifetime=1.5", b"x")
        self.wait_until_gone("/ephemerals/marker")
        self.assertTrue(self.is_there("/ephemerals/short"))
        self.assertEqual(int(before["noah-revision"]) + 2, self.revision())

    def lifetime_left(self, path):
        return float(self.noahd.get(path).headers["noah-lifetime"])

    def test_an_ephemeral_shows_its_remaining_lifetime(self):
        self.noahd.put("/ephemerals/stays", b"x")
        self.assertNotIn("noah-lifetime", self.noahd.get("/ephemerals/stays").headers)
        tag = self.noahd.put("/ephemerals/a?lifetime=30", b"x").headers["etag"]
        for _ in range(2):
            before = self.lifetime_left("/ephemerals/a")
            self.assertTrue(0 < before <= 30, before)
            # pylint: disable=W0640
            wait_until(lambda: self.lifetime_left("/ephemerals/a") < before, 10, "less is left")
        self.noahd.put("/ephemerals/a?renew=600", b"")
        self.assertTrue(500 < self.lifetime_left("/ephemerals/a") <= 600)
        self.assertEqual(tag, self.noahd.get("/ephemerals/a").headers["etag"])
        self.noahd.put("/ephemerals/a", b"x")
        self.assertNotIn("noah-lifetime", self.noahd.get("/ephemerals/a").headers)

    def renew(self, path, seconds=LONG, **conditions):
        return self.noahd.put(f"{path}?renew={seconds}", b"", headers=conditions)

    def test_a_renewal_has_conditions_like_any_write(self):
        for path, value in (("/ephemerals/lock?lifetime=30", b"a"),
                            ("/hosts/web1", {"status": "up", "lifetime": 30}),
                            ("/services/http/web1", {"status": "up", "host_status": "up", "lifetime": 30})):
            name = path.partition("?")[0]
            with self.subTest(name):
                mine = self.noahd.put(path, value).headers["etag"]
                renewal = self.renew(name, **{"If-Match": mine})
                self.assertEqual((200, mine), (renewal.status, renewal.headers["etag"]))
                self.assertEqual(200, self.renew(name, **{"If-Match": "*"}).status)
                self.assertEqual(412, self.renew(name, **{"If-None-Match": "*"}).status)
                self.assertEqual(400, self.renew(name, **{"If-Match": "no tag"}).status)
                theirs = self.noahd.put(path, value).headers["etag"]
                self.assertEqual(412, self.renew(name, **{"If-Match": mine}).status)
                self.assertEqual(200, self.renew(name, **{"If-Match": theirs, "If-None-Match": mine}).status)
        self.assertEqual(404, self.renew("/ephemerals/none", **{"If-Match": "*"}).status)

    def test_a_former_leader_does_not_extend_its_successors_lock(self):
        mine = self.noahd.put("/ephemerals/lock?lifetime=0.2", b"first").headers["etag"]
        self.wait_until_gone("/ephemerals/lock")
        self.noahd.request("PUT", "/ephemerals/lock?lifetime=30", b"second", {"If-None-Match": "*"})
        self.assertEqual(412, self.renew("/ephemerals/lock", **{"If-Match": mine}).status)
        self.assertLessEqual(self.lifetime_left("/ephemerals/lock"), 30)

    def test_the_conditions_of_a_renewal_see_the_writes_queued_before_it(self):
        """Whichever comes first: a renewal of the previous lifetime never extends the lifetime that a PUT begins."""
        def successor(tag, results):
            with Connection(self.noahd.port) as connection:
                results.append(connection.request("PUT", "/ephemerals/lock?lifetime=30", "b", {"If-Match": tag}).status)

        for _ in range(40):
            mine = self.noahd.put("/ephemerals/lock?lifetime=30", b"a").headers["etag"]
            results = []
            thread = threading.Thread(target=successor, args=(mine, results))
            thread.start()
            renewal = self.renew("/ephemerals/lock", **{"If-Match": mine}).status
            thread.join()
            self.assertEqual([200], results)
            self.assertIn(renewal, (200, 412))
            self.assertLessEqual(self.lifetime_left("/ephemerals/lock"), 30)

    def transact(self, *writes):
        return self.noahd.request("POST", "/transactions", {"writes": list(writes)}, headers=JSON)

    def test_a_transaction_renews_with_conditions(self):
        mine = self.noahd.put("/ephemerals/lock?lifetime=30", b"a").headers["etag"]
        renewal = {"method": "PUT", "path": "/ephemerals/lock?renew=600", "if_match": mine}
        before = self.revision()
        answer = self.transact(renewal).json()["answers"][0]
        self.assertEqual((200, "renew", 600.0),
                         (answer["status"], answer["body"]["action"], answer["body"]["lifetime"]))
        self.assertEqual(before, self.revision())
        self.assertGreater(self.lifetime_left("/ephemerals/lock"), 500)
        refused = self.transact({"method": "PUT", "path": "/ephemerals/lock?lifetime=30", "body": "b"}, renewal)
        self.assertEqual((412, 1), (refused.status, refused.json()["failed"]))
        self.assertEqual(b"a", self.noahd.get("/ephemerals/lock").body)
        done = self.transact({"method": "PUT", "path": "/ephemerals/lock?lifetime=30", "body": "b"},
                             {"method": "PUT", "path": "/ephemerals/lock?renew=50", "if_match": "*"},
                             {"method": "PUT", "path": "/ephemerals/twice?lifetime=30", "body": "b"},
                             {"method": "PUT", "path": "/ephemerals/twice?renew=600"},
                             {"method": "PUT", "path": "/ephemerals/twice?lifetime=40", "body": "c"})
        self.assertEqual(200, done.status)
        self.assertTrue(30 < self.lifetime_left("/ephemerals/lock") <= 50)
        self.assertLessEqual(self.lifetime_left("/ephemerals/twice"), 40)

    def test_a_refused_transaction_renews_nothing(self):
        self.noahd.put("/ephemerals/lock?lifetime=30", b"a")
        refused = self.transact({"method": "PUT", "path": "/ephemerals/lock?renew=600"},
                                {"method": "DELETE", "path": "/ephemerals/none"})
        self.assertEqual((404, 1), (refused.status, refused.json()["failed"]))
        self.assertLessEqual(self.lifetime_left("/ephemerals/lock"), 30)

    def test_hosts_and_services_are_renewed_at_their_paths(self):
        self.noahd.put("/hosts/web1", {"status": "up", "lifetime": 600})
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up", "lifetime": 600})
        for path in ("/hosts/web1", "/services/http/web1"):
            with self.subTest(path):
                self.assertEqual(200, self.noahd.put(f"{path}?renew=30", b"").status)

    def test_a_renewal_needs_a_lifetime_to_renew(self):
        self.noahd.put("/ephemerals/stays", b"x")
        for path in ("/ephemerals/none", "/ephemerals/stays", "/hosts/none", "/ephemerals/stays/"):
            with self.subTest(path):
                self.assertEqual(404, self.noahd.put(f"{path}?renew=30", b"").status)

    def test_a_write_without_a_lifetime_removes_it(self):
        self.noahd.put("/ephemerals/kept?lifetime=1", b"x")
        self.noahd.put("/hosts/kept", {"status": "up", "lifetime": 1})
        self.noahd.put("/ephemerals/kept", b"y")
        self.noahd.put("/hosts/kept", {"status": "up"})
        self.noahd.put("/ephemerals/marker?lifetime=1.5", b"x")
        self.wait_until_gone("/ephemerals/marker")
        self.assertTrue(self.is_there("/ephemerals/kept"))
        self.assertEqual("up", self.noahd.get("/hosts/kept").json()["status"])

    def test_a_change_of_its_service_does_not_renew_a_host(self):
        self.noahd.put("/hosts/web1", {"status": "up", "lifetime": 0.5})
        before = self.revision()

        def is_down_while_its_service_is_put_again_and_again():
            self.noahd.put("/services/http/web2", {"status": "up", "host_status": "up"})
            self.noahd.delete("/services/http/web1")
            return self.noahd.get("/hosts/web1").json()["status"] == "down"
        wait_until(is_down_while_its_service_is_put_again_and_again, 10, "the host is down")
        self.assertGreater(self.revision(), before)

    def test_a_stop_of_noahd_ends_no_lifetime(self):
        self.noahd.put("/ephemerals/a?lifetime=1", b"x")
        self.noahd.stop()
        self.noahd.start()
        self.assertTrue(self.is_there("/ephemerals/a"))
        self.wait_until_gone("/ephemerals/a")

    def test_a_mass_expiry_is_held_until_renewals_return(self):
        names = [f"/ephemerals/node{i}" for i in range(40)]
        for name in names:
            self.noahd.put(f"{name}?lifetime=3", b"x")
        self.noahd.wait_for_log("too many lifetimes ended")
        self.assertEqual("ready", self.noahd.get("/health").json()["status"])
        wait_until(lambda: self.noahd.get("/lifetimes").json()["held"] >= 20, 10, "lifetimes are held")
        self.assertIn("held", self.noahd.get("/health").json()["warnings"][0])
        for name in names[:-2]:
            self.noahd.put(f"{name}?renew={LONG}", b"")
        gone = [name for name in names if not self.is_there(name)]
        self.assertLess(len(gone), 20)

    def test_an_operator_releases_held_lifetimes(self):
        for i in range(40):
            self.noahd.put(f"/ephemerals/node{i}?lifetime=3", b"x")
        wait_until(lambda: self.noahd.get("/lifetimes").json()["running"] == 0, 10, "all lifetimes are over")
        wait_until(lambda: self.noahd.get("/lifetimes").json()["held"] >= 20, 10, "what is over is held")
        self.assertEqual(415, self.request("POST", "/lifetimes/release").status)
        released = self.request("POST", "/lifetimes/release", b"", JSON)
        self.assertGreaterEqual(released.json()["released"], 20)
        wait_until(lambda: self.noahd.get("/lifetimes").json() == {"running": 0, "held": 0}, 10, "all have expired")

    def test_an_invalid_number_of_seconds_is_refused(self):
        for value in ("", "0", "-1", "abc", "1e3", "99999999999", "0.01"):
            with self.subTest(value):
                self.assertEqual(400, self.noahd.put(f"/ephemerals/a?lifetime={value}", b"x").status)
                self.assertEqual(400, self.noahd.put(f"/ephemerals/a?renew={value}", b"").status)
        for value in ("30", True, [], 0, -1, 1e12):
            with self.subTest(value):
                answer = self.noahd.put("/hosts/a", {"status": "up", "lifetime": value})
                self.assertEqual(400, answer.status)
                self.assertIn("lifetime", answer.json()["error_message"])
        self.assertEqual(400, self.noahd.put("/ephemerals/a?renew=30", b"x").status)
        self.assertEqual(0, self.revision())


if __name__ == "__main__":
    unittest.main()
