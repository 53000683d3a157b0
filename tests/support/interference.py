"""Two noahds that may differ only in objects without rights for one caller: checks whether that caller can distinguish
them."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
import time

from support.daemon import wait_until
from support.raw_http import Connection, format_request
from support.sink import Sink

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Values that may differ, and their replacements.
ASIDE = [(re.compile(pattern), become) for pattern, become in (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME"), (r'"(revision|oldest|current)":\d+', r'"\1":NUMBER'),
    (r'"(epoch|event|cause)":"[^"]*"', r'"\1":"ID"'), (r"at revision \d+", "at revision NUMBER"),
    (r"whpk_[A-Za-z0-9+/]{43}=", "KEY"),
    (r"http://127\.0\.0\.1:\d+/", "http://SERVER/"), (r"noah_[\w-]{43}", "SECRET"),
    # Of a delivery: each endpoint may know the number of watches of a change; the name contains the endpoint.
    (r'"told":\d+', '"told":NUMBER'), (r'"watch":"[^"]*"', '"watch":"NAME"'))]
HEADERS_ASIDE = {"date", "noah-revision", "noah-epoch", "content-length", "etag"}
SECONDS = 10.0  # for what must come to come


class Interference(AssertionError):
    """The caller can distinguish the two."""


class Renaming:
    """Names of one side that correspond to names of the other, one to one."""

    def __init__(self):
        self._there, self._here = {}, {}

    def agree(self, here, there):
        return self._there.setdefault(here, there) == there and self._here.setdefault(there, here) == here


class Comparison:
    """Compares answers of two noahds; differing names must correspond consistently."""

    def __init__(self):
        self._ids, self._etags = Renaming(), Renaming()

    def answers(self, what, here, there):
        """Raises Interference if they differ in anything that a caller can see."""
        for which, one, other in (("status", here.status, there.status),
                                  ("headers", self._headers(here), self._headers(there))):
            self._demand(one == other, what, which, one, other)
        self.texts(what, here.body.decode("utf-8", "surrogateescape"), there.body.decode("utf-8", "surrogateescape"))
        tags = here.headers.get("etag"), there.headers.get("etag")
        self._demand(tags[0] is None and tags[1] is None or None not in tags and self._etags.agree(*tags), what, "ETag",
                     *tags)

    def texts(self, what, here, there):
        self._demand(self._plain(here) == self._plain(there), what, "body", here, there)
        ids = UUID.findall(here), UUID.findall(there)
        self._demand(all(self._ids.agree(*pair) for pair in zip(*ids)), what, "ids", *ids)
        tags = [re.findall(r'"etag":"((?:[^"\\]|\\.)*)"', text) for text in (here, there)]
        self._demand(all(self._etags.agree(*pair) for pair in zip(*tags)), what, "ETags", *tags)

    @staticmethod
    def _headers(answer):
        return {name: value for name, value in answer.headers.items() if name not in HEADERS_ASIDE}

    @staticmethod
    def _plain(text):
        text = re.sub(r'"etag":"(?:[^"\\]|\\.)*"', '"etag":"TAG"', UUID.sub("ID", text))
        for pattern, become in ASIDE:
            text = pattern.sub(become, text)
        return text

    @staticmethod
    def _demand(is_so, what, which, here, there):
        if not is_so:
            raise Interference(f"{what}: {which}\n{str(here)[:1500]}\n{str(there)[:1500]}")


class Side:
    """One of the two, and its two callers: the operator, and the restricted one."""

    def __init__(self, noahd, rules):
        self.port = noahd.port
        self.host = f"127.0.0.1:{noahd.port}"
        self.operator = self.caller = None
        self._connection = Connection(self.port)
        self.operator = self._token("operator", [{"path": "/", "allow": ["read", "write", "watch", "admin"]}])
        self.caller = self._token("caller", rules)

    def _token(self, name, rules):
        answer = self.request("PUT", f"/tokens/{name}", json.dumps({"rules": rules}), self.operator or {})
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    def request(self, method, target, body, headers):
        try:
            answer = self._connection.request(method, target, body, headers)
        except ConnectionError:
            self._connection.close()
            self._connection = Connection(self.port)
            answer = self._connection.request(method, target, body, headers)
        if answer.headers.get("connection") == "close":
            self._connection.close()
            self._connection = Connection(self.port)
        return answer

    def operate(self, method, target, body=None):
        """A request of the operator; its result is ignored."""
        headers = {"Content-Type": "application/json"} if method == "POST" else {}
        return self.request(method, target, body, {**self.operator, **headers})

    def open(self, target, headers):
        """A request of the caller that is answered later."""
        connection = Connection(self.port)
        connection.send(format_request(connection.host, "GET", target, None, {**self.caller, **headers}))
        return connection

    def close(self):
        self._connection.close()


class Waiting:
    """The same request, waiting at both."""

    def __init__(self, what, connections):
        self.what, self.connections = what, connections

    def settle(self, comparison):
        """Whether it is over: both are answered, alike. Only one must not be."""
        ready = [connection.is_readable() for connection in self.connections]
        if not any(ready):
            return False
        deadline = time.monotonic() + SECONDS
        while not all(connection.is_readable() for connection in self.connections):
            if time.monotonic() > deadline:
                raise Interference(f"{self.what}: one alone is answered: {self._answered()}")
            time.sleep(0.002)
        comparison.answers(self.what, *(connection.receive() for connection in self.connections))
        self.close()
        return True

    def _answered(self):
        return [connection.receive() if connection.is_readable() else None for connection in self.connections]

    def close(self):
        for connection in self.connections:
            connection.close()


class Deliveries:
    """The deliveries of a watch of the caller, at both."""

    def __init__(self, what, sides, pattern):
        self.what, self.sinks = what, [Sink() for _ in sides]
        for side, sink in zip(sides, self.sinks):
            body = json.dumps({"pattern": pattern, "endpoint": f"http://127.0.0.1:{sink.port}/caller"})
            self.is_registered = side.request("PUT", "/watches", body, side.caller).status == 200

    def compare_to(self, mark, comparison):
        """Everything up to the delivery with the mark."""
        told = []
        for sink in self.sinks:
            wait_until(lambda: any(mark.encode() in request.body for request in sink.requests()), SECONDS,
                       f"{self.what}: {mark}")
            bodies = [request.body.decode() for request in sink.requests()]
            told.append(bodies[:1 + next(i for i, body in enumerate(bodies) if mark in body)])
        comparison.texts(self.what, *("\n".join(bodies) for bodies in told))

    def close(self):
        for sink in self.sinks:
            sink.stop()


class Streams:
    """The same event stream, from both, compared at marks that it must show."""

    def __init__(self, what, sides, target):
        self.what = what
        self.connections = [side.open(target, {"Accept": "text/event-stream"}) for side in sides]
        self.heads = [connection.receive_head() for connection in self.connections]
        self._texts = ["", ""]

    def compare_to(self, mark, comparison):
        """Everything up to the event with the mark."""
        for i, connection in enumerate(self.connections):
            while mark not in self._texts[i] or not self._texts[i].endswith("\n\n"):
                self._texts[i] += connection.read_chunk().decode()
        comparison.texts(self.what, *(self._told(text) for text in self._texts))
        self._texts = ["", ""]

    @staticmethod
    def _told(text):
        """Its events without their ids and keep-alives."""
        return "\n".join(line for line in text.split("\n") if line and not line.startswith((":", "id:")))

    def close(self):
        for connection in self.connections:
            connection.close()
