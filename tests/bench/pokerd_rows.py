"""What pokerd is measured by: from a poke to the command's first instruction, and its size at rest."""
# SPDX-License-Identifier: Apache-2.0

import os
import time

from client import Client, Signer
from daemons import UNPRIVILEGED, PokerdSetUp, make_certificate, wrk_until_done
from figures import interleave, limit_row, percentile, ratio_row
from processes import Program, children, memory_kb, wait_for

RUNS = "quiet_seconds = 0.0; min_interval_seconds = 0.0; kept = 10;"
SETTLE_SECONDS = 0.3


class Poker:
    """One pokerd whose command writes down when it began."""

    def __init__(self, tools):
        self._record = tools.path("stamps.txt")
        self._signer = Signer(os.urandom(32))
        self.set_up = PokerdSetUp(tools, self._signer.public_text(), (tools.bench("stamp"), self._record), RUNS)
        self._number = 0

    def measure(self, client, count):
        """Milliseconds from the POST to its answer, and to the command's first instruction: two lists."""
        answered, begun = [], []
        for _ in range(count):
            self._number += 1
            body = self.set_up.poke_body(self._number)
            headers = self._signer.headers(f"bench-{self._number}", int(time.time()), body)
            start_ns = time.monotonic_ns()
            answer = client.request("POST", "/", body, headers)
            answered.append((time.monotonic_ns() - start_ns) / 1e6)
            if answer.status != 202:
                raise RuntimeError(f"poke {self._number}: {answer.status} {answer.body.decode()}")
            stamps = wait_for(lambda: self._stamps(self._number), 10, f"run {self._number}")
            begun.append((int(stamps[-2].split()[2]) - start_ns) / 1e6)
            self._wait_until_done(client, body)
        return answered, begun

    def _stamps(self, runs):
        """The record's lines when that many runs have ended."""
        try:
            with open(self._record, encoding="utf-8") as record:
                lines = record.read().splitlines()
        except FileNotFoundError:
            return None
        return lines if len(lines) >= 2 * runs else None

    def _wait_until_done(self, client, body):
        """The same id again tells the state it has now."""
        def is_done():
            headers = self._signer.headers(f"bench-{self._number}", int(time.time()), body)
            return b'"done"' in client.request("POST", "/", body, headers).body
        wait_for(is_done, 10, f"the end of run {self._number}")


def poke_rows(tools, scale):
    """From a poke to exec, when nothing makes it wait."""
    poker = Poker(tools)
    with poker.set_up.start() as pokerd, Client(pokerd.port, tls=True) as client:
        figures = interleave(scale.rounds, {"ours": lambda _: poker.measure(client, scale.runs)})["ours"]
    return [limit_row(f"accepted poke → exec, p{percent}", [percentile(begun, percent) for _, begun in figures], 5, "ms")
            for percent in (50, 99)]


def size_rows(tools, scale):
    """Pss of both processes, against a pair that does only what it must, and after a storm of refusals."""
    set_up = PokerdSetUp(tools, Signer(os.urandom(32)).public_text(), ("/bin/true",), RUNS)
    certificate, key = make_certificate(tools)
    before, after = [], []

    def ours(number):
        with set_up.start() as pokerd:
            warm(tools, pokerd.port)
            before.append(pair_kb(pokerd.pid))
            if number < scale.storms:
                refuse(tools, pokerd.port, scale.refusals)
                after.append(pair_kb(pokerd.pid))
        return before[-1]

    def bare(_):
        with Program([tools.bench("bare_pair"), certificate, key, UNPRIVILEGED], tools.path("bare_pair.log")) as pair:
            warm(tools, pair.port)
            return pair_kb(pair.pid)

    figures = interleave(scale.rounds, {"ours": ours, "bare": bare})
    return [
        ratio_row("pokerd at rest, Pss of both processes", figures["ours"], figures["bare"], 1.15, "kB", "bare_pair",
                  at_most=True),
        ratio_row(f"the same after {scale.refusals:,} refused requests", after, before[:len(after)], 1.05, "kB",
                  "before them", at_most=True),
    ]


def warm(tools, port):
    """A few refusals, so that what is loaded at first use is there."""
    refuse(tools, port, 20)


def refuse(tools, port, count):
    wrk_until_done(f"https://127.0.0.1:{port}/", 4, tools.script("refused.lua"), (count, int(time.time())))


def pair_kb(pid):
    """A process and its only child, when both have come to rest."""
    time.sleep(SETTLE_SECONDS)
    (listener,) = children(pid)
    return memory_kb(pid, "Pss") + memory_kb(listener, "Pss")
