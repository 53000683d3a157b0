"""A PUT of an existing watch, its options, and what happens when its registrant loses the right."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
import tempfile
import unittest

from support.daemon import Noahd, wait_until
from support.sink import Behaviour, Sink

EVERYTHING = [{"path": "/", "allow": ["read", "write", "watch", "admin"]}]
HOSTS = [{"path": "/hosts", "allow": ["read", "watch"]}]


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


class WatchCase(unittest.TestCase):
    SETTINGS = ()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.noahd = self.start()
        self.operator = {}

    def start(self):
        noahd = Noahd(self.folder, *self.SETTINGS)
        noahd.start()
        self.addCleanup(noahd.stop)
        return noahd

    def restart(self):
        self.noahd.stop()
        self.noahd = self.start()

    def token(self, name, rules=EVERYTHING, **more):
        """The header with the token; if there was one before, None."""
        answer = self.noahd.put(f"/tokens/{name}", {"rules": rules, **more}, headers=self.operator)
        self.assertEqual(200, answer.status, answer)
        return bearer(answer.json()["token"]) if "token" in answer.json() else None

    def switch_on(self):
        self.operator = self.token("operator")

    def put_watch(self, headers=None, pattern="//noah/hosts", path="/", **terms):
        body = {"pattern": pattern, "endpoint": f"{self.sink.url}{path}", **terms}
        return self.noahd.put("/watches", body, headers=self.operator if headers is None else headers)

    def watch(self, *args, **kwargs):
        """The name of a new watch."""
        answer = self.put_watch(*args, **kwargs)
        self.assertEqual((200, "create"), (answer.status, answer.json()["action"]), answer)
        return answer.json()["name"]

    def show(self, name):
        return self.noahd.get(f"/watches/{name.replace('/', '%2F')}", headers=self.operator).json()

    def write(self, name, status="up", headers=None):
        answer = self.noahd.put(f"/hosts/{name}", {"status": status},
                                headers=self.operator if headers is None else headers)
        self.assertEqual(200, answer.status)

    def told(self, marker="marker"):
        """(host, status) of what the endpoint got up to the first write of this host."""
        self.write(marker)
        wait_until(lambda: any(body["name"] == marker for body in self.bodies()), 10, "the last change")
        return [(body["name"], body["status"]) for body in self.bodies() if not body["name"].startswith("marker")]

    def bodies(self):
        return [json.loads(request.body) for request in self.sink.requests()]


class TermsTest(WatchCase):
    def test_a_watch_for_changes_gets_nothing_else(self):
        self.watch(when="changed")
        for status in ("up", "up", "down", "down", "up"):
            self.write("web1", status)
        self.assertEqual([("web1", "up"), ("web1", "down"), ("web1", "up")], self.told())

    def test_by_an_alias_only_changes_of_the_watched_object_count(self):
        """The last change of a write by an alias is the last that changed something."""
        for name in ("a", "b"):
            self.noahd.put(f"/services/s/{name}", {"status": "up", "host_status": "up"})
            self.noahd.put(f"/services/s/{name}/tag", {"tags": "t"})
        self.watch(pattern="//noah/tags/t", when="changed")
        self.noahd.put("/services/s/a", {"status": "up", "host_status": "up"})
        self.noahd.put("/services/s/b", {"status": "down", "host_status": "up"})
        self.sink.wait_for(1)
        self.noahd.put("/services/s/b", {"status": "up", "host_status": "up"})
        self.sink.wait_for(2)
        self.assertEqual([("b", "down"), ("b", "up")], [(body["host"], body["status"]) for body in self.bodies()])

    def test_if_the_registrant_sees_a_part_everything_counts_as_changed(self):
        self.switch_on()
        reader = self.token("reader", HOSTS)
        self.watch(reader, when="changed")
        for _ in range(2):
            self.write("web1")
        self.assertEqual([("web1", "up")] * 2, self.told())

    def test_its_options_are_shown_and_kept(self):
        name = self.watch(when="changed", owner="web1")
        self.restart()
        self.assertEqual(("changed", "web1"), tuple(self.show(name)[key] for key in ("when", "owner")))
        for _ in range(2):
            self.write("web1")
        self.assertEqual([("web1", "up")], self.told())

    def test_a_watch_in_noahs_format_shows_only_noahs_keys(self):
        name = self.watch()
        self.assertFalse({"when", "owner", "registrant"} & set(self.show(name)))

    def test_the_same_again_is_a_conflict_and_other_options_are_an_update(self):
        name = self.watch()
        for terms in ({}, {"when": "written"}, {"when": None, "owner": None}):
            answer = self.put_watch(**terms)
            self.assertEqual((409, "Record already exists"), (answer.status, answer.json()["error_message"]))
        answer = self.put_watch(when="changed")
        self.assertEqual((200, "update", "changed", name), tuple(
            [answer.status, *(answer.json()[key] for key in ("action", "when", "name"))]))
        self.put_watch(owner="web1")
        self.assertEqual(("changed", "web1"), tuple(self.show(name)[key] for key in ("when", "owner")))
        self.put_watch(when=None)
        self.assertNotIn("when", self.show(name))

    def test_new_options_apply_from_then_on_and_after_a_restart(self):
        self.watch()
        self.write("web1")
        self.assertEqual(200, self.put_watch(when="changed").status)
        self.write("web1")
        self.assertEqual([("web1", "up")], self.told())
        self.restart()
        self.write("web1")
        self.write("web1", "down")
        self.assertEqual([("web1", "up"), ("web1", "down")], self.told("marker2"))

    def test_an_update_drops_no_pending_delivery(self):
        self.watch()
        self.sink.stop()
        self.write("web1")
        self.noahd.wait_for_log("fails")
        self.assertEqual(200, self.put_watch(when="changed").status)
        self.sink.start()
        self.assertEqual([("web1", "up")], self.told())

    def test_the_watch_of_an_object_has_options_too(self):
        self.write("web1")
        for terms, status in (({"when": "changed"}, 200), ({}, 409), ({"owner": "web1"}, 200),
                              ({"when": "never"}, 400)):
            answer = self.noahd.put("/hosts/web1/watch", {"endpoint": self.sink.url, **terms})
            self.assertEqual(status, answer.status, terms)
        listed, = self.noahd.get("/watches").json()
        self.assertEqual(("changed", "web1"), (listed["when"], listed["owner"]))

    def test_unknown_keys_are_still_refused(self):
        for key in ("secret", "delivery", "quiet", "hub_signature", "registrant", "name"):
            answer = self.put_watch(**{key: "x"})
            self.assertEqual((400, f'Unknown parameter "{key}"'), (answer.status, answer.json()["error_message"]))

    def test_an_export_keeps_the_options(self):
        self.watch(when="changed", owner="web1")
        exported = self.noahd.run("export").stdout
        self.noahd.stop()
        with tempfile.TemporaryDirectory() as folder, open(f"{folder}/dump", "w", encoding="utf-8") as dump:
            dump.write(exported)
            dump.flush()
            other = Noahd(folder, *self.SETTINGS)
            self.assertEqual(0, other.run("import", dump.name).returncode)
            other.start()
            self.addCleanup(other.stop)
            listed, = other.get("/watches").json()
            self.assertEqual(("changed", "web1"), (listed["when"], listed["owner"]))
            other.stop()


class DeletionTest(WatchCase):
    def delete(self, name, headers=None):
        return self.noahd.delete(f"/watches/{name.replace('/', '%2F')}",
                                 headers=self.operator if headers is None else headers)

    def test_a_watch_is_deleted_by_its_name(self):
        name = self.watch(pattern="//noah/hosts", path="/x???")  # whose base64 has a "/"
        self.assertIn("/", name)
        answer = self.delete(name)
        self.assertEqual((200, "delete", name), (answer.status, answer.json()["action"], answer.json()["name"]))
        self.assertEqual((404, 404), (self.delete(name).status, self.noahd.get("/watches").status))
        self.write("web1")
        self.put_watch(path="/other")
        self.assertEqual([], self.told())

    def test_deleting_by_name_needs_the_same_rights(self):
        self.switch_on()
        chef, other = self.token("chef", HOSTS), self.token("other", HOSTS)
        name = self.watch(chef)
        self.assertEqual((403, 401), (self.delete(name, other).status, self.delete(name, {}).status))
        self.assertEqual(200, self.delete(name, chef).status)
        name = self.watch(chef)
        self.assertEqual(200, self.delete(name).status)

    def test_it_may_be_part_of_a_transaction(self):
        name = self.watch()
        answer = self.noahd.request("POST", "/transactions",
                                    {"writes": [{"method": "DELETE", "path": f"/watches/{name}"}]},
                                    headers={"Content-Type": "application/json"})
        self.assertEqual((200, 404), (answer.status, self.noahd.get(f"/watches/{name}").status))


class AdoptionTest(WatchCase):
    LOST = r"noahd: watch %s of endpoint http://\S+ gets nothing from now on"
    AGAIN = r"noahd: watch %s of endpoint http://\S+ gets changes again, but not those made meanwhile"

    def count(self, line, name):
        return len(re.findall(line % re.escape(name), self.noahd.log_text()))

    def test_a_watch_older_than_the_first_token_can_be_adopted(self):
        name = self.watch()
        self.switch_on()
        self.noahd.wait_for_log(self.LOST % re.escape(name))
        self.write("silent")
        answer = self.put_watch()
        self.assertEqual((200, "update", "operator"),
                         (answer.status, *(answer.json()[k] for k in ("action", "registrant"))))
        self.noahd.wait_for_log(self.AGAIN % re.escape(name))
        self.write("web1")
        self.assertEqual([("web1", "up")], self.told())
        self.assertEqual((1, 1), (self.count(self.LOST, name), self.count(self.AGAIN, name)))

    def test_a_watch_is_logged_once_however_often_tokens_change(self):
        name = self.watch()
        self.switch_on()
        for i in range(5):
            self.token(f"chef{i}", HOSTS)
        self.watch(path="/last")
        self.noahd.delete("/tokens/chef0", headers=self.operator)
        self.write("web1")
        self.sink.wait_for(1)
        self.assertEqual(1, self.count(self.LOST, name))

    def test_watches_of_a_deleted_token_can_be_adopted(self):
        self.switch_on()
        first, second = self.token("first", HOSTS), self.token("second")
        name = self.watch(first)
        self.assertEqual(409, self.put_watch(second).status)
        self.noahd.delete("/tokens/first", headers=self.operator)
        self.noahd.wait_for_log(self.LOST % re.escape(name))
        self.assertEqual(200, self.put_watch(second, when="changed").status)
        self.assertEqual(("second", "changed"), tuple(self.show(name)[key] for key in ("registrant", "when")))
        self.write("web1")
        self.write("web1")
        self.assertEqual([("web1", "up")], self.told())

    def test_an_expired_token_is_noticed_without_a_write(self):
        self.switch_on()
        first = self.token("first", HOSTS, expires_in=0.3)
        name = self.watch(first)
        self.noahd.wait_for_log(self.LOST % re.escape(name))

    def test_adopting_needs_read_and_watch(self):
        self.watch()
        self.switch_on()
        for rights in (["read"], ["watch"], []):
            weak = self.token(f"weak{len(rights)}{rights[:1]}", [{"path": "/hosts", "allow": rights}])
            self.assertEqual(403, self.put_watch(weak).status)
        self.assertEqual(401, self.put_watch({}).status)

    def test_a_regained_right_is_logged_and_the_registrant_stays(self):
        self.switch_on()
        chef = self.token("chef", HOSTS)
        name = self.watch(chef)
        self.token("chef", [])
        self.noahd.wait_for_log(self.LOST % re.escape(name))
        self.write("silent")
        self.token("chef", HOSTS)
        self.noahd.wait_for_log(self.AGAIN % re.escape(name))
        self.assertEqual((409, "Record already exists"),
                         (self.put_watch(chef).status, self.put_watch(chef).json()["error_message"]))
        self.assertEqual([], self.told())

    def test_after_a_restart_unauthorized_watches_are_counted(self):
        name = self.watch()
        self.watch(path="/other")
        self.switch_on()
        self.noahd.wait_for_log(self.LOST % re.escape(name))
        self.restart()
        self.noahd.wait_for_log("2 watches get nothing")
        self.assertEqual(200, self.put_watch().status)
        self.noahd.wait_for_log(self.AGAIN % re.escape(name))
        self.assertEqual([], self.told())

    def test_changes_from_before_an_adoption_are_not_delivered_after_a_crash(self):
        self.watch()
        self.switch_on()
        self.write("silent")
        self.assertEqual(200, self.put_watch().status)
        self.assertEqual([], self.told())
        self.noahd.kill()
        self.noahd = self.start()
        self.assertEqual([], self.told("marker2"))


class HealthTest(WatchCase):
    SETTINGS = ("delivery.retry_seconds=0.01",)

    def state(self, name):
        return self.show(name)["health"]["state"]

    def test_a_watch_is_active_until_its_registrant_may_not_read_any_of_it(self):
        first = self.watch()
        self.assertEqual("active", self.state(first))
        self.switch_on()
        second = self.watch(path="/second")
        self.assertEqual(("unauthorized", "active"), (self.state(first), self.state(second)))
        self.assertEqual(200, self.put_watch().status)
        self.assertEqual("active", self.state(first))

    def test_a_token_that_expires_is_seen_at_once(self):
        self.switch_on()
        name = self.watch(self.token("chef", HOSTS, expires_in=0.2))
        wait_until(lambda: self.state(name) == "unauthorized", 10, "the end of the token")

    def test_a_part_that_may_be_read_keeps_it_active(self):
        self.switch_on()
        chef = self.token("chef", HOSTS)
        name = self.watch(chef)
        for rules, state in (([{"path": "/hosts/web1", "allow": ["read"]}], "active"), ([], "unauthorized"),
                             ([{"path": "/services", "allow": ["read"]}], "unauthorized"), (HOSTS, "active")):
            self.token("chef", rules)
            self.assertEqual(state, self.state(name), rules)

    def test_health_is_not_part_of_the_watch(self):
        name = self.watch()
        path = f"/watches/{name}"
        before = self.noahd.get(path).headers["etag"], self.noahd.get("/watches").headers["etag"]
        for target in ("/events", "/watches", "/objects"):
            self.assertNotIn("health", self.noahd.get(target).json()[0], target)
        secret = self.token("operator")
        self.operator = secret
        self.assertEqual("unauthorized", self.state(name))
        after = [self.noahd.get(target, headers=self.operator).headers["etag"] for target in (path, "/watches")]
        self.assertEqual(list(before), after)

    def test_an_endpoint_that_is_gone_disables_it_even_after_a_restart(self):
        name = self.watch()
        self.sink.script(Behaviour(410))
        self.write("web1")
        wait_until(lambda: self.state(name) == "disabled", 10, "the state")
        self.restart()
        self.assertEqual("disabled", self.state(name))
        body = {"pattern": "//noah/hosts", "endpoint": f"{self.sink.url}/"}
        self.assertEqual(200, self.noahd.delete("/watches", body).status)
        self.assertEqual("active", self.state(self.watch()))


class SuspendedTest(WatchCase):
    SETTINGS = ("delivery.retry_seconds=0.01", "delivery.suspend_hours=0.0001")

    def test_an_endpoint_that_failed_too_long_suspends_it(self):
        name = self.watch()
        self.sink.stop()
        self.write("web1")
        wait_until(lambda: self.show(name)["health"]["state"] == "suspended", 10, "the state")


if __name__ == "__main__":
    unittest.main()
