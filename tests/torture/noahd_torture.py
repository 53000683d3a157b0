"""Parallel writers against a noahd that is killed repeatedly; then the sink's record is compared with the answers."""
# SPDX-License-Identifier: Apache-2.0

import random
import time

from early_kill import maybe_kill_while_starting
from faults import Faults
from noahd_evidence import Evidence, check_database
from noahd_writes import Writer
from peers import Peer
from sink_record import SinkRecord
from support.door import Door
from support.raw_http import Connection

WRITERS = 8
WATCHES = {"/hosts": "//noah/hosts", "/ephemerals": "//noah/ephemerals/torture", "/all": "//noah"}
SINK_FAILS_EVERY = 97
RETRY_SECONDS = 0.05
RUN_SECONDS = (0.02, 0.25)     # from ready to the kill
PATIENCE_SECONDS = 30


class Expectations:
    """The possible values of each ephemeral after a kill."""

    def __init__(self, writers):
        self._writers = writers
        self._taken = [0] * len(writers)
        self._settled = {}  # by path: what it was found to be, or what was acknowledged since

    def after_kill(self):
        """By path: the possible values; None means missing. The writers are at rest."""
        newest, unanswered = {}, {}
        for write in self._new_writes():
            if write.kind != "ephemerals" or write.must_fail:
                continue
            value = write.body if write.method == "PUT" else None
            if write.unanswered:
                unanswered.setdefault(write.path, set()).add(value)
            elif write.acknowledged and newest.get(write.path, (0,))[0] < write.revision:
                newest[write.path] = (write.revision, value)
        self._settled.update({path: value for path, (_, value) in newest.items()})
        paths = self._settled.keys() | unanswered.keys()
        return {path: {self._settled.get(path)} | unanswered.get(path, set()) for path in paths}

    def settle(self, path, value):
        """A write in flight at a kill that is missing afterwards will never appear."""
        self._settled[path] = value

    def _new_writes(self):
        for number, writer in enumerate(self._writers):
            end = len(writer.writes)
            yield from writer.writes[self._taken[number]:end]
            self._taken[number] = end


class NoahdTorture:
    """All rounds, and the final check."""

    def __init__(self, workplace, seed, say):
        self.faults = Faults()
        self._workplace, self._say = workplace, say
        self._random = random.Random(f"{seed}-kills")
        self._noahd = workplace.noahd(f"delivery.retry_seconds={RETRY_SECONDS}")
        self._door = Door()
        self._writers = [Writer(number, seed, self._door) for number in range(WRITERS)]
        self._expectations = Expectations(self._writers)
        self._record = SinkRecord(workplace.path("sink.txt"), self.faults)
        self._epoch = None
        self._kills = 0

    def run(self, rounds):
        """Returns the statistics; errors are in faults."""
        with Peer(self._workplace.program("sink"), self._record.path, SINK_FAILS_EVERY) as sink:
            first_revision = self._register_watches(sink.port)
            for writer in self._writers:
                writer.start()
            try:
                for number in range(rounds):
                    self._round(number)
            finally:
                self._door.close()
            return self._reckon(first_revision)

    def _start(self):
        """On any port, not on the old one: a client that connects while noahd is down may have got it."""
        self._noahd.port = 0
        return self._noahd.start()

    def _register_watches(self, sink_port):
        """The one for everything comes last: its deliveries begin after its own creation."""
        with self._noahd as noahd:
            for path, pattern in WATCHES.items():
                endpoint = f"http://127.0.0.1:{sink_port}{path}"
                answer = noahd.put("/watches", {"pattern": pattern, "endpoint": endpoint})
            self._epoch = answer.headers["noah-epoch"]
            return int(answer.headers["noah-revision"]) + 1

    def _round(self, number):
        self._kills += maybe_kill_while_starting(self._noahd, self._random)
        noahd = self._start()
        try:
            self._check_after_start(noahd.port)
            self._door.show(noahd.port)
            time.sleep(self._random.uniform(*RUN_SECONDS))
        finally:
            self._door.show(None)
            noahd.kill()
            self._kills += 1
        self._record.read_on()
        self._say(f"noahd: round {number + 1}, {sum(len(writer.writes) for writer in self._writers)} writes")

    def _check_after_start(self, port):
        """Each ephemeral has the value of the last acknowledged write, or of one in flight at the kill."""
        with Connection(port) as connection:
            for path, allowed in self._expectations.after_kill().items():
                answer = connection.request("GET", path)
                found = answer.body if answer.status == 200 else None
                self.faults.expect(found in allowed, f"after kill {self._kills}: {path} is {found}, not of {allowed}")
                self._expectations.settle(path, found)
            epoch = connection.request("GET", "/version").headers.get("noah-epoch")
            self.faults.expect(epoch == self._epoch, f"after kill {self._kills}: another epoch, {epoch}")

    def _reckon(self, first_revision):
        for writer in self._writers:
            writer.join(PATIENCE_SECONDS)
        writes = [write for writer in self._writers for write in writer.writes]
        self._noahd.port = 0
        with self._noahd as noahd:
            last_revision = int(noahd.get("/version").headers["noah-revision"])
            self._wait_for_deliveries(last_revision)
            evidence = Evidence(self._record.endpoints, writes, self.faults)
            evidence.check(first_revision, last_revision)
            with Connection(noahd.port) as connection:
                evidence.check_final_state(connection)
        check_database(noahd.state, last_revision, self.faults)
        return {"kills": self._kills, **evidence.figures()}

    def _wait_for_deliveries(self, last_revision):
        """As long as deliveries arrive, and a little longer for the narrower watches."""
        still_since, before = time.monotonic(), None
        while time.monotonic() < still_since + PATIENCE_SECONDS:
            self._record.read_on()
            requests = sum(endpoint.requests for endpoint in self._record.endpoints.values())
            if requests != before:
                still_since, before = time.monotonic(), requests
            elif self._record.newest("/all") >= last_revision and time.monotonic() > still_since + 2:
                return
            time.sleep(0.2)
        self.faults.add(f"deliveries stopped at revision {self._record.newest('/all')} of {last_revision}")
