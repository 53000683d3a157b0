"""A hijacked listener says all it can to the runner, but for a valid signature: nothing runs, and the runner answers."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import os
import signal
import socket
import struct
import time
import unittest

from pokerd_case import HmacSigner, PokerdCase, listener_of
from support.daemon import wait_until
from support.signer import Signer
from support.stolen import stolen_socket

# pokerd/link/messages.h
READY, SERVE, POKE, HEALTH, VERDICT, DRAIN, STATUS, RECORD, OUTPUT, PIECE = range(1, 11)
PARTS = ("peer", "path", "id", "timestamp", "signature", "body", "text", "token", "run_id")
HEAD = struct.Struct(f"=IIHHIQQI{len(PARTS)}I")
MESSAGE_BYTES_MAX = 65536 + 16384 + 2048


def message(kind, number=0, sizes=None, tail=b"", offset=0, version=0, **parts):
    """The packet; sizes: told instead of the true ones."""
    values = [parts.get(name, b"") for name in PARTS]
    told = sizes or [len(value) for value in values]
    return HEAD.pack(kind, number, 0, 0, 0, offset, version, 0, *told) + b"".join(value + b"\0" for value in values) + tail


def verdict_of(packet):
    """(number, status, text) of a verdict, (number, status, text or body) of a piece."""
    kind, number, status, _, _, _, _, _, *sizes = HEAD.unpack_from(packet)
    assert kind in (VERDICT, PIECE), kind
    parts, at = {}, HEAD.size
    for name, size in zip(PARTS, sizes):
        parts[name], at = packet[at:at + size], at + size + 1
    return number, status, (parts["text"] or parts["body"]).decode()


class Link:
    """The runner's end of the conversation is real; ours was the listener's."""

    def __init__(self, link):
        self._link = link
        self._number = 1 << 20

    def send(self, packet, fds=()):
        socket.send_fds(self._link, [packet], fds)

    def ask(self, kind, **parts):
        """(status, text)"""
        self._number += 1
        self.send(message(kind, self._number, **parts))
        wait_until(self._is_readable, 10, "a verdict")
        number, status, text = verdict_of(self._link.recv(MESSAGE_BYTES_MAX))
        assert number == self._number, "a verdict of another request"
        return status, text

    def _is_readable(self):
        with contextlib.suppress(BlockingIOError):
            return self._link.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        return False


def poke_parts(signer, body, poke_id="id", timestamp=None, **other):
    headers = signer.headers(poke_id, body, timestamp)
    parts = {"peer": b"192.0.2.1:4711", "path": b"/", "id": headers["webhook-id"].encode(),
             "timestamp": str(headers["webhook-timestamp"]).encode(),
             "signature": headers["webhook-signature"].encode(), "body": body}
    return parts | other


@unittest.skipIf(os.geteuid(), "only root can take a listener over")
class Hijacked(PokerdCase):
    @contextlib.contextmanager
    def hijacked(self):
        """The link of the current listener, which is stopped meanwhile."""
        listener = wait_until(lambda: listener_of(self.pokerd.pid), 10, "there is a listener")
        self.assertEqual(self.request("GET", "/health").status, 200)
        os.kill(listener, signal.SIGSTOP)
        with stolen_socket(listener, lambda found: found.family == socket.AF_UNIX) as link:
            yield Link(link)
        with contextlib.suppress(ProcessLookupError):
            os.kill(listener, signal.SIGCONT)

    def assert_well(self):
        self.assertEqual(self.gate.executed(), [])
        self.assertEqual(self.pokerd.history(), [])
        self.assertIsNone(self.pokerd.process.poll())
        wait_until(lambda: json.loads(self.pokerd.run("status", "--json").stdout)["health"] == "ready", 10, "all is well")
        self.assertEqual(self.request("GET", "/health").status, 200)

    def test_without_a_valid_signature_no_poke_is_accepted(self):
        self.start()
        body = self.body("e-1")
        good = poke_parts(self.fleet, body)
        forged = [{}, {"body": body}, good | {"signature": b""}, good | {"body": body + b" "}, good | {"id": b"other"},
                  good | {"timestamp": str(int(time.time()) - 1).encode()},
                  poke_parts(Signer(), body), poke_parts(HmacSigner(), body),
                  poke_parts(self.fleet, body, timestamp=time.time() - 310),
                  poke_parts(self.fleet, body, timestamp=time.time() + 310),
                  good | {"signature": b"v1," + good["signature"][4:]},
                  good | {"signature": b" ".join([b"v1a," + b"A" * 86 + b"=="] * 16 + [good["signature"]])},
                  good | {"signature": b"x" * 16384}, good | {"id": b"\xff" * 16384}, good | {"timestamp": b"9" * 16384},
                  good | {"body": b"\0" * 65536}, good | {"body": b"[" * 65536}]
        with self.hijacked() as link:
            for parts in forged:
                status, text = link.ask(POKE, **({"path": b"/"} | parts))
                self.assertEqual(401, status, (parts, text))
            self.assertEqual(404, link.ask(POKE, **good | {"path": b"/other"})[0])
            self.assertEqual(404, link.ask(POKE, **good | {"path": b"x" * 1024})[0])
            elsewhere = self.body("e-1", endpoint="https://elsewhere/")
            self.assertEqual(403, link.ask(POKE, **poke_parts(self.fleet, elsewhere))[0])
            for _ in range(100):
                link.send(message(READY))
            self.assertEqual((200, "ready"), link.ask(HEALTH))
        self.assert_well()

    def test_what_is_replayed_runs_once(self):
        self.start()
        parts = poke_parts(self.fleet, self.body("e-1"))
        with self.hijacked() as link:
            self.assertEqual(202, link.ask(POKE, **parts)[0])
            for _ in range(100):
                self.assertEqual(200, link.ask(POKE, **parts)[0])
            self.assertEqual(401, link.ask(POKE, **parts | {"id": b"another"})[0])
        self.wait_for_history(1)
        self.assertEqual(["e-1"], self.gate.executed())

    def test_nothing_is_read_without_the_token_and_nothing_but_runs_with_it(self):
        token = os.path.join(self.folder, "token")
        with open(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write("right\n")
        self.start(f"status_token_file={token}")
        self.poke("e-1")
        run_id = self.wait_for_history(1)[0]["run"].encode()
        with self.hijacked() as link:
            for kind in (STATUS, RECORD, OUTPUT):
                run = {} if kind == STATUS else {"run_id": run_id}
                for wrong in (b"", b"wrong", b"righ", b"right\n", b"r" * 512, b"\xff"):
                    self.assertEqual(401, link.ask(kind, token=wrong, **run)[0])
                self.assertEqual(200, link.ask(kind, token=b"right", **run)[0])
            for kind in (RECORD, OUTPUT):
                for wrong in (b"", b".", b"..", run_id + b"/", run_id + b"/../" + run_id, b"../" + run_id, b"x" * 64,
                              run_id[:-1], run_id + b"0", b"/etc/passwd"):
                    self.assertEqual(404, link.ask(kind, token=b"right", run_id=wrong)[0])
            for offset in (1, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1):
                self.assertEqual(503, link.ask(STATUS, token=b"right", offset=offset, version=1)[0])
                self.assertEqual(503, link.ask(RECORD, token=b"right", run_id=run_id, offset=offset)[0])
                self.assertIn(link.ask(OUTPUT, token=b"right", run_id=run_id, offset=offset)[0], (200, 503))
        self.assertEqual(200, self.request("GET", "/health").status)

    def break_link(self, packets):
        """Each on a link of its own: the runner gives that listener up and starts another."""
        self.start()
        for packet in packets:
            with self.hijacked() as link:
                link.send(packet)
                self.pokerd.wait_for_log(r"no longer trusted|exited|was killed")
                self.pokerd.log.clear()
            self.assert_well()

    def test_what_is_no_packet_ends_the_link(self):
        whole = message(HEALTH, 1)
        self.break_link([b"x", whole[:HEAD.size - 1], whole[:-1], b"\xff" * 200])

    def test_what_has_wrong_sizes_ends_the_link(self):
        self.break_link([
            message(HEALTH, 1, tail=b"more"),
            message(POKE, 1, sizes=[2 ** 32 - 1] * len(PARTS), body=b"x"),
            message(POKE, 1, sizes=[0, 0, 0, 0, 0, 65536, 0, 0, 0], body=b"x" * 100),
            message(POKE, 1, body=b"x" * (2 * MESSAGE_BYTES_MAX))])

    def test_what_is_not_in_the_table_ends_the_link(self):
        self.break_link([message(0), message(99), message(SERVE), message(VERDICT, 1), message(PIECE, 1)])

    def test_what_a_kind_does_not_have_ends_the_link(self):
        self.break_link([
            message(HEALTH, 1, body=b"x"),
            message(POKE, 1, text=b"x"),
            message(POKE, 1, path=b"/\0/"),
            message(POKE, 1, id=b"x" * 16385)])

    def test_what_a_question_for_a_piece_does_not_have_ends_the_link(self):
        self.break_link([
            message(POKE, 1, token=b"x"),
            message(STATUS, 1, run_id=b"x"),
            message(OUTPUT, 1, run_id=b"x" * 65),
            message(RECORD, 1, token=b"x" * 513)])

    def test_a_listener_that_takes_no_answers_is_given_up(self):
        self.start()
        with self.hijacked() as link:
            with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                for number in range(100000):
                    with contextlib.suppress(BlockingIOError):
                        link.send(message(HEALTH, number))
        self.assert_well()

    def test_descriptors_that_are_sent_are_dropped(self):
        self.start()
        before = len(os.listdir(f"/proc/{self.pokerd.pid}/fd"))
        with self.hijacked() as link, open("/dev/null", "rb") as file:
            for number in range(10):
                link.send(message(HEALTH, number), [file.fileno()])
            self.assertEqual(before, len(os.listdir(f"/proc/{self.pokerd.pid}/fd")))
        self.assert_well()
