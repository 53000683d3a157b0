"""A client of text/event-stream (HTML Living Standard, 9.2) that checks what it is sent."""
# SPDX-License-Identifier: Apache-2.0

import json

from support.raw_http import Connection, format_request


class Event:
    """One event; data is decoded."""

    def __init__(self, fields):
        self.id = int(fields["id"])
        self.name = fields["event"]
        self.data = json.loads(fields["data"])

    def __repr__(self):
        return f"<{self.id} {self.name} {self.data}>"


class EventStream(Connection):
    """GET of a stream, its head read; headers: pairs beside Accept."""

    def __init__(self, port, target="/events", headers=(), **options):
        super().__init__(port, **options)
        self.send(format_request(self.host, "GET", target, None, [("Accept", "text/event-stream"), *headers]))
        self.head = self.receive_head()
        self._text = b""
        self.comments = 0
        self.has_ended = False

    def next(self):
        """The next event; None: the stream has ended as it should. ConnectionError: it was cut."""
        while block := self._read_block():
            if block.startswith(b":"):
                self.comments += 1
                continue
            return Event(dict(line.split(": ", 1) for line in block.decode().split("\n")))
        return None

    def take(self, count):
        return [self.next() for _ in range(count)]

    def wait_for_comment(self):
        """The server has heard us."""
        assert self._read_block().startswith(b":")

    def _read_block(self):
        while b"\n\n" not in self._text:
            chunk = self.read_chunk()
            self.has_ended = not chunk
            if not chunk:
                return None
            self._text += chunk
        block, _, self._text = self._text.partition(b"\n\n")
        return block
