"""Signed pokes to a pokerd whose processes are killed repeatedly; then its records are compared with the accepted
pokes."""
# SPDX-License-Identifier: Apache-2.0

import glob
import itertools
import json
import os
import random
import signal
import threading
import time
from collections import Counter

from early_kill import maybe_kill_while_starting
from faults import Faults
from support.door import Door
from pokes import PokeConnection
from processes import is_alive
from support.daemon import wait_until
from support.signer import Signer

POKERS = 4
COMMAND_MS = 10
RUNS = ("runs.quiet_seconds=0.005", "runs.quiet_max_seconds=0.01", "runs.kept=10000", "runs.failures_to_hold=1000")
RUN_SECONDS = (0.02, 0.3)      # from ready to the kill
PATIENCE_SECONDS = 30
ACCEPTED, KNOWN_ALREADY = 202, 200
UNSETTLED = {0, 503}           # no answer, or one from a listener whose runner has gone: it may have been accepted
FORGED = 0.05                  # so many are signed by a key that pokerd does not know
TRIED_AGAIN = 0.7              # so many of those are sent again, as noahd would
PAUSE_SECONDS = 0.002          # between two pokes: some find a run going on, some don't
REPLAYED = 500                 # of the last pokes, at the end
ENDED = ("success", "failed")
LOST = ("lost",)               # a run whose supervisor was killed may be that, too; another one follows it
REPLAYED_AS = ("done", "failed")
SUPERVISOR = "pokerd-run"
VICTIMS = ("runner", "listener", "both", "supervisor")


class Poker(threading.Thread):
    """Sends pokes over one connection, and remembers the answers."""

    def __init__(self, number, seed, door, pokerd, signer):
        super().__init__(daemon=True)
        self.answers = {}  # by number of the poke: the status of each attempt, 0 without an answer
        self._random, self._door, self._pokerd = random.Random(f"{seed}-{number}"), door, pokerd
        self._signer, self._forger = signer, Signer(self._random.randbytes(Signer.SEED_BYTES))
        self._numbers = itertools.count(number, POKERS)
        self._unsettled = None

    def run(self):
        while self._door.wait() is not None:
            try:
                with PokeConnection(self._pokerd) as connection:
                    while not self._door.closed:
                        self._poke(connection)
                        time.sleep(self._random.uniform(0, PAUSE_SECONDS))
            except (OSError, ValueError, IndexError):  # also a partial answer
                time.sleep(0.001)

    def _poke(self, connection):
        number = next(self._numbers) if self._unsettled is None else self._unsettled
        forged = self._random.random() < FORGED and number not in self.answers
        self._unsettled = number if not forged and self._random.random() < TRIED_AGAIN else None
        tries = self.answers.setdefault(number, [])
        tries.append(0)
        tries[-1] = connection.poke(self._forger if forged else self._signer, poke_id(number), number).status
        if tries[-1] not in UNSETTLED:
            self._unsettled = None


def poke_id(number):
    return f"torture-{number}"


