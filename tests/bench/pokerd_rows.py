"""What pokerd is measured by: from a poke to the command's first instruction, and its size at rest."""
# SPDX-License-Identifier: Apache-2.0

import os
import statistics
import subprocess
import time

from figures import interleave, limit_row, percentile, ratio_row
from peers import Peer
from pokes import PokeConnection
from processes import children, memory_kb
from support.daemon import UNPRIVILEGED_USER, program, wait_until
from support.signer import Signer
from wrk import wrk_until_done

SETTLE_SECONDS = 0.3
CONNECTIONS = 4  # of one address pokerd takes 8


class Poker:
    """Pokes a pokerd whose command writes down when it began."""

    def __init__(self, workplace):
        self._record = workplace.path("stamps.txt")
        self._signer = Signer()
        self.pokerd = workplace.pokerd(self._signer, (workplace.program("stamp"), self._record))
        self._number = 0

    def measure(self, count):
        """Milliseconds from each POST to its 202, and from there to the command's first instruction: two lists.
        Each poke finds pokerd idle."""
        answers, starts = [], []
        with PokeConnection(self.pokerd) as connection:
            for _ in range(count):
                self._number += 1
                request = connection.signed_request(self._signer, self._id(), self._number)
                start_ns = time.monotonic_ns()
                connection.send(request)
                answer = connection.receive("POST")
                accepted_ns = time.monotonic_ns()
                if answer.status != 202:
                    raise RuntimeError(f"poke {self._number}: {answer}")
                answers.append((accepted_ns - start_ns) / 1e6)
                starts.append((self._wait_until_begun() - accepted_ns) / 1e6)
                wait_until(lambda: self._has_ended(connection), 10, f"run {self._number} has ended")
        return answers, starts

    def _id(self):
        return f"bench-{self._number}"

    def _has_ended(self, connection):
        """The same id again tells the state it has now."""
        return connection.poke(self._signer, self._id(), self._number).json()["state"] == "done"

    def _wait_until_begun(self):
        """When it was, by the clock that the command looked at."""
        def stamps():
            with open(self._record, "a+", encoding="utf-8") as record:
                record.seek(0)
                begun = [line for line in record if line.startswith("begin ") and line.endswith("\n")]
            return begun[self._number - 1:]
        return int(wait_until(stamps, 10, f"run {self._number} has begun")[0].split()[2])


def poke_rows(workplace, scale):
    """From a poke to exec, when nothing makes it wait."""
    poker = Poker(workplace)
    with poker.pokerd:
        rounds = interleave(scale.rounds, {"ours": lambda _: poker.measure(scale.runs)})["ours"]
    rows = []
    for percent in (50, 99):
        own = statistics.median(percentile(answers, percent) for answers, _ in rounds)
        starts = [percentile(starts, percent) for _, starts in rounds]
        rows.append(limit_row(f"accepted poke → exec, p{percent}", starts, 5, "ms", f"(POST → 202: {own:.2f} ms)"))
    return rows


def size_rows(workplace, scale):
    """Pss of both processes, against a pair that does only what it must, and after storms of refusals and of runs."""
    poker = Poker(workplace)
    pokerd, certificate = poker.pokerd, workplace.certificate()
    before, after_refusals, after_runs, dirty = [], [], [], []

    def ours(number):
        with pokerd:
            warm(workplace, pokerd.port)
            before.append(pair_kb(pokerd.pid))
            dirty.append(pair_kb(pokerd.pid, "Private_Dirty"))
            if number < scale.storms:
                refuse(workplace, pokerd.port, scale.refusals)
                after_refusals.append(pair_kb(pokerd.pid))
        if number < scale.storms:
            with pokerd:
                poker.measure(1)
                rested = pair_kb(pokerd.pid)
                poker.measure(scale.commands)
                after_runs.append(pair_kb(pokerd.pid) / rested)
        return before[-1]

    def bare(_):
        with Peer(workplace.program("bare_pair"), certificate.certificate, certificate.key, UNPRIVILEGED_USER) as pair:
            warm(workplace, pair.port)
            return pair_kb(pair.pid)

    figures = interleave(scale.rounds, {"ours": ours, "bare": bare})
    return [
        ratio_row("pokerd at rest, Pss of both processes", figures["ours"], figures["bare"], 1.15, "kB", "bare_pair",
                  at_most=True),
        ratio_row(f"the same after {scale.refusals:,} refused requests", after_refusals, before[:scale.storms], 1.05,
                  "kB", "before them", at_most=True),
        limit_row(f"the same after {scale.commands:,} runs, in parts of before", after_runs, 1.05, ""),
        limit_row("pokerd at rest, private dirty memory", dirty, 4096, "kB"),
        limit_row("pokerd's binary, stripped", [stripped_kb(workplace)], 400, "kB"),
    ]


def warm(workplace, port):
    """A few refusals, so that what is loaded at first use is there."""
    refuse(workplace, port, 20)


def refuse(workplace, port, count):
    wrk_until_done(f"https://127.0.0.1:{port}/", CONNECTIONS, workplace.script("refused.lua"),
                   (count, int(time.time())))


def pair_kb(pid, name="Pss"):
    """A process and its only child, when both have come to rest."""
    time.sleep(SETTLE_SECONDS)
    (listener,) = children(pid)
    return memory_kb(pid, name) + memory_kb(listener, name)


def stripped_kb(workplace):
    """The size of what is installed, without symbols."""
    path = workplace.path("pokerd")
    subprocess.run(["strip", "-o", path, program("pokerd")], check=True)
    return os.path.getsize(path) / 1024
