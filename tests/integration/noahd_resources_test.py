"""Noah's resources over HTTP, key by key, as in doc/protocol.md."""
# SPDX-License-Identifier: Apache-2.0

import base64
import re
import tempfile
import unittest

from support.daemon import Noahd
from support.raw_http import Connection

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
NOT_FOUND = {"result": "failure", "error_message": "Resource not found"}


class ResourcesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name, "store.engine=memory")
        self.noahd.start()
        self.addCleanup(self.noahd.stop)

    def assert_not_found(self, answer):
        self.assertEqual((404, NOT_FOUND), (answer.status, answer.json()))

    def assert_object(self, answer, expected):
        """expected, plus an id, empty tags and links, and times."""
        found = answer if isinstance(answer, dict) else answer.json()
        found = dict(found)
        self.assertRegex(found.pop("id"), UUID)
        self.assertRegex(found.pop("created_at"), TIME)
        self.assertRegex(found.pop("updated_at"), TIME)
        self.assertEqual({"tags": [], "links": [], **expected}, found)

    # ---- hosts

    def test_a_host_is_registered_and_updated(self):
        first = self.noahd.put("/hosts/web1", {"status": "up"})
        self.assertEqual(200, first.status)
        self.assertEqual("application/json;charset=utf-8", first.headers["content-type"])
        body = first.json()
        self.assertRegex(body.pop("id"), UUID)
        self.assertEqual({"result": "success", "status": "up", "name": "web1", "new_record": True}, body)
        second = self.noahd.put("/hosts/web1", {"status": "down"}).json()
        self.assertEqual((first.json()["id"], "down", False), (second["id"], second["status"], second["new_record"]))

    def test_a_host_shows_its_services(self):
        self.noahd.put("/hosts/web1", {"status": "pending"})
        self.assert_object(self.noahd.get("/hosts/web1"), {"name": "web1", "status": "pending", "services": {}})
        self.noahd.put("/services/http/web1", {"status": "down", "host_status": "up"})
        self.assert_object(self.noahd.get("/hosts/web1"),
                           {"name": "web1", "status": "up", "services": {"http": "down"}})
        hosts = self.noahd.get("/hosts").json()
        self.assertEqual(["web1"], list(hosts))
        self.assert_object(hosts["web1"], {"status": "up", "services": {"http": "down"}})

    def test_a_deleted_host_deletes_its_services(self):
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up"})
        self.noahd.put("/services/http/web2", {"status": "up", "host_status": "up"})
        answer = self.noahd.delete("/hosts/web1").json()
        self.assertRegex(answer.pop("id"), UUID)
        self.assertEqual({"result": "success", "name": "web1", "service_count": "1"}, answer)
        self.assert_not_found(self.noahd.get("/hosts/web1"))
        self.assert_not_found(self.noahd.get("/services/http/web1"))
        self.assert_not_found(self.noahd.delete("/hosts/web1"))
        self.assertEqual(["web2"], list(self.noahd.get("/services/http").json()["http"]))

    def test_an_empty_collection_is_not_found(self):
        for path in ("/hosts", "/services", "/services/http", "/watches", "/ephemerals", "/ephemerals/"):
            with self.subTest(path):
                self.assert_not_found(self.noahd.get(path))

    def test_a_trailing_slash_makes_no_difference(self):
        self.assertEqual(200, self.noahd.put("/hosts/web1/", {"status": "up"}).status)
        for path in ("/hosts/", "/hosts/web1/", "/version/", "/health/"):
            with self.subTest(path):
                self.assertEqual(200, self.noahd.get(path).status)

    # ---- services

    def test_a_service_creates_its_host(self):
        answer = self.noahd.put("/services/http/web1", {"status": "up", "host_status": "pending"}).json()
        self.assertRegex(answer.pop("id"), UUID)
        self.assertEqual({"action": "create", "result": "success", "name": "http",
                          "host": {"name": "web1", "action": "create", "status": "pending"}}, answer)
        again = self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up"}).json()
        self.assertEqual(("update", "update"), (again["action"], again["host"]["action"]))

    def test_services_are_listed_by_name_and_host(self):
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up"})
        self.noahd.put("/services/ssh/web2", {"status": "down", "host_status": "up"})
        self.assert_object(self.noahd.get("/services/http/web1"), {"name": "http", "status": "up", "host": "web1"})
        self.assert_object(self.noahd.get("/hosts/web1/services/http"),
                           {"name": "http", "status": "up", "host": "web1"})
        everything = self.noahd.get("/services").json()
        self.assertEqual({"http": ["web1"], "ssh": ["web2"]}, {name: list(hosts) for name, hosts in everything.items()})
        self.assert_object(everything["ssh"]["web2"], {"status": "down"})

    def test_a_service_is_deleted_on_one_host_or_on_all(self):
        for host in ("a", "b", "c"):
            self.noahd.put(f"/services/http/{host}", {"status": "up", "host_status": "up"})
        one = self.noahd.delete("/services/http/a").json()
        self.assertRegex(one.pop("id"), UUID)
        self.assertEqual({"action": "delete", "result": "success", "host": "a", "service": "http"}, one)
        self.assertEqual("b", self.noahd.delete("/hosts/b/services/http").json()["host"])
        self.noahd.put("/services/http/d", {"status": "up", "host_status": "up"})
        self.assertEqual({"action": "delete", "result": "success", "affected_hosts": 2, "service": "http"},
                         self.noahd.delete("/services/http").json())
        self.assert_not_found(self.noahd.delete("/services/http"))
        self.assertEqual(200, self.noahd.get("/hosts/a").status)

    # ---- ephemerals

    def test_the_ephemeral_of_the_original_talk_works(self):
        answer = self.noahd.put("/ephemerals/chef/notify/localhost", "1").json()
        self.assertRegex(answer.pop("id"), UUID)
        self.assertRegex(answer.pop("created_at"), TIME)
        self.assertRegex(answer.pop("updated_at"), TIME)
        self.assertEqual({"action": "create", "result": "success", "path": "/chef/notify/localhost", "data": "1"},
                         answer)
        self.assertEqual("update", self.noahd.put("/ephemerals/chef/notify/localhost", "2").json()["action"])
        answer = self.noahd.get("/ephemerals/chef/notify/localhost")
        self.assertEqual(("application/octet-stream", b"2"), (answer.headers["content-type"], answer.body))
        gone = self.noahd.delete("/ephemerals/chef/notify/localhost").json()
        self.assertRegex(gone.pop("id"), UUID)
        self.assertEqual({"result": "success", "action": "delete", "path": "/chef/notify/localhost"}, gone)
        self.assert_not_found(self.noahd.get("/ephemerals/chef/notify/localhost"))

    def test_ephemerals_keep_any_bytes(self):
        data = bytes(range(256)) * 2
        answer = self.noahd.put("/ephemerals/bytes", data).json()
        self.assertEqual(("base64", data), (answer["data_encoding"], base64.b64decode(answer["data"])))
        self.assertEqual(data, self.noahd.get("/ephemerals/bytes").body)
        answer = self.noahd.put("/ephemerals/nul", b"a\0b").json()
        self.assertEqual(("a\0b", False), (answer["data"], "data_encoding" in answer))

    def test_an_ephemeral_may_have_no_data(self):
        for body in (None, ""):
            self.assertIsNone(self.noahd.put("/ephemerals/signal", body).json()["data"])
            answer = self.noahd.get("/ephemerals/signal")
            self.assertEqual((200, b""), (answer.status, answer.body))

    def test_keys_of_ephemerals_are_unrelated(self):
        for path in ("/foo/bar", "/a", "/a/"):
            self.assertEqual("create", self.noahd.put("/ephemerals" + path, path).json()["action"])
        self.assert_not_found(self.noahd.get("/ephemerals/foo"))
        self.assertEqual(b"/a", self.noahd.get("/ephemerals/a").body)
        self.assertEqual(b"/a/", self.noahd.get("/ephemerals/a/").body)

    def test_names_are_decoded_by_segment(self):
        self.noahd.put("/ephemerals/with%20space/%C3%A9", "x")
        self.assertEqual("/with space/é", self.noahd.put("/ephemerals/with%20space/é", "y").json()["path"])
        self.assertEqual("a b", self.noahd.put("/hosts/a%20b", {"status": "up"}).json()["name"])

    def test_bytes_from_clients_are_neither_sniffed_nor_run(self):
        self.noahd.put("/ephemerals/page", "<script>alert(1)</script>")
        headers = self.noahd.get("/ephemerals/page").headers
        self.assertEqual(("nosniff", "sandbox"),
                         (headers["x-content-type-options"], headers["content-security-policy"]))

    # ---- watches

    def test_the_watch_of_the_original_talk_works(self):
        pattern, endpoint = "//noah/ephemerals/chef/notify/localhost", "http://localhost:8080"
        answer = self.noahd.put("/watches/", {"pattern": pattern, "endpoint": endpoint})
        body = answer.json()
        name = base64.b64encode(f"{pattern}|{endpoint}".encode()).decode()
        self.assertRegex(body.pop("id"), UUID)
        self.assertRegex(body.pop("created_at"), TIME)
        self.assertRegex(body.pop("updated_at"), TIME)
        self.assertEqual({"action": "create", "result": "success", "pattern": pattern, "endpoint": endpoint,
                          "name": name}, body)
        watch = {key: value for key, value in answer.json().items() if key not in ("action", "result")}
        self.assertEqual([watch], self.noahd.get("/watches").json())
        self.assertEqual({**watch, "health": {"state": "active"}}, self.noahd.get("/watches/" + name).json())
        gone = self.noahd.delete("/watches", {"pattern": pattern, "endpoint": endpoint}).json()
        self.assertEqual({"result": "success", "action": "delete", **watch}, gone)
        self.assert_not_found(self.noahd.get("/watches/" + name))
        self.assert_not_found(self.noahd.delete("/watches", '{"pattern":"//noah/x","endpoint":"http://h/"}'))

    def test_a_watchs_name_may_contain_a_slash(self):
        endpoint = "http://h/?>>>???"
        name = self.noahd.put("/watches", {"pattern": "//noah/x", "endpoint": endpoint}).json()["name"]
        self.assertIn("/", name)
        self.assertEqual(200, self.noahd.get("/watches/" + name.replace("/", "%2F")).status)

    def test_an_object_called_star_can_be_watched_alone(self):
        self.noahd.put("/hosts/*", {"status": "up"})
        self.noahd.put("/hosts/web1", {"status": "up"})
        name = self.noahd.put("/hosts/*/watch", {"endpoint": "http://h/"}).json()
        self.assertEqual("//noah/hosts/%2A|http://h/", base64.b64decode(name).decode())
        self.assertEqual(200, self.noahd.put("/hosts/web1/watch", {"endpoint": "http://h/"}).status)

    def test_a_watchs_name_may_be_longer_than_other_names(self):
        pattern = "//noah/ephemerals/" + "/".join(["a" * 100] * 3)
        name = self.noahd.put("/watches", {"pattern": pattern, "endpoint": "http://h/"}).json()["name"]
        self.assertGreater(len(name), 255)
        self.assertEqual(pattern, self.noahd.get("/watches/" + name.replace("/", "%2F")).json()["pattern"])

    def test_watches_that_overlap_on_one_endpoint_are_conflicts(self):
        def put(pattern):
            answer = self.noahd.put("/watches", {"pattern": pattern, "endpoint": "http://h/"})
            return answer.status, answer.json().get("error_message")
        self.assertEqual((200, None), put("//noah/hosts/web1"))
        self.assertEqual((409, "Record already exists"), put("//noah/hosts/web1"))
        self.assertEqual((409, "Pattern is already provided"), put("//noah/hosts/web1/services"))
        self.assertEqual((409, "Pattern would overwrite existing"), put("//noah/hosts"))
        self.assertEqual((200, None), put("//noah/hosts/web10"))
        self.assertEqual((200, None), put("//noah/application/x"))

    def test_an_object_can_be_watched_by_its_path(self):
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up"})
        self.noahd.put("/ephemerals/chef/a%20b", "1")
        expected = {"/hosts/web1": "//noah/hosts/web1", "/services/http/web1": "//noah/services/http/web1",
                    "/ephemerals/chef/a%20b": "//noah/ephemerals/chef/a%20b"}
        for path, pattern in expected.items():
            with self.subTest(path):
                name = self.noahd.put(path + "/watch", {"endpoint": "http://h/"}).json()
                self.assertEqual(f"{pattern}|http://h/", base64.b64decode(name).decode())
        self.assert_not_found(self.noahd.put("/hosts/nobody/watch", {"endpoint": "http://h/"}))

    # ---- the rest

    def test_the_start_page_and_the_version(self):
        page = self.noahd.get("/", headers={"Accept": "text/html,*/*"})
        self.assertEqual("text/html;charset=utf-8", page.headers["content-type"])
        self.assertIn(b"Noah Start Page", page.body)
        start = self.noahd.get("/").json()
        self.assertEqual({"hosts", "services", "applications", "configurations"}, set(start["resources"]))
        version = self.noahd.get("/version").json()
        self.assertEqual({"redis_version", "noah_version"}, set(version))
        self.assertEqual("", version["redis_version"])
        self.assertEqual({"status": "ready"}, self.noahd.get("/health").json())

    def test_every_answer_has_revision_and_epoch(self):
        epoch = self.noahd.get("/version").headers["noah-epoch"]
        revisions = [self.noahd.put("/hosts/a", {"status": "up"}), self.noahd.get("/hosts/a"),
                     self.noahd.put("/services/http/a", {"status": "up", "host_status": "up"}),
                     self.noahd.get("/hosts/nobody"), self.noahd.put("/hosts/a", {"status": "UP"}),
                     self.noahd.put("/ephemerals/x", "1"), self.noahd.get("/hosts/a")]
        self.assertEqual(["1", "1", "3", "3", "3", "4", "4"], [answer.headers["noah-revision"] for answer in revisions])
        self.assertEqual({epoch}, {answer.headers["noah-epoch"] for answer in revisions})

    def test_head_is_get_without_a_body(self):
        self.noahd.put("/ephemerals/x", "12345")
        with Connection(self.noahd.port) as connection:
            head = connection.request("HEAD", "/ephemerals/x")
            self.assertEqual((200, "5"), (head.status, head.headers["content-length"]))
            self.assertEqual(b"12345", connection.request("GET", "/ephemerals/x").body)


if __name__ == "__main__":
    unittest.main()
