"""What pokerd status tells about pokes that were refused lately: why, from where, and what can be done."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import socket
import time

from pokerd_case import PokerdCase, pokerd_rule
from support.daemon import wait_until
from support.signer import Signer


class RefusalsTest(PokerdCase):
    def refused(self):
        """The rows by kind."""
        return {row["kind"]: row for row in json.loads(self.pokerd.run("status", "--json").stdout)["refused"]}

    def send(self, signer, body, timestamp=None, target="/"):
        return self.request("POST", target, body, signer.headers("id_1", body, timestamp)).status

    def test_nothing_was_refused_at_first(self):
        self.start()
        self.poke("e-1")
        self.assertEqual({}, self.refused())
        self.assertNotIn("refused", self.pokerd.run("status").stdout)

    def test_each_reason_is_told_with_its_number_sender_and_remedy(self):
        self.start()
        other = f"https://elsewhere.example:{self.pokerd.port}/"
        self.assertEqual(401, self.send(Signer(), self.body("e-1")))
        self.assertEqual(401, self.send(Signer(), self.body("e-1")))
        self.assertEqual(401, self.send(self.fleet, self.body("e-1"), time.time() + 612))
        self.assertEqual(403, self.send(self.fleet, self.body("e-1", endpoint=other)))
        self.assertEqual(403, self.send(self.fleet, self.body("e-1", endpoint=self.pokerd.endpoint + "chef")))
        self.assertEqual(400, self.send(self.own, b"{}"))
        self.assertEqual(404, self.send(self.fleet, self.body("e-1"), target="/none"))
        refused = self.refused()
        self.assertEqual(["signature", "clock", "addressee", "other path", "body", "path"], list(refused)[::-1])
        self.assertEqual([2, 1, 1, 1, 1, 1], [row["count"] for row in refused.values()][::-1])
        for row in refused.values():
            self.assertRegex(row["from"], r"^127\.0\.0\.1:\d+$")
            self.assertLess(abs(row["last_ms"] / 1000 - time.time()), 60)
        for kind, remedy in (("signature", "compare `noahd public-key`"), ("addressee", f'add "{other}" to `endpoints`'),
                             ("other path", f'made for "{self.pokerd.endpoint}chef"'), ("body", '"location" and "action"'),
                             ("path", 'add a rule with the path "/none"')):
            self.assertIn(remedy, refused[kind]["remedy"])
        self.assertRegex(refused["clock"]["remedy"], r"this clock is 61[0-2] s behind the sender's")
        text = self.pokerd.run("status").stdout
        self.assertRegex(text, r"\nrefused +2 pokes for the signature, the last .* from 127\.0\.0\.1:\d+: no signature .*\n"
                               r" +compare `noahd public-key`")

    def test_a_forged_poke_does_not_make_a_clock_wrong(self):
        self.start()
        self.assertEqual(401, self.send(Signer(), self.body("e-1"), time.time() - 3600))
        self.assertEqual(["signature"], list(self.refused()))

    def test_requests_that_are_not_now_are_verified_now_and_then_only(self):
        self.start()
        for _ in range(20):
            self.assertEqual(401, self.send(self.fleet, self.body("e-1"), time.time() - 3600))
        self.assertEqual(20, self.refused()["clock"]["count"])
        self.assertRegex(self.refused()["clock"]["remedy"], r"this clock is 3[56]\d\d s ahead of the sender's")

    def test_plain_http_at_the_tls_port_is_told(self):
        self.start()
        for method in ("GET", "POST"):
            with socket.create_connection(("127.0.0.1", self.pokerd.port)) as plain:
                plain.sendall(f"{method} / HTTP/1.1\r\nHost: web1\r\nwebhook-id: x\r\nContent-Length: 2\r\n\r\n{{}}".encode())
                with contextlib.suppress(ConnectionResetError):
                    while plain.recv(4096):
                        pass
        row = wait_until(lambda: self.refused().get("plain HTTP"), 10, "it is told")
        wait_until(lambda: self.refused()["plain HTTP"]["count"] == 2, 10, "both are told")
        self.assertRegex(row["from"], r"^127\.0\.0\.1:\d+$")
        self.assertIn("with an https:// URL", row["remedy"])
        with socket.create_connection(("127.0.0.1", self.pokerd.port)) as other:
            other.sendall(b"SSH-2.0-OpenSSH\r\n" * 10)
            with contextlib.suppress(ConnectionResetError):
                while other.recv(4096):
                    pass
        self.poke("e-1")
        self.assertEqual(2, self.refused()["plain HTTP"]["count"])

    def test_another_spelling_of_a_path_stays_refused(self):
        self.start(rules=[pokerd_rule(self.gate.command, path="/x/y")])
        for target in ("/x%2Fy", "/x//y", "/x/./y"):
            body = self.body("e-1", endpoint=self.pokerd.endpoint + "x/y")
            self.assertIn(self.request("POST", target, body, self.fleet.headers("id_1", body)).status, (400, 404), target)
        self.assertEqual(self.pokerd.history(), [])
        self.assert_answer(self.poke("e-1", target="/x/y"), 202, "queued")
