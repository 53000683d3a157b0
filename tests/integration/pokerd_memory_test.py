"""What must not stay in the memory of the runner and of the supervisors: the private key of the TLS certificate."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import re
import shutil
import signal
import subprocess
import unittest

from pokerd_case import PokerdCase, listener_of

PIECE_BYTES = 16
AREA_BYTES_MAX = 1 << 30  # larger ones are the bookkeeping of sanitizers


def secrets_of(path):
    """Pieces of the key in a PEM file, as text and as numbers: a process that has the key has one of them."""
    with open(path, encoding="ascii") as file:
        lines = [line for line in file.read().splitlines() if not line.startswith("-----")]
    text = subprocess.run(["openssl", "pkey", "-in", path, "-text", "-noout"], check=True, capture_output=True,
                          text=True).stdout
    private = bytes.fromhex(re.sub(r"[\s:]", "", re.search(r"(?:priv|privateExponent):([\s0-9a-f:]+)", text)[1]))
    private = private.lstrip(b"\0")
    numbers = (private[:PIECE_BYTES], private[-PIECE_BYTES:], private[::-1][:PIECE_BYTES], private[::-1][-PIECE_BYTES:])
    # The middle of the text: its beginning is the same for all keys of a kind.
    return [line[-PIECE_BYTES - 2:-2].encode() for line in lines[1:]] + list(numbers)


def found_in(pid, secrets):
    """How many of them are in the writable memory of a process."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        count = 0
        for line in maps:
            area, access, *_ = line.split()
            begin, end = (int(number, 16) for number in area.split("-"))
            if "w" not in access or end - begin > AREA_BYTES_MAX:
                continue
            memory.seek(begin)
            content = memory.read(end - begin)
            count += sum(secret in content for secret in secrets)
    return count


@unittest.skipIf(os.geteuid(), "only root can read the memory of a process that cannot be dumped")
class Memory(PokerdCase):
    def test_the_key_of_the_certificate_is_only_in_the_listener(self):
        secrets = secrets_of(self.certificate.key)
        self.start()
        self.gate.shut()
        self.assertGreater(found_in(listener_of(self.pokerd.pid), secrets), 0, "the search finds nothing")
        self.assertEqual(found_in(self.pokerd.pid, secrets), 0)
        for number in range(1, 4):
            self.pokerd.process.send_signal(signal.SIGHUP)
            self.pokerd.wait_for_log(f"(?s)(settings reloaded.*){{{number}}}", 30)
        self.assertEqual(found_in(self.pokerd.pid, secrets), 0)
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        supervisor = json.loads(self.pokerd.run("status", "--json").stdout)["run"]["supervisor"]
        self.assertEqual(found_in(supervisor, secrets), 0)

    def test_a_key_that_is_refused_at_a_reload_leaves_nothing_either(self):
        self.certificate = self.authority.issue("mine")
        self.start()
        other = self.authority.issue("other")
        secrets = secrets_of(other.key)
        shutil.copyfile(other.key, self.certificate.key)
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log("settings not reloaded")
        self.pokerd.wait_for_log("tls.certificate: ")
        self.assertEqual(found_in(self.pokerd.pid, secrets), 0)
