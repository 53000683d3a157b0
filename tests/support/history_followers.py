"""Clients that follow the events of a noahd that is killed under them, and resume at their position."""
# SPDX-License-Identifier: Apache-2.0

import itertools
import threading
import time

from support.event_stream import EventStream
from support.history import Change

# The pattern, and whether a change's path matches it.
PATTERNS = {
    "//noah": lambda key: True,
    "//noah/ephemerals/history": lambda key: key.startswith("/ephemerals/history/"),
    "//noah/ephemerals/history/0": lambda key: key == "/ephemerals/history/0",
    "//noah/*/history/1": lambda key: key == "/ephemerals/history/1",
    "//noah/hosts": lambda key: key.startswith("/hosts/"),
}


def change_of(event):
    """An event's body as in the log."""
    return Change(event["revision"], event["action"], event["location"],
                  None if event["action"] == "delete" else event["data"])


class Follower(threading.Thread):
    """One stream at a time until the door is closed; after a cut the next resumes after the last id, event or
    bookmark."""

    def __init__(self, pattern, door):
        super().__init__(daemon=True)
        self.pattern, self.place = pattern, 0
        self.changes, self.faults = [], []
        self.streams = self.bookmarks = 0
        self._door = door

    def run(self):
        while (port := self._door.wait()) is not None:
            try:
                headers = [("Last-Event-ID", self.place)] if self.place else []
                with EventStream(port, f"/events?pattern={self.pattern}&since=0", headers) as stream:
                    self._follow(stream)
            except (OSError, ValueError, IndexError):  # also a partial answer, and an error while noahd stops
                time.sleep(0.001)

    def _follow(self, stream):
        if stream.head.status != 200:
            return
        self.streams += 1
        try:
            while not self._door.closed and (event := stream.next()):
                self._take(event)
                self._move_on(event.id)
        finally:
            self._move_on(stream.bookmark or 0)

    def _take(self, event):
        if event.name == "gap":
            self.faults.append(f"{self.pattern}: a gap behind {self.place}: {event.data}")
        elif event.id != event.data["revision"] or event.name != event.data["action"]:
            self.faults.append(f"{self.pattern}: an event that says two things: {event}")
        elif event.id <= self.place:
            self.faults.append(f"{self.pattern}: {event.id} comes behind {self.place}")
        else:
            self.changes.append(change_of(event.data))

    def _move_on(self, place):
        """An event's own id is not a bookmark."""
        if place > self.place:
            self.bookmarks += not self.changes or self.changes[-1].revision != place
            self.place = place

    def check(self, log, rest):
        """All that is wrong, held against the log; rest: what GET /events tells of the pattern behind the place where
        the stream ended."""
        yield from self.faults
        told = [change for change in log if PATTERNS[self.pattern](change.key)]
        for change, event in itertools.zip_longest(told, self.changes + rest):
            if change != event:
                yield f"{self.pattern}: the log has {change}, the stream {event}"
                return
