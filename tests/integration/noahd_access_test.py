"""Access control: tokens and their rules, over HTTP and in deliveries."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
import unittest

from noahd_access_case import EVERYTHING, JSON, AccessCase, bearer, rules
from support.daemon import Noahd, run_command, wait_until
from support.raw_http import Connection, format_request
from support.sink import Sink

class TokensTest(AccessCase):
    def test_while_there_is_no_token_everything_is_allowed(self):
        self.fill()
        self.assertEqual(200, self.noahd.get("/hosts/web1", headers=bearer("anything")).status)
        answer = self.noahd.get("/tokens")
        self.assertEqual((200, []), (answer.status, answer.json()))

    def test_the_first_token_enables_access_control_everywhere(self):
        self.fill()
        self.switch_on()
        for method, target, body in (("GET", "/hosts", None), ("GET", "/hosts/web1", None), ("GET", "/", None),
                                     ("GET", "/version", None), ("PUT", "/hosts/new", {"status": "up"}),
                                     ("DELETE", "/hosts/web1", None), ("GET", "/tokens", None),
                                     ("PUT", "/tokens/mine", {"rules": []}), ("GET", "/ephemerals/chef/a", None),
                                     ("GET", "/hosts/web1/services/http", None), ("GET", "/watches", None),
                                     ("PUT", "/ephemerals/chef/a?renew=9", None), ("GET", "/hosts/none", None),
                                     ("DELETE", "/hosts/none", None)):
            with self.subTest(f"{method} {target}"):
                self.assert_refused(self.noahd.request(method, target, body), 401)
        self.assertEqual(200, self.noahd.get("/health").status)
        self.assertEqual(200, self.noahd.get("/hosts/web1", headers=self.operator).status)

    def test_a_token_is_created_with_a_secret(self):
        made = self.noahd.put("/tokens/chef", {"rules": rules({"/ephemerals/chef/": ["write", "read"]})})
        answer = made.json()
        secret = answer["token"]
        self.assertRegex(secret, r"^noah_[A-Za-z0-9_-]{43}$")
        self.assertEqual(("success", "create", "chef", [{"path": "/ephemerals/chef", "allow": ["read", "write"]}],
                          None),
                         tuple(answer[key] for key in ("result", "action", "name", "rules", "expires_at")))
        self.operator = bearer(secret)
        self.assert_refused(self.noahd.get("/tokens/chef", headers=self.operator), 403)
        self.assertEqual(404, self.noahd.get("/ephemerals/chef", headers=self.operator).status)

    def test_the_secret_is_shown_once(self):
        self.switch_on()
        secret = self.token("chef", {"/": ["read"]}, expires_in=3600)
        for answer in (self.noahd.get("/tokens/chef", headers=self.operator),
                       self.noahd.get("/tokens", headers=self.operator),
                       self.noahd.put("/tokens/chef", {"rules": []}, headers=self.operator),
                       self.noahd.delete("/tokens/chef", headers=self.operator)):
            self.assertEqual(200, answer.status)
            self.assertNotIn(secret.encode(), answer.body)
            self.assertNotIn(b"sha256", answer.body)

    def test_a_token_shows_its_rules_and_times(self):
        self.switch_on()
        self.token("chef", {"/": ["read"]}, expires_in=3600)
        shown = self.noahd.get("/tokens/chef", headers=self.operator).json()
        self.assertEqual({"id", "name", "rules", "expires_at", "created_at", "updated_at"}, set(shown))
        self.assertGreater(shown["expires_at"], shown["created_at"])
        self.assertEqual(["operator", "chef"],
                         [token["name"] for token in self.noahd.get("/tokens", headers=self.operator).json()])

    def test_a_put_of_an_existing_token_keeps_its_secret(self):
        self.switch_on()
        self.fill()
        chef = self.caller("chef", {"/hosts": ["read"]})
        self.assertIsNone(self.token("chef", {"/services": ["read"]}))
        self.assert_refused(self.noahd.get("/hosts/web1", headers=chef), 403)
        self.assertEqual(200, self.noahd.get("/services/http/web1", headers=chef).status)

    def test_a_rotated_token_has_two_valid_secrets(self):
        self.switch_on()
        old = self.caller("chef", EVERYTHING)
        answer = self.noahd.request("POST", "/tokens/chef/rotate", headers={**self.operator, **JSON})
        self.assertEqual((200, "rotate"), (answer.status, answer.json()["action"]))
        for headers in (old, bearer(answer.json()["token"])):
            self.assertEqual(200, self.noahd.get("/tokens/chef", headers=headers).status)
        self.assert_refused(self.noahd.request("POST", "/tokens/chef/rotate", headers=self.operator), 415)
        self.assert_refused(self.noahd.request("POST", "/tokens/none/rotate", headers={**self.operator, **JSON}), 404)

    def test_an_expired_or_deleted_token_is_unknown(self):
        self.switch_on()
        brief, chef = self.caller("brief", EVERYTHING, expires_in=0.3), self.caller("chef", EVERYTHING)
        wait_until(lambda: self.noahd.get("/hosts", headers=brief).status == 401, 10, "the token expires")
        self.assertEqual(404, self.noahd.get("/hosts", headers=chef).status)
        self.assertEqual(200, self.noahd.delete("/tokens/chef", headers=self.operator).status)
        self.assert_refused(self.noahd.get("/hosts", headers=chef), 401)

    def test_an_invalid_token_is_refused_even_if_anonymous_may(self):
        self.switch_on()
        secret = self.token("chef", EVERYTHING)
        self.token("anonymous", {"/": ["read"]})
        self.assertEqual(404, self.noahd.get("/hosts").status)
        for value, status in ((f"Bearer {secret}", 404), (f"bearer {secret}", 404), (f"BEARER {secret}", 404),
                              (f"Bearer  {secret}", 404), (f"Bearer\t{secret}", 401), (f"Bearer {secret}x", 401),
                              (f"Bearer {secret[:-1]}", 401), (f"Bearer {secret.lower()}", 401), (secret, 401),
                              (f"Bearer {secret},", 401), (f"Bearer {secret} {secret}", 401), ("Bearer", 401),
                              ("Bearer ", 401), ("Basic Zm9vOmJhcg==", 401), ("", 401),
                              (f'Bearer "{secret}"', 401), (f"Token {secret}", 401)):
            with self.subTest(value.replace(secret, "SECRET")):
                self.assertEqual(status, self.noahd.get("/hosts", headers={"Authorization": value}).status)

    def test_two_credentials_are_refused(self):
        self.switch_on()
        lines = [("Authorization", "Bearer x"), ("Authorization", self.operator["Authorization"])]
        for headers in (lines, lines[::-1]):
            self.assertEqual(400, self.noahd.get("/hosts", headers=headers).status)

    def test_anonymous_gives_old_clients_the_access_they_need(self):
        self.switch_on()
        self.fill()
        self.assertIsNone(self.token("anonymous", {"/ephemerals/chef": ["read", "write"]}))
        self.assertEqual(b"1", self.noahd.get("/ephemerals/chef/a").body)
        self.assertEqual(200, self.noahd.put("/ephemerals/chef/b", "x").status)
        self.assert_refused(self.noahd.get("/ephemerals/secret/a"), 401)
        self.assert_refused(self.noahd.put("/ephemerals/chefs", "x"), 401)
        answer = self.noahd.request("POST", "/tokens/anonymous/rotate", headers={**self.operator, **JSON})
        self.assert_refused(answer, 400)

    def test_invalid_rules_are_refused_by_name(self):
        for body, words in (({"rules": "all"}, '"rules" must be an array'), ({}, "Missing Parameters"),
                            ({"rules": [{"path": "/", "allow": ["Read"]}]}, 'rule 1: allow contains "Read"'),
                            ({"rules": [{"path": "hosts", "allow": []}]}, "rule 1: path must be a string"),
                            ({"rules": [], "expires_in": 0}, '"expires_in" must be from'),
                            ({"rules": [], "expires_in": 1e300}, '"expires_in" must be from'),
                            ({"rules": [], "secret": "x"}, "Unknown parameter")):
            with self.subTest(words):
                answer = self.noahd.put("/tokens/chef", body)
                self.assert_refused(answer, 400)
                self.assertIn(words, answer.json()["error_message"])
        self.assertEqual([], self.noahd.get("/tokens").json())

    def test_tokens_need_admin_whatever_other_rights_exist(self):
        self.switch_on()
        most = self.caller("most", {"/": ["read", "write", "watch"]})
        team = self.caller("team", {"/tokens/team": ["admin"]})
        for method, target, body in (("PUT", "/tokens/x", {"rules": []}), ("GET", "/tokens/operator", None),
                                     ("DELETE", "/tokens/operator", None), ("GET", "/tokens", None),
                                     ("POST", "/tokens/operator/rotate", None)):
            with self.subTest(f"{method} {target}"):
                self.assert_refused(self.noahd.request(method, target, body, headers={**most, **JSON}), 403)
        self.assertEqual(["team"], [token["name"] for token in self.noahd.get("/tokens", headers=team).json()])
        self.assert_refused(self.noahd.delete("/tokens/operator", headers=team), 403)
        self.assertEqual(200, self.noahd.delete("/tokens/team", headers=team).status)

    def test_tokens_survive_a_restart_and_are_hashes_on_disk(self):
        self.noahd.stop()
        self.noahd = Noahd(self.folder)
        self.addCleanup(self.noahd.stop)
        self.noahd.start()
        self.switch_on()
        self.fill()
        self.noahd.restart()
        self.assert_refused(self.noahd.get("/hosts"), 401)
        self.assertEqual(200, self.noahd.get("/hosts", headers=self.operator).status)
        secret = self.operator["Authorization"].split()[1]
        done = run_command("noahd", *self.noahd.arguments(), "--check-config")
        self.assertEqual(0, done.returncode)
        for name in ("noah.db", "noah.db-wal"):
            with open(f"{self.noahd.state}/{name}", "rb") as file:
                self.assertNotIn(secret.encode(), file.read())


class RulesTest(AccessCase):
    def setUp(self):
        super().setUp()
        self.switch_on()
        self.fill()

    def test_lists_show_only_what_may_be_read(self):
        web = self.caller("web", {"/hosts/web1": ["read"], "/services/http": ["read"]})
        self.assertEqual(["web1"], list(self.noahd.get("/hosts", headers=web).json()))
        self.assertEqual(["http"], list(self.noahd.get("/services", headers=web).json()))
        self.assert_refused(self.noahd.get("/services/ssh", headers=web), 403)
        self.assert_refused(self.noahd.get("/watches", headers=web), 403)
        self.assert_refused(self.noahd.get("/hosts/db1", headers=web), 403)

    def test_parts_of_other_objects_are_left_out_too(self):
        web = self.caller("web", {"/hosts": ["read"], "/services/http": ["read"]})
        self.assertEqual({"http": "up"}, self.noahd.get("/hosts/web1", headers=web).json()["services"])
        self.assertEqual({"http": "up"}, self.noahd.get("/hosts", headers=web).json()["web1"]["services"])
        self.assertEqual({"http": "up", "ssh": "up"},
                         self.noahd.get("/hosts/web1", headers=self.operator).json()["services"])

    def test_a_long_list_leaves_out_the_same(self):
        web = self.caller("web", {"/hosts": ["read"], "/hosts/db1": [], "/services/http": ["read"]})
        writes = [{"method": "PUT", "path": f"/services/{name}/h{i}", "body": {"status": "up", "host_status": "up"}}
                  for i in range(250) for name in ("http", "ssh")]
        for i in range(0, len(writes), 100):
            answer = self.noahd.request("POST", "/transactions", {"writes": writes[i:i + 100]},
                                        headers={**self.operator, **JSON})
            self.assertEqual(200, answer.status, answer)
        shown = self.noahd.get("/hosts", headers=web).json()
        self.assertEqual({"web1"} | {f"h{i}" for i in range(250)}, set(shown))
        self.assertEqual({("http",)}, {tuple(host["services"]) for host in shown.values()})

    def test_an_object_at_another_path_needs_rights_at_its_own_path_too(self):
        hosts, services = self.caller("hosts",
                                      {"/hosts": ["read", "write"]}), self.caller("services", {"/services": ["read"]})
        self.assert_refused(self.noahd.get("/hosts/web1/services/http", headers=hosts), 403)
        self.assert_refused(self.noahd.get("/hosts/web1/services/http", headers=services), 403)
        self.assert_refused(self.noahd.delete("/hosts/web1/services/http", headers=hosts), 403)
        both = self.caller("both", {"/hosts": ["read"], "/services": ["read"]})
        self.assertEqual(200, self.noahd.get("/hosts/web1/services/http", headers=both).status)

    def test_a_write_needs_write_at_each_object_that_it_changes(self):
        service = self.caller("service", {"/services": ["read", "write"], "/hosts": ["read"]})
        answer = self.noahd.put("/services/http/web1", {"status": "down", "host_status": "down"}, headers=service)
        self.assert_refused(answer, 403)
        self.assertEqual('The token "service" lacks the right "write" at /hosts/web1', answer.json()["error_message"])
        self.assertEqual("up", self.noahd.get("/hosts/web1", headers=self.operator).json()["status"])
        host = self.caller("host", {"/hosts": ["read", "write"]})
        self.assertEqual(200, self.noahd.put("/hosts/web1", {"status": "down"}, headers=host).status)

    def test_consequences_of_a_write_need_no_right_and_are_not_revealed(self):
        self.fill_hierarchies()
        few = self.caller("few", {path: ["read", "write"] for path in ("/hosts", "/configurations", "/services/ssh")} |
                          {"/hosts/db1": []})
        self.noahd.put("/services/ssh/db1", {"status": "up", "host_status": "up"}, headers=self.operator)
        self.assertEqual({"action": "delete", "result": "success", "affected_hosts": 2, "service": "ssh"},
                         self.noahd.delete("/services/ssh", headers=few).json())
        answer = self.noahd.delete("/hosts/web1", headers=few)
        self.assertEqual((200, "0"), (answer.status, answer.json()["service_count"]))
        self.assertEqual(404, self.noahd.get("/services/http/web1", headers=self.operator).status)
        answer = self.noahd.delete("/configurations/secret", headers=few)
        self.assertEqual((200, []), (answer.status, answer.json()["affected_applications"]))
        self.assertEqual(["open"],
                         list(self.noahd.get("/applications/a", headers=self.operator).json()["configurations"]))

    def test_a_write_to_a_collection_acts_on_the_members_that_may_be_written(self):
        self.noahd.put("/services/http/db1", {"status": "up", "host_status": "up"}, headers=self.operator)
        web = self.caller("web", {"/services/http/web1": ["write"]})
        self.assertEqual({"result": "success", "service": "http"},
                         self.noahd.delete("/services/http", headers=web).json())
        self.assertEqual(["db1"], list(self.noahd.get("/services/http", headers=self.operator).json()["http"]))
        self.assertEqual(404, self.noahd.delete("/services/http", headers=web).status)
        self.assert_refused(self.noahd.delete("/services/ssh", headers=web), 403)

    def test_a_refused_write_uses_no_revision(self):
        reader = self.caller("reader", {"/": ["read"]})
        before = self.noahd.get("/hosts", headers=self.operator).headers["noah-revision"]
        self.assert_refused(self.noahd.put("/hosts/new", {"status": "up"}, headers=reader), 403)
        self.assertEqual(before, self.noahd.get("/hosts", headers=self.operator).headers["noah-revision"])
        self.assertEqual(404, self.noahd.get("/hosts/new", headers=reader).status)

    def test_existing_and_missing_objects_look_the_same_without_rights(self):
        chef = self.caller("chef", {"/ephemerals/chef": ["read", "write"]})
        for method in ("GET", "DELETE"):
            for name in ("secret/a", "secret/none"):
                self.assert_refused(self.noahd.request(method, f"/ephemerals/{name}", headers=chef), 403)
        self.assertEqual(404, self.noahd.delete("/ephemerals/chef/none", headers=chef).status)

    def fill_hierarchies(self):
        configuration = {"format": "string", "body": "x"}
        for target, body in (("/applications/a/configurations/open", configuration),
                             ("/applications/a/configurations/secret", configuration),
                             ("/configurations/secret/tag", {"tags": "t"}), ("/hosts/web1/tag", {"tags": "t"}),
                             ("/applications/a/tag", {"tags": "t"}), ("/ephemerals/secret/a/tag", {"tags": "t"}),
                             ("/services/http/web1/link", {"link_name": "/l"}),
                             ("/hosts/web1/link", {"link_name": "/l"}),
                             ("/ephemerals/chef/a/link", {"link_name": "/l"}),
                             ("/configurations/open/link", {"link_name": "/l"})):
            answer = self.noahd.put(target, body, headers=self.operator)
            self.assertEqual(200, answer.status, answer)

    def test_an_application_leaves_out_configurations_that_may_not_be_read(self):
        self.fill_hierarchies()
        chef = self.caller("chef",
                           {"/applications": ["read"], "/configurations": ["read"], "/configurations/secret": []})
        self.assertEqual(["open"], list(self.noahd.get("/applications/a", headers=chef).json()["configurations"]))
        self.assertEqual(["open"], list(self.noahd.get("/applications", headers=chef).json()["a"]["configurations"]))
        self.assertEqual(["open"], list(self.noahd.get("/configurations", headers=chef).json()))
        self.assertEqual(["open"], list(self.noahd.get("/configurations?short=true", headers=chef).json()))
        for path in ("/applications/a/configurations/secret", "/configurations/secret"):
            for accept in ({}, {"Accept": "application/json"}):
                self.assert_refused(self.noahd.get(path, headers={**chef, **accept}), 403)
        self.assertEqual(b"x", self.noahd.get("/applications/a/configurations/open", headers=chef).body)

    def test_tags_and_links_show_only_what_may_be_read(self):
        self.fill_hierarchies()
        chef = self.caller("chef", {"/tags": ["read"], "/l": ["read"], "/hosts": ["read"], "/services/ssh": ["read"],
                                    "/applications": ["read"], "/configurations/open": ["read"]})
        tag = self.noahd.get("/tags/t", headers=chef).json()["t"]
        self.assertEqual(({"ssh": "up"}, ["open"]),
                         (tag["hosts"]["web1"]["services"], list(tag["applications"]["a"]["configurations"])))
        self.assertEqual(tag, self.noahd.get("/tags", headers=chef).json()["t"])
        self.assertNotIn("ephemerals", tag)  # it has some, but none that this caller may read
        for text in ("secret", "http"):
            self.assertNotIn(text, json.dumps(tag))
        link = self.noahd.get("/l", headers=chef).json()
        self.assertEqual((["web1"], {}, ["open"], {}),
                         (list(link["hosts"]), link["services"], list(link["configurations"]), link["ephemerals"]))
        self.assertEqual({}, self.noahd.get("/l/ephemerals", headers=chef).json())
        self.assertEqual({"ssh": "up"}, self.noahd.get("/l/hosts/web1", headers=chef).json()["services"])
        self.assertEqual(404, self.noahd.get("/l/services/http", headers=chef).status)
        self.assert_refused(self.noahd.get("/l/services/http/web1", headers=chef), 403)
        self.assert_refused(self.noahd.get("/l/ephemerals/chef/a", headers=chef), 403)
        self.assert_refused(self.noahd.get("/links/l", headers=chef), 403)
        for path in ("configurations/secret", "configurations/none", "ephemerals/secret/a"):
            self.assert_refused(self.noahd.get(f"/tags/t/{path}", headers=chef), 403)
        self.assertEqual({"ssh": "up"}, self.noahd.get("/tags/t/hosts/web1", headers=chef).json()["services"])
        everything = self.noahd.get("/l", headers=self.operator).json()
        self.assertEqual((["http"], ["/chef/a"]), (list(everything["services"]), list(everything["ephemerals"])))

    def test_links_that_may_not_be_read_seem_not_to_exist(self):
        chef = self.caller("chef", {"/links": ["read"]})
        before = self.noahd.get("/links", headers=chef)
        self.fill_hierarchies()
        after = self.noahd.get("/links", headers=chef)
        self.assertEqual([(200, {})] * 2, [(answer.status, answer.json()) for answer in (before, after)])

    def test_a_part_shown_by_an_alias_has_its_own_entity_tag(self):
        self.fill_hierarchies()
        chef = self.caller("chef", {path: ["read"] for path in ("/hosts/web1", "/tags", "/l")})
        for path in ("/hosts/web1", "/tags/t/hosts/web1", "/l/hosts/web1"):
            with self.subTest(path):
                part, whole = (self.noahd.get(path, headers=who) for who in (chef, self.operator))
                self.assertNotEqual(part.body, whole.body)
                self.assertNotEqual(part.headers["etag"], whole.headers["etag"])

    def test_a_part_has_another_entity_tag_when_the_rights_change(self):
        self.fill_hierarchies()
        few, more = ({**{path: ["read"] for path in ("/hosts/web1", "/tags", "/l")}, **added}
                     for added in ({}, {"/services": ["read"], "/hosts": ["read"]}))
        chef = self.caller("chef", few)
        paths = ("/hosts", "/hosts/web1", "/tags", "/tags/t", "/l")
        tags = {path: self.noahd.get(path, headers=chef).headers["etag"] for path in paths}
        for path, tag in tags.items():
            with self.subTest(path):
                self.assertEqual(304, self.noahd.get(path, headers={**chef, "If-None-Match": tag}).status)
                self.assertNotEqual(tag, self.noahd.get(path, headers=self.operator).headers["etag"])
        rules = [{"path": path, "allow": rights} for path, rights in more.items()]
        self.assertEqual(200, self.noahd.put("/tokens/chef", {"rules": rules}, headers=self.operator).status)
        for path, tag in tags.items():
            with self.subTest(path):
                self.assertEqual(200, self.noahd.get(path, headers={**chef, "If-None-Match": tag}).status)

    def test_the_existence_of_a_link_is_not_revealed_without_rights(self):
        self.fill_hierarchies()
        chef = self.caller("chef", {"/ephemerals": ["read"]})
        self.assertEqual(self.noahd.get("/l", headers=chef).status, self.noahd.get("/none", headers=chef).status)
        self.assertEqual(404, self.noahd.get("/none", headers=self.operator).status)

    def test_a_new_tag_needs_write_too_and_the_answer_shows_only_what_may_be_read(self):
        web = self.caller("web", {"/hosts": ["read", "write"], "/services/http": ["read"]})
        self.assert_refused(self.noahd.put("/hosts/web1/tag", {"tags": "new"}, headers=web), 403)
        self.noahd.put("/hosts/db1/tag", {"tags": "new"}, headers=self.operator)
        # nor is an old one delivered
        self.assert_refused(self.noahd.put("/hosts/web1/tag", {"tags": "new"}, headers=web), 403)
        tagger = self.caller("tagger",
                             {"/hosts": ["read", "write"], "/services/http": ["read"], "/tags/new": ["write"]})
        answer = self.noahd.put("/hosts/web1/tag", {"tags": "new"}, headers=tagger)
        self.assertEqual((200, {"http": "up"}), (answer.status, answer.json()["services"]))

    def test_the_start_page_shows_only_what_may_be_read(self):
        web = self.caller("web", {"/hosts/web1": ["read"]})
        page = self.noahd.get("/", headers={**web, "Accept": "text/html"}).body.decode()
        self.assertIn("/hosts/web1", page)
        for text in ("db1", "http/web1", "secret"):
            self.assertNotIn(text, page)
        self.assertIn("hosts: 2", self.noahd.get("/", headers={**self.operator, "Accept": "text/html"}).body.decode())

    def test_renewals_and_releases_need_write(self):
        self.assertEqual(200, self.noahd.put("/ephemerals/chef/a?lifetime=60", "1", headers=self.operator).status)
        reader = self.caller("reader", {"/": ["read"]})
        writer = self.caller("writer", {"/ephemerals/chef": ["write"]})
        self.assert_refused(self.noahd.put("/ephemerals/chef/a?renew=60", headers=reader), 403)
        self.assertEqual(200, self.noahd.put("/ephemerals/chef/a?renew=60", headers=writer).status)
        for headers in (reader, writer):
            self.assert_refused(self.noahd.request("POST", "/lifetimes/release", headers={**headers, **JSON}), 403)


class TransactionsTest(AccessCase):
    def setUp(self):
        super().setUp()
        self.switch_on()
        self.fill()
        self.chef = self.caller("chef", {"/ephemerals/chef": ["read", "write"], "/hosts": ["read"]})

    def commit(self, *writes, headers=None):
        writes = [dict(zip(("method", "path", "body"), write)) for write in writes]
        return self.noahd.request("POST", "/transactions", {"writes": writes},
                                  headers={**(headers or self.chef), **JSON})

    def test_each_write_of_a_transaction_has_to_be_allowed(self):
        allowed = ("PUT", "/ephemerals/chef/new", "1")
        for other in (("PUT", "/hosts/web1", {"status": "down"}), ("DELETE", "/ephemerals/secret/a"),
                      ("DELETE", "/ephemerals/secret/none"), ("PUT", "/tokens/mine", {"rules": []}),
                      ("PUT", "/services/http/web1", {"status": "up", "host_status": "up"}),
                      ("DELETE", "/hosts/web1/services/http"), ("PUT", "/ephemerals/chef/a/tag", {"tags": "new"}),
                      ("PUT", "/watches", {"pattern": "//noah/hosts", "endpoint": "http://127.0.0.1:1/"})):
            with self.subTest(other):
                answer = self.commit(allowed, other)
                self.assert_refused(answer, 403)
                self.assertEqual(1, answer.json()["failed"])
                self.assertEqual(404, self.noahd.get("/ephemerals/chef/new", headers=self.operator).status)
        self.assertEqual(200, self.commit(allowed, ("DELETE", "/ephemerals/chef/a")).status)

    def test_a_transaction_without_a_token_is_anonymous(self):
        answer = self.noahd.request("POST", "/transactions", {"writes": [{"method": "DELETE", "path": "/hosts/web1"}]},
                                    headers=JSON)
        self.assert_refused(answer, 401)

    def test_a_token_created_by_a_transaction_is_valid_from_the_next_request_on(self):
        answer = self.commit(("PUT", "/tokens/new", {"rules": rules(EVERYTHING)}), headers=self.operator)
        self.assertEqual(200, answer.status, answer)
        secret = answer.json()["answers"][0]["body"]["token"]
        self.assertEqual(200, self.noahd.get("/tokens/new", headers=bearer(secret)).status)


class EventsTest(AccessCase):
    def setUp(self):
        super().setUp()
        self.switch_on()
        self.fill()

    def told(self, target, headers):
        answer = self.noahd.get(target, headers=headers)
        self.assertEqual(200, answer.status, answer)
        return answer.json()

    def test_events_show_only_what_may_be_read(self):
        chef = self.caller("chef", {"/ephemerals": ["read"], "/ephemerals/secret": [], "/hosts": ["read"],
                                    "/services/http": ["read"]})
        for pattern in ("", "?pattern=//noah", "?pattern=//noah/tokens", "?pattern=//noah/services"):
            self.assert_refused(self.noahd.get(f"/events{pattern}", headers=chef), 403)
        self.assert_refused(self.noahd.get("/events?pattern=//noah/hosts"), 401)
        self.assertEqual(["/ephemerals/chef/a"],
                         [event["location"] for event in self.told("/events?pattern=//noah/ephemerals", chef)])
        shown = [event.get("services") for event in self.told("/events?pattern=//noah/hosts/web1", chef)]
        self.assertIn({"http": "up"}, shown)
        self.assertNotIn("ssh", json.dumps(shown))

    def test_events_by_an_alias_need_rights_at_the_own_path(self):
        self.noahd.put("/ephemerals/secret/a/tag", {"tags": "t"}, headers=self.operator)
        self.noahd.put("/hosts/web1/tag", {"tags": "t"}, headers=self.operator)
        chef = self.caller("chef", {"/tags": ["read"], "/hosts": ["read"]})
        self.assertEqual(["/tags/t", "/hosts/web1"],
                         [event["location"] for event in self.told("/events?pattern=//noah/tags/t", chef)])

    def test_changes_of_tokens_are_events_only_with_admin(self):
        reader = self.caller("reader", {"/": ["read", "watch"]})
        self.assertNotIn("/tokens", json.dumps(self.told("/events", reader)))
        own = self.told("/events?pattern=//noah/tokens", self.operator)
        self.assertEqual(["/tokens/operator", "/tokens/reader"], [event["location"] for event in own])
        self.assertNotRegex(json.dumps(own), "noah_|sha256|secret")

    def test_a_stream_needs_watch_and_follows_the_rules_of_its_token(self):
        chef = self.caller("chef", {"/ephemerals": ["read"]})
        stream = {"Accept": "text/event-stream"}
        target = "/events?pattern=//noah/ephemerals"
        self.assert_refused(self.noahd.get(target, headers={**chef, **stream}), 403)
        self.token("chef", {"/ephemerals": ["read", "watch"], "/ephemerals/secret": []})
        with Connection(self.noahd.port) as connection:
            connection.send(format_request(connection.host, "GET", target, headers={**chef, **stream}))
            self.assertEqual(200, connection.receive_head().status)
            for name in ("secret/b", "one"):
                self.noahd.put(f"/ephemerals/{name}", "x", headers=self.operator)
            seen = b""
            while b"/ephemerals/one" not in seen:
                seen += connection.read_chunk()
            self.assertNotIn(b"secret", seen)
            self.token("chef", {})
            self.noahd.put("/ephemerals/two", "x", headers=self.operator)
            self.token("chef", {"/ephemerals": ["read"]})
            self.noahd.put("/ephemerals/three", "x", headers=self.operator)
            while b"/ephemerals/three" not in seen:
                seen += connection.read_chunk()
            self.assertNotIn(b"/ephemerals/two", seen)

    def test_a_wait_ends_when_the_right_is_lost(self):
        chef = self.caller("chef", {"/ephemerals/none": ["read"]})
        with Connection(self.noahd.port) as connection:
            connection.send(format_request(connection.host, "GET", "/ephemerals/none?wait=60", headers=chef))
            self.assert_refused(self.noahd.get("/ephemerals/secret/a?wait=60", headers=chef), 403)
            self.token("chef", {})
            self.noahd.put("/ephemerals/none", "secret", headers=self.operator)
            self.assert_refused(connection.receive(), 403)


class WatchesTest(AccessCase):
    def setUp(self):
        super().setUp()
        self.switch_on()
        self.fill()
        self.sink = Sink()
        self.addCleanup(self.sink.stop)

    def watch(self, pattern, headers, path="/"):
        body = {"pattern": f"//noah{pattern}", "endpoint": f"http://127.0.0.1:{self.sink.port}{path}"}
        return self.noahd.put("/watches", body, headers=headers)

    def told(self, path="/"):
        """What the endpoint got up to a last change, which comes from a wider watch there or from the operator."""
        marker = "/ephemerals/marker"
        self.assertIn(self.watch(marker, self.operator, path).status, (200, 409))
        self.noahd.put(marker, "end", headers=self.operator)
        wait_until(lambda: marker in self.locations(path), 10, "the last change")
        return [body for body in self.bodies(path) if body["location"] != marker]

    def bodies(self, path):
        return [json.loads(request.body) for request in self.sink.requests() if request.path == path]

    def locations(self, path):
        return [body["location"] for body in self.bodies(path)]

    def test_a_watch_needs_read_and_watch_at_its_pattern(self):
        chef = self.caller("chef", {"/ephemerals/chef": ["read", "watch"], "/hosts": ["read"], "/services": ["watch"]})
        answer = self.watch("/ephemerals/chef", chef)
        self.assertEqual((200, "chef"), (answer.status, answer.json()["registrant"]))
        for pattern in ("/hosts/web1", "/services", "/ephemerals", "/ephemerals/*", "", "/tokens"):
            with self.subTest(pattern):
                self.assert_refused(self.watch(pattern, chef, "/other"), 403)
        self.assert_refused(self.noahd.put("/hosts/web1/watch", {"endpoint": "http://127.0.0.1:1/"}, headers=chef), 403)

    def test_a_watch_is_deleted_by_its_registrant_or_with_write(self):
        chef = self.caller("chef", {"/ephemerals": ["read", "watch"]})
        other = self.caller("other", {"/ephemerals": ["read", "watch"]})
        made = self.watch("/ephemerals/chef", chef).json()
        body = {key: made[key] for key in ("pattern", "endpoint")}
        self.assert_refused(self.noahd.delete("/watches", body, headers=other), 403)
        self.assertEqual(200, self.noahd.delete("/watches", body, headers=chef).status)
        self.watch("/ephemerals/chef", chef)
        self.assertEqual(200, self.noahd.delete("/watches", body, headers=self.operator).status)

    def test_a_watch_delivers_only_what_its_registrant_may_read(self):
        chef = self.caller("chef", {"/ephemerals": ["read", "watch"], "/ephemerals/secret": []})
        self.assertEqual(200, self.watch("/ephemerals", chef).status)
        for name in ("secret/b", "open", "secret/a", "secrets"):
            self.noahd.put(f"/ephemerals/{name}", "x", headers=self.operator)
        self.assertEqual(["/ephemerals/open", "/ephemerals/secrets"], [body["location"] for body in self.told()])

    def test_a_watch_leaves_out_parts_of_other_objects(self):
        web = self.caller("web", {"/hosts": ["read", "watch"], "/services/http": ["read"]})
        self.assertEqual(200, self.watch("/hosts/web1", web).status)
        self.noahd.put("/hosts/web1", {"status": "down"}, headers=self.operator)
        self.assertEqual({"http": "up"}, json.loads(self.sink.wait_for(1)[0].body)["services"])

    def test_a_watch_follows_the_rules_of_its_token(self):
        chef = self.caller("chef", {"/ephemerals": ["read", "watch"]})
        self.watch("/ephemerals/a", chef)
        self.token("chef", {"/ephemerals/b": ["read"]})
        self.noahd.put("/ephemerals/a", "1", headers=self.operator)
        self.token("chef", {"/ephemerals": ["read"]})
        self.noahd.put("/ephemerals/a", "2", headers=self.operator)
        self.noahd.delete("/tokens/chef", headers=self.operator)
        self.noahd.put("/ephemerals/a", "3", headers=self.operator)
        self.assertEqual(["2"], [body["data"] for body in self.told()])

    def test_pending_deliveries_are_not_sent_after_the_right_is_lost(self):
        chef = self.caller("chef", {"/ephemerals": ["read", "watch"]})
        port = self.sink.port
        self.watch("/ephemerals/a", chef)
        self.sink.stop()
        self.noahd.put("/ephemerals/a", "1", headers=self.operator)
        self.noahd.wait_for_log("127.0.0.1:%d" % port)
        self.token("chef", {})
        self.sink.start()
        self.noahd.wait_for_log("may no longer read this", seconds=20)
        self.assertEqual([], self.sink.requests())

    def test_changes_of_tokens_are_delivered_only_with_admin(self):
        reader = self.caller("reader", {"/": ["read", "watch"]})
        self.assertEqual(200, self.watch("", reader, "/reader").status)
        self.assertEqual(200, self.watch("/tokens", self.operator, "/operator").status)
        self.token("chef", EVERYTHING)
        self.noahd.put("/ephemerals/after", "x", headers=self.operator)
        self.assertEqual(["/tokens/chef"], [body["location"] for body in self.told(path="/operator")])
        read = [body["location"] for body in self.told(path="/reader")]
        self.assertIn("/ephemerals/after", read)
        self.assertNotIn("/tokens/chef", read)
        self.assertFalse([request for request in self.sink.requests() if b"noah_" in request.body
                          or b"sha256" in request.body])

    def test_a_watch_from_before_the_first_token_is_anonymous(self):
        self.noahd.stop()
        self.noahd = Noahd(self.folder, *self.SETTINGS)
        self.addCleanup(self.noahd.stop)
        self.noahd.start()
        self.operator = None
        self.assertEqual(200, self.watch("/ephemerals/a", {}).status)
        self.switch_on()
        self.noahd.put("/ephemerals/a", "1", headers=self.operator)
        self.token("anonymous", {"/ephemerals": ["read"]})
        self.noahd.put("/ephemerals/a", "2", headers=self.operator)
        self.assertEqual(["2"], [body["data"] for body in self.told()])


class WaitingTest(AccessCase):
    def test_a_wait_without_the_right_is_refused_when_the_object_changes(self):
        self.switch_on()
        reader = self.caller("reader", {"/ephemerals": ["read"]})
        with Connection(self.noahd.port) as waiter:
            waiter.send(format_request(waiter.host, "GET", "/ephemerals/a?wait=60", None, reader))
            self.noahd.put("/tokens/reader", {"rules": []}, headers=self.operator)
            self.noahd.put("/ephemerals/a", "1", headers=self.operator)
            self.assert_refused(waiter.receive(), 403)

    def test_a_wait_needs_the_right_to_read(self):
        self.switch_on()
        for path in ("/ephemerals/a", "/hosts", "/link/hosts/h"):
            self.assert_refused(self.noahd.get(f"{path}?wait=60"), 401)


class AuditTest(AccessCase):
    LINE = re.compile(r'audit status=(\d+) revision=(\d+) method=(\w+) peer=127\.0\.0\.1:\d+( token="(?:[^"\\]|\\.)*")?'
                      r'(?: changed=(?:true|false))? path="((?:[^"\\]|\\.)*)"$')

    def lines(self, marker="/hosts/marker"):
        """(status, token, method, path) of each audit line up to a write that is the last."""
        self.noahd.put(marker, {"status": "up"}, headers=self.operator)
        self.noahd.wait_for_log(f'audit .*path="{marker}"')
        found = [self.LINE.search(line.rstrip("\n")) for line in self.noahd.log if "audit" in line]
        self.assertNotIn(None, found, self.noahd.log_text())
        return [(int(line[1]), line[4] and line[4][len(' token="'):-1], line[3], line[5]) for line in found][:-1]

    def test_each_write_is_logged_with_its_token_and_path(self):
        self.switch_on()  # by a write that any client could make
        chef = self.caller("chef", {"/hosts": ["write"]})
        answer = self.noahd.put("/hosts/web1", {"status": "up"}, headers=chef)
        self.noahd.put("/hosts/web1", {"status": "UP"}, headers=chef)
        self.noahd.delete("/hosts/none", headers=chef)
        self.noahd.request("PATCH", "/hosts/web1", headers=chef)
        self.assertEqual([(200, "anonymous", "PUT", "/tokens/operator"),
                          (200, "operator", "PUT", "/tokens/chef"), (200, "chef", "PUT", "/hosts/web1"),
                          (400, "chef", "PUT", "/hosts/web1"), (404, "chef", "DELETE", "/hosts/none"),
                          (405, "chef", "PATCH", "/hosts/web1")], self.lines())
        self.assertIn(f'audit status=200 revision={answer.headers["noah-revision"]} method=PUT', self.noahd.log_text())

    def test_each_write_of_a_transaction_is_logged(self):
        self.switch_on()
        writes = [{"method": "PUT", "path": "/hosts/web1", "body": {"status": "up"}},
                  {"method": "PUT", "path": "/ephemerals/a%22?lifetime=9", "body": "1"}]
        self.noahd.request("POST", "/transactions", {"writes": writes}, headers={**self.operator, **JSON})
        self.noahd.wait_for_log('path="/transactions"')
        for part, path in ((0, "/hosts/web1"), (1, "/ephemerals/a%22?lifetime=9")):
            self.assertRegex(self.noahd.log_text(),
                             rf'audit part={part} revision=3 method=PUT peer=\S+ token="operator" '
                             rf'changed=true path="{re.escape(path)}"')

    def test_denied_requests_are_logged_and_allowed_reads_are_not(self):
        self.switch_on()
        self.fill()
        before = len(self.lines("/hosts/before")) + 1
        reader = self.caller("reader", {"/hosts": ["read"]})
        for target, headers in (("/hosts/web1", reader), ("/services", reader), ("/hosts/web1", {}),
                                ("/hosts/web1", bearer("noah_x")), ("/hosts/none", reader)):
            self.noahd.get(target, headers=headers)
        self.noahd.put("/hosts/web1", {"status": "up"}, headers=reader)
        self.assertEqual([(200, "operator", "PUT", "/tokens/reader"), (403, "reader", "GET", "/services"),
                          (401, "anonymous", "GET", "/hosts/web1"), (401, None, "GET", "/hosts/web1"),
                          (403, "reader", "PUT", "/hosts/web1")], self.lines()[before:])

    def test_no_name_can_imitate_another_line_or_field(self):
        self.switch_on()
        self.noahd.put("/hosts/a%22%20token=%22b%5C", {"status": "up"}, headers=self.operator)
        # refused by the request check
        self.noahd.put("/hosts/a%0Aaudit%20status=200", {"status": "up"}, headers=self.operator)
        self.noahd.put("/hosts/caf%C3%A9%C2%85", {"status": "up"}, headers=self.operator)
        told = [(status, token) for status, token, _, _ in self.lines()]
        self.assertLessEqual({(200, "operator")}, set(told))
        self.assertIn(r'path="/hosts/a\" token=\"b\\"', self.noahd.log_text())
        self.assertNotIn("\x85", self.noahd.log_text())

    def test_a_path_that_is_too_long_is_logged_too(self):
        self.switch_on()
        path = "/ephemerals/" + "/".join(["x" * 200] * 15)
        self.assertEqual(414, self.noahd.put(path, "1", headers=self.operator).status)
        self.noahd.wait_for_log(f'audit status=414 .*path="{path[:500]}')

    def test_without_tokens_writes_are_logged_with_their_peer(self):
        self.noahd.put("/hosts/web1", {"status": "up"})
        self.noahd.put("/hosts/web1", {"status": "up"}, headers={"Origin": "http://evil.example"})
        self.noahd.get("/hosts/web1")
        self.noahd.wait_for_log("audit status=403 .*method=PUT")
        self.assertRegex(self.noahd.log_text(),
                         r'audit status=200 revision=1 method=PUT peer=127\.0\.0\.1:\d+ .*path="/hosts/web1"')
        self.assertEqual(2, self.noahd.log_text().count("audit"))

    def test_a_renewal_is_not_logged_as_a_write(self):
        self.switch_on()
        self.noahd.put("/ephemerals/a?lifetime=60", "1", headers=self.operator)
        self.noahd.put("/ephemerals/a?renew=60", headers=self.operator)
        self.assertEqual([(200, "operator", "PUT", "/ephemerals/a")], self.lines()[1:])

    def test_a_write_that_is_refused_before_it_is_read_is_logged(self):
        self.switch_on()
        self.noahd.put("/configurations/c", "x" * 70000, headers=self.operator)
        self.noahd.wait_for_log(r'audit status=413 revision=\d+ method=PUT .*path="/configurations/c"')

    def test_a_write_that_looks_like_a_renewal_is_logged(self):
        self.switch_on()
        self.noahd.put("/configurations/c?renew=60", {"format": "string", "body": "x"}, headers=self.operator)
        self.noahd.put("/ephemerals/a", "1", headers=self.operator)
        for path in ("/configurations/c", "/ephemerals/a", "/tokens/none"):
            self.noahd.delete(f"{path}?renew=60", headers=self.operator)
        self.assertEqual([(400, "PUT", "/configurations/c"), (200, "PUT", "/ephemerals/a"),
                          (400, "DELETE", "/configurations/c"), (400, "DELETE", "/ephemerals/a"),
                          (400, "DELETE", "/tokens/none")],
                         [(status, method, path) for status, _, method, path in self.lines()[1:]])


if __name__ == "__main__":
    unittest.main()
