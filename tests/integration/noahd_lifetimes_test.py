"""Lifetimes: what is not renewed in time lapses, and nothing else does."""
# SPDX-License-Identifier: Apache-2.0

import json
import tempfile
import unittest

from support.daemon import Noahd, wait_until
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
        wait_until(lambda: not self.is_there(path), 10, f"{path} has lapsed")

    def request(self, method, path, body=None, headers=None):
        return self.noahd.request(method, path, body, headers or {})

    def test_an_ephemeral_lapses_when_its_lifetime_is_over(self):
        answer = self.noahd.put(f"/ephemerals/a?lifetime={SHORT}", b"x")
        self.assertEqual((200, 0.2), (answer.status, answer.json()["lifetime"]))
        self.wait_until_gone("/ephemerals/a")
        self.assertEqual(2, self.revision())

    def test_a_host_and_a_service_go_down(self):
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up", "lifetime": 0.2})
        self.noahd.put("/hosts/web2", {"status": "up", "lifetime": 0.2})
        self.assertEqual(0.2, self.noahd.get("/services/http/web1").json()["lifetime"])
        wait_until(lambda: self.noahd.get("/services/http/web1").json()["status"] == "down", 10, "the service is down")
        wait_until(lambda: self.noahd.get("/hosts/web2").json()["status"] == "down", 10, "the host is down")
        host = self.noahd.get("/hosts/web1").json()
        self.assertEqual(("up", {"http": "down"}), (host["status"], host["services"]))
        self.assertNotIn("lifetime", self.noahd.get("/hosts/web2").json())

    def test_a_lapse_is_told_with_its_reason(self):
        with Sink() as sink:
            self.noahd.put("/watches", {"pattern": "//noah/ephemerals", "endpoint": sink.url})
            self.noahd.put(f"/ephemerals/a?lifetime={SHORT}", b"x")
            created, deleted = [json.loads(request.body) for request in sink.wait_for(2)]
        self.assertEqual(("create", None), (created["action"], created.get("reason")))
        self.assertEqual(("delete", "expired", "x"), (deleted["action"], deleted["reason"], deleted["data"]))

    def test_a_renewal_is_no_change(self):
        self.noahd.put("/ephemerals/short?lifetime=1", b"x")
        before = self.noahd.get("/ephemerals/short").headers
        renewal = self.noahd.put(f"/ephemerals/short?renew={LONG}", b"")
        self.assertEqual((200, "renew", 600), (renewal.status, renewal.json()["action"], renewal.json()["lifetime"]))
        self.noahd.put("/ephemerals/marker?lifetime=1.5", b"x")
        self.wait_until_gone("/ephemerals/marker")
        self.assertTrue(self.is_there("/ephemerals/short"))
        self.assertEqual(int(before["noah-revision"]) + 2, self.revision())

    def test_hosts_and_services_are_renewed_at_their_paths(self):
        self.noahd.put("/hosts/web1", {"status": "up", "lifetime": 600})
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up", "lifetime": 600})
        for path in ("/hosts/web1", "/services/http/web1"):
            with self.subTest(path):
                self.assertEqual(200, self.noahd.put(f"{path}?renew=30", b"").status)

    def test_there_must_be_something_to_renew(self):
        self.noahd.put("/ephemerals/stays", b"x")
        for path in ("/ephemerals/none", "/ephemerals/stays", "/hosts/none", "/ephemerals/stays/"):
            with self.subTest(path):
                self.assertEqual(404, self.noahd.put(f"{path}?renew=30", b"").status)

    def test_a_write_without_a_lifetime_ends_it(self):
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

    def test_a_stop_ends_no_lifetime(self):
        self.noahd.put("/ephemerals/a?lifetime=1", b"x")
        self.noahd.stop()
        self.noahd.start()
        self.assertTrue(self.is_there("/ephemerals/a"))
        self.wait_until_gone("/ephemerals/a")

    def test_a_mass_expiry_is_held_until_renewals_come_back(self):
        names = [f"/ephemerals/node{i}" for i in range(40)]
        for name in names:
            self.noahd.put(f"{name}?lifetime=1", b"x")
        self.noahd.wait_for_log("too many lifetimes ended")
        self.assertEqual("ready", self.noahd.get("/health").json()["status"])
        wait_until(lambda: self.noahd.get("/lifetimes").json()["held"] >= 20, 10, "lifetimes are held")
        self.assertIn("held", self.noahd.get("/health").json()["warnings"][0])
        for name in names[:-2]:
            self.noahd.put(f"{name}?renew={LONG}", b"")
        gone = [name for name in names if not self.is_there(name)]
        self.assertLess(len(gone), 20)

    def test_an_operator_releases_what_is_held(self):
        for i in range(40):
            self.noahd.put(f"/ephemerals/node{i}?lifetime=1", b"x")
        wait_until(lambda: self.noahd.get("/lifetimes").json()["running"] == 0, 10, "all lifetimes are over")
        self.assertEqual(415, self.request("POST", "/lifetimes/release").status)
        released = self.request("POST", "/lifetimes/release", b"", JSON)
        self.assertGreaterEqual(released.json()["released"], 20)
        wait_until(lambda: self.noahd.get("/lifetimes").json() == {"running": 0, "held": 0}, 10, "all have lapsed")

    def test_what_is_no_number_of_seconds_is_refused(self):
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
