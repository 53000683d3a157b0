"""GET /metrics of pokerd, at an address of its own."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import signal

from pokerd_case import PokerdCase
from support import raw_http
from support.daemon import pokerd_rule, wait_until
from support.open_metrics import parse

TEXT = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Metrics(PokerdCase):
    def start_metrics(self, *settings, **options):
        self.start("metrics_listen=127.0.0.1:0", *settings, **options)
        found = self.pokerd.wait_for_log(r"metrics: http://127\.0\.0\.1:(\d+)/metrics")
        self.metrics_port = int(found.group(1))

    def ask(self, method="GET", target="/metrics"):
        with raw_http.Connection(self.metrics_port) as connection:
            return connection.request(method, target)

    def values(self):
        answer = self.ask()
        self.assertEqual((200, TEXT), (answer.status, answer.headers["content-type"]))
        return parse(answer.body.decode())

    def wait_for(self, family, value, **labels):
        wait_until(lambda: self.values()[family].value(**labels) == value, 10, f"{family} {labels} is {value}")

    def test_without_the_setting_there_are_none(self):
        self.start()
        self.assert_answer(self.request("GET", "/metrics"), 404, message="no rule has this path")

    def test_only_metrics_are_at_their_address_and_nowhere_else(self):
        self.start_metrics()
        self.assert_answer(self.request("GET", "/metrics"), 404, message="no rule has this path")
        for method, target, status in (("GET", "/", 404), ("GET", "/health", 404), ("GET", "/status", 404),
                                       ("GET", "/metrics/x", 404), ("POST", "/", 404), ("POST", "/metrics", 405),
                                       ("HEAD", "/metrics", 200), ("GET", "/metrics?x=1", 200)):
            self.assertEqual(status, self.ask(method, target).status, (method, target))

    def test_pokes_and_runs_are_counted(self):
        self.start_metrics(rules=[pokerd_rule(["/bin/sh", "-c", "exit 5"], patterns=["//noah/hosts"]),
                                  pokerd_rule(["/bin/true"], path="/true")])
        self.assertEqual([1], list(self.values()["pokerd_build"].samples.values()))
        self.poke("e-1")
        self.poke("e-1")
        self.poke("e-2", target="/true")
        self.poke("e-3", location="/services/x")
        self.poke("e-4", endpoint="https://elsewhere/")
        self.request("POST", "/", b"{}", {"Content-Type": "application/json"})
        self.wait_for("pokerd_runs", 1, result="success")
        self.wait_for("pokerd_runs", 1, result="failed")
        told = self.values()
        self.assertEqual({"accepted": 2, "repeated": 1, "ignored": 1, "not addressed": 1, "unsigned": 1, "malformed": 0},
                         {verdict: told["pokerd_pokes"].value(verdict=verdict)
                          for verdict in ("accepted", "repeated", "ignored", "not addressed", "unsigned", "malformed")})
        self.assertEqual(0, told["pokerd_runs"].value(result="killed"))
        self.assertEqual((1, 0), (told["pokerd_ready"].value(), told["pokerd_pokes_pending"].value()))

    def test_what_waits_and_why_is_told(self):
        self.start_metrics()
        self.pokerd.run("hold", "--reason", "upgrade")
        self.poke("e-1")
        told = self.values()
        self.assertEqual((1, 0), (told["pokerd_pokes_pending"].value(), told["pokerd_runs_in_progress"].value()))
        self.assertEqual((1, 0), (told["pokerd_gates_closed"].value(reason="operator"),
                                  told["pokerd_gates_closed"].value(reason="disk")))
        self.gate.shut()
        self.pokerd.run("release")
        self.gate.wait_for_runs(1)
        told = self.values()
        self.assertEqual((0, 1), (told["pokerd_pokes_pending"].value(), told["pokerd_runs_in_progress"].value()))
        self.assertEqual(0, told["pokerd_gates_closed"].value(reason="operator"))

    def test_a_new_listener_serves_them_at_the_same_address(self):
        self.start_metrics()
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log("settings reloaded")
        self.assertEqual(0, self.values()["pokerd_listener_deaths"].value())
        os.kill(json.loads(self.pokerd.run("status", "--json").stdout)["listener"]["pid"], signal.SIGKILL)
        self.pokerd.wait_for_log("was killed by signal 9")
        self.wait_for("pokerd_listener_deaths", 1)

    def test_they_say_nothing_about_rules_or_pokes(self):
        self.start_metrics(rules=[pokerd_rule(self.gate.command, path="/a-secret-path")])
        self.poke("an-event", target="/a-secret-path")
        text = self.ask().body.decode()
        for word in ("secret", "an-event", "hosts", "web1", "127.0.0.1", self.folder):
            self.assertNotIn(word, text)

    def test_a_wrong_address_is_refused(self):
        pokerd = self.make("metrics_listen=localhost")
        done = pokerd.run("--check-config")
        self.assertEqual(78, done.returncode)
        self.assertIn('metrics_listen: found "localhost", allowed is address:port', done.stderr)
