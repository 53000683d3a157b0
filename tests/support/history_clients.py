"""Clients that record their requests to noahd and the answers, for history.py to check."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import itertools
import json
import os
import random
import sqlite3
import threading
import time

from support.door import Door
from support.history_followers import PATTERNS, Follower, change_of
from support.history import (ANYTHING_THERE, CONDITION_FAILED, NOT_FOUND, NOT_MODIFIED, OK, Change, History,
                             Operation, Write)
from support.raw_http import Connection

CLIENTS = 16
OBJECTS = 6      # few, so that clients conflict
ROUND_SECONDS = (0.1, 0.5)
PATIENCE_SECONDS = 30
WAIT_SECONDS = 0.2
JUDGED = {OK, NOT_MODIFIED, NOT_FOUND, CONDITION_FAILED}


class Ordeal:
    """A noahd that is killed, and sometimes stopped, under many clients."""

    def __init__(self, noahd, seed):
        self._noahd, self._random, self._door = noahd, random.Random(seed), Door()
        self._clients = [Client(number, seed, self._door) for number in range(CLIENTS)]
        self.followers = [Follower(pattern, self._door) for pattern in PATTERNS]

    def run(self, rounds, say=lambda text: None):
        """That many kills and stops; then log and events are read."""
        for client in [*self._clients, *self.followers]:
            client.start()
        try:
            for number in range(rounds):
                self._round(is_kill=number % 3 < 2)
                say(f"history: round {number + 1}, {len(self.operations())} requests")
        finally:
            self._door.close()
        for client in [*self._clients, *self.followers]:
            client.join(PATIENCE_SECONDS)
        self.log = read_log(os.path.join(self._noahd.state, "noah.db"))
        self._noahd.port = 0
        with self._noahd:
            self.events = read_events(self._noahd)
            self._rests = [read_events(self._noahd, follower.pattern, follower.place) for follower in self.followers]

    def _round(self, is_kill):
        """On any port: a client that connects while noahd is down may get the old one."""
        self._noahd.port = 0
        self._noahd.start()
        self._door.show(self._noahd.port)
        time.sleep(self._random.uniform(*ROUND_SECONDS))
        self._door.show(None)
        if is_kill:
            self._noahd.kill()
        else:
            self._noahd.stop()

    def operations(self):
        return [operation for client in self._clients for operation in client.operations]

    def faults(self):
        """Everything wrong in the answers, the log and the events."""
        for client in self._clients:
            yield from client.faults
        yield from History(self.operations(), self.log).check()
        for change, event in itertools.zip_longest(self.log, self.events):
            if change != event:
                yield f"the log has {change}, the events {event}"
        for follower, rest in zip(self.followers, self._rests):
            yield from follower.check(self.log, rest)


class Client(threading.Thread):
    """Sends requests without a pause over one connection, until the door is closed."""

    def __init__(self, number, seed, door):
        super().__init__(daemon=True)
        self.operations, self.faults = [], []
        self._number, self._random, self._door = number, random.Random(f"{seed}-{number}"), door
        self._tags = {}  # by key: what it saw last

    def run(self):
        while (port := self._door.wait()) is not None:
            try:
                with Connection(port) as connection:
                    while not self._door.closed:
                        self._operate(connection)
            except (OSError, ValueError, IndexError):  # also a partial answer
                time.sleep(0.001)

    def _operate(self, connection):
        kinds = (self._get, self._wait, self._put, self._delete, self._put_if_match, self._create_once, self._transact)
        kind, = self._random.choices(kinds, weights=(30, 5, 25, 5, 15, 10, 10))
        method, target, body, headers, operation = kind()
        self.operations.append(operation)
        answer = connection.request(method, target, body, headers)
        operation.ended = time.monotonic()
        if answer.status in JUDGED:
            self._note(operation, answer)
        elif answer.status != 503:
            self.faults.append(f"{method} {target} {headers} is answered {answer}")

    def _note(self, operation, answer):
        operation.revision = int(answer.headers["noah-revision"])
        operation.etag = answer.headers.get("etag")
        if operation.writes:
            self._note_writes(operation, answer)
        elif answer.status == OK:
            operation.value = answer.body.decode()
            self._tags[operation.key] = operation.etag
        operation.status = answer.status

    def _note_writes(self, operation, answer):
        if answer.status != OK:
            operation.failed = answer.json().get("failed", 0)
        elif len(operation.writes) == 1:
            operation.writes[0].etag = operation.etag
            self._tags[operation.writes[0].key] = operation.etag

    def _begin(self, **what):
        return Operation(self._number, time.monotonic(), **what)

    def _key(self):
        return f"/ephemerals/history/{self._random.randrange(OBJECTS)}"

    def _value(self):
        return f"{self._number}-{len(self.operations)}"

    def _known(self):
        """An object and its last known entity tag."""
        key = self._random.choice(list(self._tags) or [self._key()])
        return key, self._tags.get(key)

    def _get(self):
        key = self._key()
        return "GET", key, None, {}, self._begin(key=key)

    def _wait(self):
        key, tag = self._known()
        headers = {"If-None-Match": tag} if tag else {}
        return "GET", f"{key}?wait={WAIT_SECONDS}", None, headers, self._begin(key=key, if_none_match=tag)

    def _put(self):
        return self._write(Write(self._key(), self._value()), {})

    def _delete(self):
        return self._write(Write(self._key(), None), {})

    def _put_if_match(self):
        key, tag = self._known()
        return self._write(Write(key, self._value(), if_match=tag), {"If-Match": tag} if tag else {})

    def _create_once(self):
        return self._write(Write(self._key(), self._value(), if_none_match=ANYTHING_THERE),
                           {"If-None-Match": ANYTHING_THERE})

    def _write(self, write, headers):
        method = "PUT" if write.value else "DELETE"
        return method, write.key, write.value, headers, self._begin(writes=[write])

    def _transact(self):
        """Two or three objects at once, sometimes the first with a condition, sometimes the last deleted."""
        keys = self._random.sample(range(OBJECTS), self._random.choice((2, 3)))
        writes = [Write(f"/ephemerals/history/{key}", f"{self._value()}-{i}") for i, key in enumerate(keys)]
        if self._random.random() < 0.5:
            writes[0].if_match = self._tags.get(writes[0].key)
        if self._random.random() < 0.2:
            writes[-1].value = None
        asked = [{"method": "PUT", "path": write.key, "body": write.value} if write.value else
                 {"method": "DELETE", "path": write.key} for write in writes]
        if writes[0].if_match:
            asked[0]["if_match"] = writes[0].if_match
        headers = {"Content-Type": "application/json"}
        return "POST", "/transactions", json.dumps({"writes": asked}), headers, self._begin(writes=writes)


def read_log(database):
    """The contents of the file, read while no noahd runs."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT revision, action, path, value FROM change ORDER BY revision")
        return [Change(revision, ("create", "update", "delete")[action - 1], path,
                       None if action == 3 else value.decode())
                for revision, action, path, value in rows]


def read_events(noahd, pattern="//noah", since=0):
    """The result of GET /events, in its order."""
    changes = []
    while page := (answer := noahd.get(f"/events?pattern={pattern}&since={since}&limit=1000")).json():
        changes += map(change_of, page)
        since = int(answer.headers["noah-revision"])
    return changes
