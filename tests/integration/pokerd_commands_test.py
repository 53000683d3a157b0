"""pokerd's commands that need no running pokerd: keygen and verify."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import re
import stat
import tempfile
import time
import unittest

from pokerd_case import HmacSigner
from support.daemon import run_command
from support.signer import Signer

# (key, id, time, body, signature): published examples of Standard Webhooks, recomputed.
KNOWN_GOOD = (
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}',
     "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1649367553,
     '{"email":"test@example.com","username":"test_user"}', "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="),
    ("whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
     "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}',
     "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="),
)


class CommandCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="noah-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def pokerd(self, *words):
        return run_command("pokerd", *words, cwd=self.folder)

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="ascii") as file:
            return file.read()

    def mode(self, name):
        return stat.S_IMODE(os.stat(os.path.join(self.folder, name)).st_mode)


class KeygenTest(CommandCase):
    def test_a_pair_is_written_and_the_public_key_is_printed(self):
        done = self.pokerd("keygen", "fleet")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual(["fleet.whpk", "fleet.whsk"], sorted(os.listdir(self.folder)))
        self.assertEqual((0o600, 0o644), (self.mode("fleet.whsk"), self.mode("fleet.whpk")))
        self.assertRegex(self.read("fleet.whsk"), r"^whsk_[A-Za-z0-9+/]{86}==\n$")
        self.assertRegex(self.read("fleet.whpk"), r"^whpk_[A-Za-z0-9+/]{43}=\n$")
        self.assertEqual(self.read("fleet.whpk"), done.stdout.splitlines(True)[0])
        self.assertIn('{ name = "fleet"; file = "/etc/noah/fleet.whpk"; }', done.stdout)
        self.assertNotIn(self.read("fleet.whsk").strip(), done.stdout)

    def test_the_two_halves_belong_together(self):
        self.pokerd("keygen", "fleet")
        signed = Signer.of_file(os.path.join(self.folder, "fleet.whsk"))
        self.assertEqual(self.read("fleet.whpk").strip(), signed.public_text())

    def test_a_secret_for_hmac_has_one_file(self):
        done = self.pokerd("keygen", "--hmac", os.path.join(self.folder, "web1"), "--json")
        self.assertEqual({"kind": "hmac", "secret_file": os.path.join(self.folder, "web1.whsec")}, json.loads(done.stdout))
        self.assertEqual((["web1.whsec"], 0o600), (os.listdir(self.folder), self.mode("web1.whsec")))
        self.assertRegex(self.read("web1.whsec"), r"^whsec_[A-Za-z0-9+/]{43}=\n$")

    def test_two_keys_differ(self):
        first, second = (json.loads(self.pokerd("keygen", name, "--json").stdout)["public_key"] for name in "ab")
        self.assertNotEqual(first, second)

    def test_no_file_is_overwritten_and_no_half_is_left(self):
        for existing in ("fleet.whsk", "fleet.whpk"):
            with self.subTest(existing):
                self.write(existing, "mine")
                done = self.pokerd("keygen", "fleet")
                self.assertEqual((78, "", f"pokerd: {existing} already exists\n"),
                                 (done.returncode, done.stdout, done.stderr))
                self.assertEqual(([existing], "mine"), (os.listdir(self.folder), self.read(existing)))
                os.unlink(os.path.join(self.folder, existing))

    def test_a_folder_that_does_not_exist_is_reported(self):
        done = self.pokerd("keygen", "none/fleet")
        self.assertEqual(78, done.returncode)
        self.assertRegex(done.stderr, r"^pokerd: cannot create none/fleet.whsk.*: No such file or directory\n$")

    def test_the_name_is_needed(self):
        for words in (("keygen",), ("keygen", "a", "b")):
            self.assertEqual(64, self.pokerd(*words).returncode)
        self.assertEqual(78, self.pokerd("keygen", self.folder + "/").returncode)
        self.assertEqual([], os.listdir(self.folder))


class VerifyTest(CommandCase):
    def verify(self, key, headers, body, *options):
        """key: the text of the key file; headers: a dict; body: bytes or text."""
        self.write("key", key + "\n")
        self.write("headers", "".join(f"{name}: {value}\r\n" for name, value in headers.items()))
        self.write("body", body)
        return self.pokerd("verify", "--key", "key", "--headers", "headers", "--body", "body", *options)

    def assert_not_genuine(self, done, fault, reason):
        self.assertEqual((1, ""), (done.returncode, done.stderr))
        found = json.loads(done.stdout)
        self.assertEqual((False, fault), (found["genuine"], found["fault"]))
        self.assertRegex(found["reason"], reason)

    def test_the_known_good_signatures_are_genuine_at_their_time(self):
        for key, poke_id, timestamp, body, signature in KNOWN_GOOD:
            headers = {"webhook-id": poke_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
            for options in (("--any-age",), ("--at", str(timestamp)), ("--at", str(timestamp + 300))):
                with self.subTest(signature, options=options):
                    done = self.verify(key, headers, body, *options)
                    self.assertEqual((0, ""), (done.returncode, done.stderr))
                    self.assertRegex(done.stdout, r"^genuine: signed \(v1a?\) with ")
                    if key.startswith("whsec_"):
                        self.assertNotIn(key[6:], done.stdout)

    def test_the_known_good_signatures_are_too_old_now(self):
        for key, poke_id, timestamp, body, signature in KNOWN_GOOD:
            headers = {"webhook-id": poke_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
            self.assert_not_genuine(self.verify(key, headers, body, "--json"), "time", r"fits, but its time is \d+ s ago")
            for at, words in ((timestamp + 301, "301 s ago"), (timestamp - 301, "301 s ahead")):
                done = self.verify(key, headers, body, "--json", "--at", str(at))
                self.assert_not_genuine(done, "time", words)

    def test_the_signature_of_another_key_or_of_other_bytes_is_reported(self):
        signer, other = Signer(), Signer()
        headers = signer.headers("id_1", b"{}")
        for key, body in ((other.public_text(), b"{}"), (signer.public_text(), b"{ }")):
            self.assert_not_genuine(self.verify(key, headers, body, "--json"), "signature", "another key used, or were")

    def test_a_newline_that_an_editor_added_is_found(self):
        signer = HmacSigner()
        done = self.verify(signer.text(), signer.headers("id_1", b"{}"), b"{}\n", "--json")
        self.assert_not_genuine(done, "signature", "without the newline at its end")

    def test_a_key_of_the_other_kind_is_reported(self):
        fleet, own = Signer(), HmacSigner()
        done = self.verify(fleet.public_text(), own.headers("id_1", b"{}"), b"{}", "--json")
        self.assert_not_genuine(done, "key kind", "is v1, which a whsec_ key verifies, but the file has only whpk_ keys")
        done = self.verify(own.text(), fleet.headers("id_1", b"{}"), b"{}", "--json")
        self.assert_not_genuine(done, "key kind", "is v1a, which a whpk_ key verifies, but the file has only whsec_ keys")

    def test_one_of_several_keys_and_what_the_body_says_are_named(self):
        signer, other = Signer(), Signer()
        body = json.dumps({"location": "/hosts/web1", "action": "update", "event": "e-7"}).encode()
        done = self.verify(f"{other.public_text()}\n{signer.public_text()}", signer.headers("id_1", body), body)
        self.assertEqual(0, done.returncode)
        self.assertIn(f"with {signer.public_text()} on ", done.stdout)
        self.assertIn("update of /hosts/web1, event e-7\n", done.stdout)

    def test_what_cannot_be_read_is_named(self):
        signer = Signer()
        headers = signer.headers("id_1", b"{}")
        del headers["webhook-timestamp"]
        done = self.verify(signer.public_text(), headers, b"{}")
        self.assertEqual((78, "pokerd: headers: webhook-timestamp is missing\n"), (done.returncode, done.stderr))
        headers["webhook-timestamp"] = "soon"
        self.assertIn("not a number of seconds", self.verify(signer.public_text(), headers, b"{}").stderr)
        headers["webhook-timestamp"] = int(time.time())
        done = self.verify(signer.public_text(), headers, b"{}", "--at", "noon")
        self.assertEqual(78, done.returncode)
        self.assertRegex(done.stderr, '"noon" is not a time: allowed are')
        os.unlink(os.path.join(self.folder, "body"))
        done = self.pokerd("verify", "--key", "key", "--headers", "headers", "--body", "body")
        self.assertRegex(done.stderr, "cannot open body")

    def test_a_secret_that_others_can_read_is_refused(self):
        signer = HmacSigner()
        self.verify(signer.text(), signer.headers("id_1", b"{}"), b"{}")
        os.chmod(os.path.join(self.folder, "key"), 0o644)
        done = self.pokerd("verify", "--key", "key", "--headers", "headers", "--body", "body")
        self.assertEqual(78, done.returncode)
        self.assertRegex(done.stderr, "key")

    def test_the_files_are_needed(self):
        done = self.pokerd("verify", "--key", "key")
        self.assertEqual(64, done.returncode)
        self.assertTrue(re.match('pokerd: "verify" needs --headers FILE\nusage: pokerd verify --key FILE', done.stderr))

