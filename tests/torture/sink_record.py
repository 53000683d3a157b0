"""The sink's record, read as it grows: the changes that each endpoint got, in which order, how often."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
from typing import NamedTuple


class Change(NamedTuple):
    """The contents of one body."""
    action: str
    location: str
    value: str  # an ephemeral's data, a host's or service's status


class Endpoint:
    """Everything that one URL got."""

    def __init__(self, name, faults):
        self.changes = {}  # by revision, in the order of their first arrivals
        self.requests = self.duplicates = 0
        self._name, self._faults = name, faults
        self._seen = {}    # by revision: webhook-id and digest of the body
        self._ids = set()
        self._newest = 0

    def take(self, webhook_id, text):
        body = json.loads(text)
        revision, seen = body["revision"], (webhook_id, hashlib.sha256(text).digest())
        self.requests += 1
        if revision in self._seen:
            self.duplicates += 1
            self._faults.expect(seen == self._seen[revision],
                                f"{self._name}: revision {revision} came again as another")
            return
        self._faults.expect(revision > self._newest, f"{self._name}: revision {revision} came after {self._newest}")
        self._faults.expect(webhook_id not in self._ids, f"{self._name}: {webhook_id} used again for {revision}")
        self._newest = max(self._newest, revision)
        self._ids.add(webhook_id)
        self._seen[revision] = seen
        value = body["data"] if "data" in body else body.get("status")
        self.changes[revision] = Change(body["action"], body["location"], value)


class SinkRecord:
    """All endpoints of one sink."""

    def __init__(self, path, faults):
        self.endpoints = {}
        self.path, self._faults = path, faults
        self._offset = 0

    def read_on(self):
        """Reads the new lines; a line without an end waits for the rest."""
        with open(self.path, "rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                _, _, path, webhook_id, body = line.rstrip(b"\n").split(b" ", 4)
                self._endpoint(path.decode()).take(webhook_id.decode(), body)

    def newest(self, path):
        """The highest revision that arrived there; 0 before the first."""
        return max(self._endpoint(path).changes, default=0)

    def _endpoint(self, path):
        if path not in self.endpoints:
            self.endpoints[path] = Endpoint(path, self._faults)
        return self.endpoints[path]
