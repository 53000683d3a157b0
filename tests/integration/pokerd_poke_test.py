"""pokerd poke: signs one poke, sends it to a node, and explains the answer."""
# SPDX-License-Identifier: Apache-2.0

import json
import os

from pokerd_case import HmacSigner, PokerdCase, pokerd_rule
from support.daemon import run_command


class PokeTest(PokerdCase):
    def key(self, name, text):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(text + "\n")
        return path

    def setUp(self):
        super().setUp()
        self.fleet_key = self.key("fleet.whsk", self.fleet.private_text())
        self.own_key = self.key("own.whsec", self.own.text())

    def send(self, *words, url=None, key=None, ca=True):
        words = [url or self.pokerd.endpoint, "--key", key or self.fleet_key, *words]
        return run_command("pokerd", "poke", *words, *(["--ca", self.authority.certificate] if ca else []))

    def about(self, *words, **options):
        """A poke about a change, as most tests send it."""
        return self.send("--location", "/hosts/web1", *words, **options)

    def event_of(self, record):
        with open(os.path.join(self.pokerd.state, "runs", record["run"], "event.json"), encoding="utf-8") as file:
            return json.load(file)

    def test_a_poke_by_hand_starts_a_run(self):
        self.start()
        done = self.about("--action", "create", "--data", "2")
        self.assertEqual((0, ""), (done.returncode, done.stderr), done.stdout)
        self.assertRegex(done.stdout, rf"^{self.pokerd.endpoint}: 202 queued \(poke [0-9a-f-]{{36}}\)\n$")
        record, = self.wait_for_history(1)
        self.assertEqual([{"location": "/hosts/web1", "action": "create", "data": 2, "endpoint": self.pokerd.endpoint}],
                         self.event_of(record)["pokes"])

    def test_a_secret_of_one_node_signs_without_an_endpoint(self):
        self.start()
        done = self.about("--data", "up and running", "--json", key=self.own_key)
        self.assertEqual(0, done.returncode, done.stdout)
        answer = json.loads(done.stdout)
        self.assertEqual((202, "queued"), (answer["status"], answer["answer"]["state"]))
        record, = self.wait_for_history(1)
        self.assertEqual([{"location": "/hosts/web1", "action": "update", "data": "up and running"}],
                         self.event_of(record)["pokes"])

    def test_the_body_of_a_file_is_sent_and_addressed(self):
        self.start()
        body = self.key("body", '{"location":"/hosts/web1","action":"delete","event":"e-7"}')
        done = self.send("--body", body)
        self.assertEqual(0, done.returncode, done.stdout)
        record, = self.wait_for_history(1)
        self.assertEqual("e-7", record["pokes"][0]["event"])
        body = self.key("body", json.dumps({"location": "/hosts/web1", "action": "delete", "endpoint": "https://other:1/"}))
        done = self.send("--body", body)
        self.assertEqual(1, done.returncode)
        self.assertIn("403 ", done.stdout)

    def test_a_refusal_is_explained(self):
        self.start(rules=[pokerd_rule(self.gate.command, patterns=("//noah/hosts",))])
        stranger = self.key("other.whsec", HmacSigner().text())
        rows = (
            (self.about(key=stranger), r": 401 .*\nThe node does not trust this key, or its clock"),
            (self.about(url=self.pokerd.endpoint + "none"), r": 404 .*\nThe path of the URL selects the rule"),
            (self.send("--location", "/services/http"), r": 200 ignored .*\nNo rule of the node matches: compare"),
        )
        for done, says in rows:
            with self.subTest(says):
                self.assertEqual((1, ""), (done.returncode, done.stderr), done.stdout)
                self.assertRegex(done.stdout, says)

    def test_a_node_with_other_endpoints_is_explained(self):
        self.start("endpoints=https://elsewhere.example:5679/")
        done = self.about()
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stdout, r": 403 addressed to .*\nThe node does not know itself by this URL. Add the URL to 'end")

    def test_no_answer_is_status_75(self):
        self.start()
        done = self.about(ca=False)
        self.assertEqual((75, ""), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, r"no answer: .*\nGive the authority of the node's certificate with --ca FILE\.\n$")
        self.pokerd.stop()
        done = self.about("--json")
        self.assertEqual(75, done.returncode)
        self.assertIn("onnect", json.loads(done.stdout)["error"])

    def test_what_cannot_be_sent_is_refused_before_anything_is_sent(self):
        self.make()
        public = self.key("fleet.whpk", self.fleet.public_text())
        rows = (
            (self.about(key=public), "has only public keys, which cannot sign"),
            (self.send(), "what has changed is missing: allowed are --location"),
            (self.send("--location", "hosts"), "allowed is a path in the registry"),
            (self.about("--action", "renew"), "allowed are create, update and delete"),
            (self.about("--body", public), "allowed is either"),
            (self.send("--body", public), "line 1"),
            (self.about(url="http://web1:08/"), "port"),
            (self.about("--ca", "/does/not/exist", ca=False), "/does/not/exist"),
        )
        for done, says in rows:
            with self.subTest(says):
                self.assertEqual((78, ""), (done.returncode, done.stdout))
                self.assertIn(says, done.stderr)
