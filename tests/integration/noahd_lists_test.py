"""Long lists: sent in chunks while they are rendered, consistent at one revision, without delaying other clients."""
# SPDX-License-Identifier: Apache-2.0

import json
import tempfile
import unittest

from support.daemon import Noahd
from support.raw_http import Connection, format_request

HOSTS = 20000
WRITES_AT_ONCE = 128


def put(path, body):
    return {"method": "PUT", "path": path, "body": body}


def tied_host(i):
    """The writes that create a host with a tag, in a link."""
    path = f"/hosts/web{i}"
    return (put(path, {"status": "up"}), put(f"{path}/tag", {"tags": "all"}),
            put(f"{path}/link", {"link_name": "/all"}))


def write(connection, writes, headers=()):
    """Creates them, many at a time."""
    for first in range(0, len(writes), WRITES_AT_ONCE):
        body = json.dumps({"writes": writes[first:first + WRITES_AT_ONCE]})
        answer = connection.request("POST", "/transactions", body,
                                    {"Content-Type": "application/json", **dict(headers)})
        assert answer.status == 200, answer


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


class ListsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.noahd = Noahd(cls.folder.name, "store.engine=memory").start()
        with Connection(cls.noahd.port) as connection:
            write(connection, [one for i in range(HOSTS) for one in tied_host(i)])

    @classmethod
    def tearDownClass(cls):
        cls.noahd.stop()
        cls.folder.cleanup()

    def test_a_long_list_is_sent_in_chunks_and_complete(self):
        answer = self.noahd.get("/hosts")
        self.assertEqual("chunked", answer.headers["transfer-encoding"])
        self.assertEqual("application/json;charset=utf-8", answer.headers["content-type"])
        self.assertEqual({f"web{i}" for i in range(HOSTS)}, set(answer.json()))

    def test_a_list_shows_one_revision_even_if_hosts_change_while_it_is_read(self):
        before = self.noahd.put("/hosts/web0", {"status": "down"}).headers["noah-revision"]
        with Connection(self.noahd.port) as slow:
            slow.send(format_request(slow.host, "GET", "/hosts"))
            revision = None
            for i in range(0, HOSTS, 100):
                revision = self.noahd.put(f"/hosts/web{i}", {"status": "pending"}).headers["noah-revision"]
            answer = slow.receive()
        seen = [host["status"] for host in answer.json().values()].count("pending")
        self.assertEqual(int(before) + seen, int(answer.headers["noah-revision"]))
        self.assertLessEqual(int(answer.headers["noah-revision"]), int(revision))

    def test_tags_and_links_are_sent_in_chunks_and_complete(self):
        tag, link = self.noahd.get("/tags/all"), self.noahd.get("/all")
        for answer in (tag, link, self.noahd.get("/tags"), self.noahd.get("/links"), self.noahd.get("/all/hosts")):
            self.assertEqual("chunked", answer.headers["transfer-encoding"])
        self.assertEqual({f"web{i}" for i in range(HOSTS)}, set(tag.json()["all"]["hosts"]))
        self.assertEqual({f"web{i}" for i in range(HOSTS)}, set(link.json()["hosts"]))
        self.assertEqual(tag.json(), self.noahd.get("/tags").json())
        self.assertEqual(link.json()["hosts"], self.noahd.get("/all/hosts").json())
        self.assertEqual({"/all": link.json()}, {name: {"name": name, **shown}
                                                 for name, shown in self.noahd.get("/links").json().items()})

    def test_tags_and_links_show_one_revision_even_if_members_change_while_they_are_read(self):
        for target, hosts_of in (("/tags/all", lambda shown: shown["all"]["hosts"]),
                                 ("/all", lambda shown: shown["hosts"])):
            answer = self.noahd.get(target)
            expected, before = hosts_of(answer.json()), int(answer.headers["noah-revision"])
            names = [f"web{i}" for i in range(0, HOSTS, 100)]
            status = "down" if expected["web0"]["status"] == "pending" else "pending"
            with Connection(self.noahd.port) as slow:
                slow.send(format_request(slow.host, "GET", target))
                for name in names:
                    self.noahd.put(f"/hosts/{name}", {"status": status})
                answer = slow.receive()
            for name in names[:int(answer.headers["noah-revision"]) - before]:
                expected[name]["status"] = status
            self.assertEqual(expected, hosts_of(answer.json()))

    def test_other_clients_are_answered_while_a_list_is_sent(self):
        with Connection(self.noahd.port) as slow, Connection(self.noahd.port) as other:
            for _ in range(20):
                slow.send(format_request(slow.host, "GET", "/hosts"))
            for _ in range(100):
                self.assertEqual(200, other.request("GET", "/hosts/web1").status)

    def test_head_of_a_long_list_has_no_body(self):
        with Connection(self.noahd.port) as connection:
            answer = connection.request("HEAD", "/hosts")
            self.assertEqual((200, b""), (answer.status, answer.body))
            self.assertTrue(connection.is_closed())


