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
    """GET of a stream, its head read; headers: pairs in addition to Accept."""

    def __init__(self, port, target="/events", headers=(), **options):
        super().__init__(port, **options)
        self.send(format_request(self.host, "GET", target, None, [("Accept", "text/event-stream"), *headers]))
        self.head = self.receive_head()
        self._text = b""
        self.bookmark = None  # the last id, of an event or alone
        self.has_ended = False

    def next(self):
        """The next event; None: the stream has ended properly. ConnectionError: it was cut off."""
        while block := self._read_block():
            fields = self._fields_of(block)
            if fields.keys() - {"id"}:
                return Event(fields)
        return None

    def wait_for_bookmark(self, revision):
        """Until the stream is established; no event comes before."""
        while self.bookmark != revision:
            fields = self._fields_of(self._read_block())
            assert not fields.keys() - {"id"}, fields

    def take(self, count):
        return [self.next() for _ in range(count)]

    def wait_for_comment(self):
        """The server has registered us."""
        block = self._read_block()
        assert block.startswith(b":")
        self._fields_of(block)

    def _fields_of(self, block):
        """Without comments."""
        fields = dict(line.split(": ", 1) for line in block.decode().split("\n") if not line.startswith(":"))
        self.bookmark = int(fields.get("id", self.bookmark or 0))
        return fields

    def _read_block(self):
        while b"\n\n" not in self._text:
            chunk = self.read_chunk()
            self.has_ended = not chunk
            if not chunk:
                return None
            self._text += chunk
        block, _, self._text = self._text.partition(b"\n\n")
        return block
