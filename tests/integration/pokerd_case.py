"""Shared code of the tests of pokerd: one on loopback with TLS, pokes for it, and commands that wait for a signal."""
# SPDX-License-Identifier: Apache-2.0

import base64
import fcntl
import glob
import hashlib
import hmac
import json
import os
import ssl
import tempfile
import time
import unittest

from support import raw_http
from support.certificates import Authority
from support.daemon import Pokerd, pokerd_rule, wait_until
from support.signer import Signer


class HmacSigner:
    """A secret of one node: v1."""

    def __init__(self):
        self._secret = os.urandom(32)

    def text(self):
        """The form in a key file: whsec_..."""
        return "whsec_" + base64.b64encode(self._secret).decode()

    def headers(self, poke_id, body, timestamp=None):
        timestamp = int(time.time() if timestamp is None else timestamp)
        mac = hmac.new(self._secret, f"{poke_id}.{timestamp}.".encode() + body, hashlib.sha256)
        return {"webhook-id": poke_id, "webhook-timestamp": timestamp,
                "webhook-signature": "v1," + base64.b64encode(mac.digest()).decode(), "Content-Type": "application/json"}


class Gate:
    """A command that records that it was executed, then waits until the gate is open."""

    def __init__(self, folder):
        self._log = os.path.join(folder, "executed")
        self._open = os.path.join(folder, "open")
        script = f'echo "$NOAH_CAUSE" >>{self._log}; while [ ! -e {self._open} ]; do sleep 0.01; done'
        self.command = ("/bin/sh", "-c", script)
        self.open()

    def open(self):
        with open(self._open, "w", encoding="ascii"):
            pass

    def shut(self):
        os.unlink(self._open)

    def executed(self):
        """The cause that each run got."""
        try:
            with open(self._log, encoding="ascii") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def wait_for_runs(self, count):
        wait_until(lambda: len(self.executed()) >= count, 10, f"{count} runs have begun, of {self.executed()}")


class PokerdCase(unittest.TestCase):
    """One pokerd per test: self.pokerd, trusting self.fleet (v1a) and self.own (v1)."""

    @classmethod
    def setUpClass(cls):
        cls._class_folder = tempfile.TemporaryDirectory(prefix="noah-test-")
        os.chmod(cls._class_folder.name, 0o755)
        cls.authority = Authority(cls._class_folder.name)
        cls.certificate = cls.authority.issue("node")

    @classmethod
    def tearDownClass(cls):
        cls._class_folder.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="noah-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.chmod(self.folder, 0o755)
        self.fleet, self.own = Signer(), HmacSigner()
        self.gate = Gate(self.folder)
        self.addCleanup(wait_until, lambda: not runs_on(self.folder), 10, "no run is on")
        self.addCleanup(self.gate.open)

    def make(self, *settings, rules=None, **options):
        """A pokerd that is not started yet; ends with the test."""
        pokerd = Pokerd(self.folder, self.certificate, [self.fleet.public_text(), self.own.text()],
                        rules or [pokerd_rule(self.gate.command)], *settings, **options)
        self.addCleanup(pokerd.kill)
        self.pokerd = pokerd
        return pokerd

    def start(self, *settings, **options):
        return self.make(*settings, **options).start()

    def tls(self):
        return ssl.create_default_context(cafile=self.authority.certificate)

    def connect(self):
        return raw_http.Connection(self.pokerd.port, tls=self.tls())

    def request(self, method, target, body=None, headers=()):
        with self.connect() as connection:
            return connection.request(method, target, body, headers)

    def body(self, event, location="/hosts/web1", action="update", **more):
        """The bytes of a body, addressed to this pokerd."""
        return json.dumps({"location": location, "action": action, "event": event, "endpoint": self.pokerd.endpoint,
                           **more}).encode()

    def poke(self, event, signer=None, target="/", poke_id=None, **more):
        more.setdefault("endpoint", self.pokerd.endpoint.removesuffix("/") + target)
        body = self.body(event, **more)
        return self.request("POST", target, body, (signer or self.fleet).headers(poke_id or f"id_{event}", body))

    def assert_answer(self, answer, status, state=None, message=""):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["content-type"], "application/json")
        told = answer.json()
        if state:
            self.assertEqual((told["result"], told["state"]), ("success", state))
        else:
            self.assertEqual(told["result"], "failure")
            self.assertIn(message, told["error_message"])

    def wait_for_history(self, count):
        """The records of that many finished runs."""
        def ended():
            records = self.pokerd.history()
            return records if len(records) >= count and all(record["ended_ms"] for record in records) else None
        return wait_until(ended, 10, f"{count} runs have ended")


def runs_on(folder):
    """The folders of the runs whose supervisor is alive, even if their pokerd is gone."""
    return [path for path in glob.glob(os.path.join(folder, "pokerd", "runs", "*")) if is_locked(f"{path}/lock")]


def is_locked(path):
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def listener_of(pid):
    """The pid of the listener of the runner with that pid; None: it has none."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return next((int(child) for child in file.read().split() if is_confined(child)), None)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_confined(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return "NoNewPrivs:\t1" in status.read()
    except (FileNotFoundError, ProcessLookupError):
        return False