class ShownListsTest(unittest.TestCase):
    """Lists that show more than the objects of one kind."""

    HOSTS = 300  # more than are rendered at once

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name, "store.engine=memory").start()
        self.addCleanup(self.noahd.stop)

    def write(self, writes):
        with Connection(self.noahd.port) as connection:
            write(connection, writes)

    def linked_services(self, hosts):
        for host in hosts:
            path = f"/services/http/{host}"
            yield put(path, {"status": "up", "host_status": "up"})
            yield put(f"{path}/link", {"link_name": "/all"})

    def test_a_service_of_a_link_is_a_list_of_any_length(self):
        for hosts in (["web1", "web2"], [f"web{i}" for i in range(self.HOSTS)]):
            self.write(list(self.linked_services(hosts)))
            shown = self.noahd.get("/all/services/http").json()
            self.assertEqual("http", shown.pop("name"))
            self.assertEqual(set(hosts), set(shown))
            self.assertEqual(self.noahd.get("/all/services").json()["http"], shown)

    def test_a_host_called_name_replaces_the_name_of_the_service(self):
        self.write(list(self.linked_services(["web1", "name"])))
        body = self.noahd.get("/all/services/http").body.decode()
        self.assertEqual(1, body.count('"name"'))
        self.assertEqual({"web1", "name"}, set(json.loads(body)))

    def test_the_short_list_of_configurations_uses_the_server_name_of_each_request(self):
        names = {f"c{i}" for i in range(self.HOSTS)}
        self.write([put(f"/configurations/{name}", {"format": "json", "body": "{}"}) for name in names])
        for host in (f"127.0.0.1:{self.noahd.port}", f"localhost:{self.noahd.port}"):
            shown = self.noahd.get("/configurations?short=true", headers={"Host": host}).json()
            self.assertEqual({name: f"http://{host}/configurations/{name}" for name in names},
                             {name: configuration["location"] for name, configuration in shown.items()})
            self.assertEqual({"format", "location", "created_at", "updated_at"}, set(shown["c1"]))

    def test_a_few_large_objects_are_sent_in_chunks_and_complete(self):
        text = json.dumps({"format": "string", "body": "x" * 60000})
        with Connection(self.noahd.port) as connection:
            for i in range(25):
                self.assertEqual(200, connection.request("PUT", f"/applications/a/configurations/c{i}", text).status)
        self.write([put("/applications/a/tag", {"tags": ["one", "two"]})])
        answer = self.noahd.get("/tags/one")
        self.assertEqual("chunked", answer.headers["transfer-encoding"])
        shown = answer.json()["one"]["applications"]["a"]
        self.assertEqual(25, len(shown["configurations"]))
        self.assertEqual(shown, self.noahd.get("/tags").json()["two"]["applications"]["a"])

    def test_a_tag_and_a_link_show_only_what_the_token_may_read(self):
        self.write([one for i in range(self.HOSTS) for one in tied_host(i)] + list(self.linked_services(["web1"])) +
                   [put("/services/ssh/web1", {"status": "up", "host_status": "up"}),
                    put("/ephemerals/a", "1"), put("/ephemerals/a/tag", {"tags": "all"})])
        operator = bearer(self.noahd.put("/tokens/operator", {"rules": [
            {"path": "/", "allow": ["read", "write", "watch", "admin"]}]}).json()["token"])
        reader = bearer(self.noahd.put("/tokens/reader", {"rules": [
            {"path": path, "allow": allowed} for path, allowed in (
                ("/tags", ["read"]), ("/all", ["read"]), ("/links", ["read"]), ("/hosts", ["read"]),
                ("/hosts/web7", []), ("/services/ssh", ["read"]))]}, headers=operator).json()["token"])
        for target in ("/tags/all", "/tags", "/all", "/all/hosts", "/links/all"):
            with self.subTest(target):
                whole, shown = (self.noahd.get(target, headers=headers).json() for headers in (operator, reader))
                whole, shown = (lists.get("all", lists) for lists in (whole, shown))
                hosts, seen = whole.get("hosts", whole), shown.get("hosts", shown)
                hosts.pop("web7")
                self.assertEqual({"http": "up", "ssh": "up"}, hosts["web1"]["services"])
                hosts["web1"]["services"].pop("http")
                self.assertEqual(hosts, seen)
                self.assertFalse(shown.get("services"))
                self.assertFalse(shown.get("ephemerals"))


if __name__ == "__main__":
    unittest.main()