def name_of(pid):
    """The kernel's name of a process; empty: it is gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            return file.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


class PokerdTorture:
    """All rounds, and the final check."""

    def __init__(self, workplace, seed, say):
        self.faults = Faults()
        self._say = say
        self._random = random.Random(f"{seed}-kills")
        self._stamps = workplace.path("stamps.txt")
        self._signer = Signer(self._random.randbytes(Signer.SEED_BYTES))
        self._pokerd = workplace.pokerd(self._signer, (workplace.program("stamp"), self._stamps, str(COMMAND_MS)),
                                        *RUNS)
        self._door = Door()
        self._pokers = [Poker(number, seed, self._door, self._pokerd, self._signer) for number in range(POKERS)]
        self._kills = Counter()
        self._orphaned = set()  # runs whose supervisor was killed

    def run(self, rounds):
        """Returns the statistics; errors are in faults."""
        for poker in self._pokers:
            poker.start()
        try:
            for number in range(rounds):
                self._round()
                self._say(f"pokerd: round {number + 1}, {sum(len(poker.answers) for poker in self._pokers)} pokes")
        finally:
            self._door.close()
            self._pokerd.kill()
        for poker in self._pokers:
            poker.join(PATIENCE_SECONDS)
        return self._reckon()

    def _round(self):
        """One kill. A killed listener is replaced, and the next round continues with the same runner."""
        if self._pokerd.process is None:
            self._start()
        time.sleep(self._random.uniform(*RUN_SECONDS))
        victim = self._random.choice(VICTIMS)
        self._kills[victim] += 1
        if victim == "supervisor":
            wait_until(self._kill_supervisor, PATIENCE_SECONDS, "a run is on whose supervisor can be killed")
            return
        listener = self._listener()
        if victim != "runner":
            os.kill(listener, signal.SIGKILL)
        if victim != "listener":
            self._door.show(None)
            self._pokerd.kill()
        wait_until(lambda: not is_alive(listener), PATIENCE_SECONDS, "the listener has ended")
        if victim == "listener":
            wait_until(self._listener, PATIENCE_SECONDS, "the listener has a successor")

    def _start(self):
        """On any port, not on the old one: a client that connects while pokerd is down may have got it."""
        self._kills["runner at start"] += maybe_kill_while_starting(self._pokerd, self._random)
        self._pokerd.port = 0
        self._pokerd.start()
        self._door.show(self._pokerd.port)

    def _kill_supervisor(self):
        """False: no run was in progress, or it has ended."""
        run = self._status()["run"]
        if not run or not run["supervisor"] or name_of(run["supervisor"]) != SUPERVISOR:
            return False
        os.kill(run["supervisor"], signal.SIGKILL)
        self._orphaned.add(run["run"])
        return True

    def _listener(self):
        """The pid of the listener that accepts; 0 if there is none."""
        return self._status()["listener"]["pid"]

    def _status(self):
        return json.loads(self._pokerd.run("status", "--json").stdout)

    def _reckon(self):
        answers = {number: tries for poker in self._pokers for number, tries in poker.answers.items()}
        accepted = {number for number, tries in answers.items() if ACCEPTED in tries or KNOWN_ALREADY in tries}
        unsettled = {number for number, tries in answers.items() if UNSETTLED & set(tries)} - accepted
        self._pokerd.port = 0
        with self._pokerd as pokerd:
            wait_until(self._is_idle, PATIENCE_SECONDS, "no poke waits and no run is on")
            records = self._records()
            with PokeConnection(pokerd) as connection:
                for number in sorted(accepted)[-REPLAYED:]:
                    self._check_replay(connection, number)
            self.faults.expect(self._is_idle(), "a replay was taken for a poke")
        lost = {record["run"]: record for record in records if record["result"] in LOST}
        recorded = Counter(poke["id"] for record in records if record["run"] not in lost for poke in record["pokes"])
        self._check_pokes("records", recorded, accepted, unsettled)
        for record in records:
            allowed = ENDED + LOST if record["run"] in self._orphaned else ENDED
            self.faults.expect(record["result"] in allowed,
                               f"run {record['run']}: {record['result']}, {record.get('reason')}")
        self._check_attempts(lost, records)
        self._check_stamps({record["run"] for record in records}, lost, accepted, unsettled)
        return {"kills": sum(self._kills.values()), **{f"of {victim}": count for victim, count in self._kills.items()},
                "pokes accepted": len(accepted), "unsettled": len(unsettled),
                "lost runs": sum(record["result"] in LOST for record in records),
                "refused": len(answers) - len(accepted) - len(unsettled), "runs": len(records)}

    def _records(self):
        """From disk: pokerd's history is limited."""
        records = []
        for path in glob.glob(os.path.join(self._pokerd.state, "runs", "*", "record.json")):
            with open(path, encoding="utf-8") as file:
                records.append(json.load(file))
        return records

    def _check_attempts(self, lost, records):
        """Each lost run names its pokes, and one more run that names it has answered all of them."""
        for run, record in lost.items():
            self.faults.expect(record["pokes"], f"run {run} is lost and names no poke")
            after = [other for other in records if other["attempt_of"] == run]
            again = {poke["id"] for other in after for poke in other["pokes"]}
            self.faults.expect(len(after) == 1 and again >= {poke["id"] for poke in record["pokes"]},
                               f"run {run} is lost and repeated by {[other['run'] for other in after]}")

    def _is_idle(self):
        status = self._status()
        return status["run"] is None and all(rule["state"] == "idle" for rule in status["rules"])

    def _check_replay(self, connection, number):
        """The same id again is answered with its current state."""
        answer = connection.poke(self._signer, poke_id(number), number)
        self.faults.expect(answer.status == KNOWN_ALREADY and answer.json()["state"] in REPLAYED_AS,
                           f"{poke_id(number)} again: {answer}")

    def _check_pokes(self, where, times, accepted, unsettled):
        """Each accepted one once, one that is unsettled at most once, no other."""
        allowed = {poke_id(number): (1,) for number in accepted} | {poke_id(number): (0, 1) for number in unsettled}
        for name in allowed.keys() | times.keys():
            self.faults.expect(times[name] in allowed.get(name, ()),
                               f"{name} is {times[name]} times in the {where}, may be {allowed.get(name, 'in none')}")

    def _check_stamps(self, recorded, lost, accepted, unsettled):
        """What the command itself saw: one at a time, each run once, each accepted poke in one that was not lost."""
        begun, ended, pokes = Counter(), set(), Counter()
        with open(self._stamps, encoding="utf-8") as file:
            for line in file:
                word, run, _, *event = line.rstrip("\n").split(" ", 3)
                self.faults.expect(word != "overlap", f"run {run} began while another was on")
                if word == "end":
                    ended.add(run)
                    continue
                begun[run] += 1
                if run not in lost:
                    pokes.update(poke_id(body["revision"]) for body in json.loads(event[0])["pokes"])
        for run, times in begun.items():
            self.faults.expect(times == 1, f"run {run} was begun {times} times")
        cut = begun.keys() - ended - self._orphaned
        self.faults.expect(not cut, f"begun but not ended: {cut}")
        odd = (begun.keys() ^ recorded) - self._orphaned
        self.faults.expect(not odd, f"without a record, or the reverse: {odd}")
        self._check_pokes("event files", pokes, accepted, unsettled)
