"""noahd is killed under load and then loses its write-ahead log in each way: acknowledged writes are there, or reported
as missing."""
# SPDX-License-Identifier: Apache-2.0

import os
import random
import re
import shutil
import threading
import time

from faults import Faults
from support.daemon import Noahd
from support.raw_http import Connection

WRITERS = 4
PATHS = 40                  # of each writer
RUN_SECONDS = (0.05, 1.0)   # long enough for a checkpoint, sometimes in the middle of it
BEHIND = re.compile(
    r"ends at revision (?P<left>\d+), but noah\.mark says that revision (?P<told>\d+) was acknowledged: "
                    r"(?P<missing>\d+) change")
UNUSABLE = re.compile(r"is damaged|parts of two states|malformed|not a database")


class Writer(threading.Thread):
    """Writes increasing numbers, and remembers the last acknowledged one of each path."""

    def __init__(self, number, port, first):
        super().__init__(daemon=True)
        self._number, self._port, self._first = number, port, first
        self.acknowledged = {}
        self.revision = 0
        self.tried = first

    def run(self):
        try:
            with Connection(self._port) as connection:
                while True:
                    self.tried += 1
                    path = f"/ephemerals/loss/{self._number}/{self.tried % PATHS}"
                    answer = connection.request("PUT", path, str(self.tried))
                    if answer.status == 200:
                        self.acknowledged[path] = self.tried
                        self.revision = int(answer.headers["noah-revision"])
        except (OSError, ValueError):
            pass


def remove(log, _chooser):
    os.remove(log)


def empty(log, _chooser):
    os.truncate(log, 0)


def written(log):
    """The rest was never written to, or is left from an earlier round."""
    with open(log, "rb") as file:
        return max(len(file.read().rstrip(b"\0")), 1)


def cut(log, chooser):
    os.truncate(log, chooser.randrange(written(log)))


def flip(log, chooser):
    place = chooser.randrange(written(log))
    with open(log, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << chooser.randrange(8)]))


class LossTorture:
    """All rounds: one kill each, and each damage to a copy of its files."""

    def __init__(self, workplace, seed, say):
        self.faults = Faults()
        self._workplace, self._say = workplace, say
        self._random = random.Random(f"{seed}-losses")
        self._noahd = workplace.noahd()
        self._acknowledged, self._revision, self._tried = {}, 0, 0
        self._epoch = None
        self._figures = {"kills": 0, "damages": 0, "served whole": 0, "refused with a number": 0,
                         "refused as damaged": 0}

    def run(self, rounds):
        """Returns the statistics; errors are in faults."""
        for number in range(rounds):
            self._write_and_kill()
            for damage in (remove, empty, cut, flip):
                self._try_damage(damage, f"round {number + 1}, {damage.__name__}")
            self._say(f"losses: round {number + 1}, {self._figures}")
        return self._figures

    def _write_and_kill(self):
        self._noahd.port = 0
        with_port = self._noahd.start()
        self._epoch = with_port.get("/version").headers["noah-epoch"]
        writers = [Writer(number, with_port.port, self._tried) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(self._random.uniform(*RUN_SECONDS))
        self._noahd.kill()
        for writer in writers:
            writer.join()
            self._acknowledged.update(writer.acknowledged)
            self._revision = max(self._revision, writer.revision)
            self._tried = max(self._tried, writer.tried)
        self._figures["kills"] += 1

    def _try_damage(self, damage, where):
        folder = self._workplace.new_folder("lost")
        copy = Noahd(folder, "log_level=warning")
        shutil.copytree(self._noahd.state, copy.state, ignore=lambda *_: ("control",))
        log = os.path.join(copy.state, "noah.db-wal")
        if os.path.exists(log):
            damage(log, self._random)
        self._figures["damages"] += 1
        done = copy.run("recover")
        if done.returncode == 0:
            self._check_whole(copy, where)
        elif done.returncode == 78 and (behind := BEHIND.search(done.stderr)):
            self._check_behind(copy, behind, where)
        elif done.returncode == 78 and UNUSABLE.search(done.stderr):
            self._figures["refused as damaged"] += 1
        else:
            self.faults.add(f"{where}: recover left with {done.returncode}: {done.stderr}")
        shutil.rmtree(folder)

    def _check_whole(self, copy, where):
        """Values only grow, so a later one is a write without an answer."""
        self._figures["served whole"] += 1
        with copy as noahd, Connection(noahd.port) as connection:
            for path, value in self._acknowledged.items():
                answer = connection.request("GET", path)
                found = int(answer.body) if answer.status == 200 else None
                self.faults.expect(found is not None and found >= value, f"{where}: {path} is {found}, not {value}")
            self.faults.expect(answer.headers["noah-epoch"] == self._epoch, f"{where}: another epoch")
            self.faults.expect(int(answer.headers["noah-revision"]) >= self._revision, f"{where}: an earlier revision")

    def _check_behind(self, copy, behind, where):
        self._figures["refused with a number"] += 1
        left, told, missing = (int(behind[name]) for name in ("left", "told", "missing"))
        self.faults.expect(missing == told - left > 0 and told >= self._revision,
                           f"{where}: {behind[0]}, and {self._revision} was acknowledged")
        done = copy.run("recover", "--accept-loss")
        if done.returncode == 78 and UNUSABLE.search(done.stderr):
            return  # the checkpoint was partial
        self.faults.expect(done.returncode == 0 and f"after revision {left} of epoch {self._epoch}" in done.stdout,
                           f"{where}: recover --accept-loss left with {done.returncode}: {done.stdout}{done.stderr}")
        if done.returncode:
            return
        with copy as noahd:
            answer = noahd.put("/ephemerals/loss/after", "1")
            self.faults.expect(answer.headers["noah-epoch"] != self._epoch, f"{where}: the same epoch after a loss")
            self.faults.expect(int(answer.headers["noah-revision"]) == left + 1, f"{where}: not at revision {left + 1}")
