"""The writes of the torture: their requests, their results, and the changes they must have made."""
# SPDX-License-Identifier: Apache-2.0

import json
import random
import threading
import time
from dataclasses import dataclass

from support.raw_http import Connection

EPHEMERALS, HOSTS, SERVICES = 200, 20, 5
STATUSES = ("up", "down", "pending")
MADE = ("create", "update")


@dataclass
class Write:
    """One request and its result."""
    method: str
    path: str
    body: bytes | None = None
    must_fail: bool = False
    status: int = 0  # 0: no answer came, the result is unknown
    revision: int = 0

    @property
    def acknowledged(self):
        return self.status == 200

    @property
    def unanswered(self):
        return self.status == 0

    @property
    def kind(self):
        return self.path.split("/")[1]

    @property
    def host_path(self):
        return "/hosts/" + self.path.split("/")[-1]

    def changes(self):
        """(actions, location, value) of each, in order; value None: any. A host's services precede it."""
        if self.kind == "ephemerals":
            return [(MADE, self.path, self.body.decode())] if self.method == "PUT" else [(("delete",), self.path, None)]
        asked = json.loads(self.body) if self.body else {}
        if self.kind == "hosts":
            return [(MADE, self.path, asked["status"])] if self.method == "PUT" else [(("delete",), self.path, None)]
        if self.method == "PUT":
            return [(MADE, self.host_path, asked["host_status"]), (MADE, self.path, asked["status"])]
        return [(("delete",), self.path, None), (("update",), self.host_path, None)]


class Writer(threading.Thread):
    """Writes without a pause over one connection, and remembers the answers."""

    def __init__(self, number, seed, door):
        super().__init__(daemon=True)
        self.writes = []
        self._name, self._random, self._door = f"w{number}", random.Random(f"{seed}-{number}"), door

    def run(self):
        while (port := self._door.wait()) is not None:
            try:
                with Connection(port) as connection:
                    while not self._door.closed:
                        self._write(connection)
            except (OSError, ValueError, IndexError):  # also a partial answer
                time.sleep(0.001)

    def _write(self, connection):
        write = self._next()
        self.writes.append(write)
        answer = connection.request(write.method, write.path, write.body)
        write.revision = int(answer.headers["noah-revision"]) if answer.status == 200 else 0
        write.status = answer.status

    def _next(self):
        kinds = (self._ephemeral, self._no_ephemeral, self._host, self._service, self._no_host, self._no_service,
                 self._refused)
        return self._random.choices(kinds, weights=(60, 10, 8, 12, 2, 3, 5))[0]()

    def _value(self):
        return f"{self._name}-{len(self.writes)}".encode()

    def _ephemeral_path(self):
        return f"/ephemerals/torture/{self._random.randrange(EPHEMERALS)}"

    def _host_name(self):
        return f"h{self._random.randrange(HOSTS)}"

    def _service_path(self):
        return f"/services/s{self._random.randrange(SERVICES)}/{self._host_name()}"

    def _status(self):
        return self._random.choice(STATUSES)

    def _ephemeral(self):
        return Write("PUT", self._ephemeral_path(), self._value())

    def _no_ephemeral(self):
        return Write("DELETE", self._ephemeral_path())

    def _host(self):
        return Write("PUT", f"/hosts/{self._host_name()}", json.dumps({"status": self._status()}).encode())

    def _service(self):
        body = {"status": self._status(), "host_status": self._status()}
        return Write("PUT", self._service_path(), json.dumps(body).encode())

    def _no_host(self):
        return Write("DELETE", f"/hosts/{self._host_name()}")

    def _no_service(self):
        return Write("DELETE", self._service_path())

    def _refused(self):
        """Each would be visible: the names are used for nothing else."""
        name = f"refused-{self._value().decode()}"
        return self._random.choice((
            Write("PUT", f"/ephemerals/torture/{name}", b"x" * 600, must_fail=True),
            Write("PUT", f"/ephemerals/hosts/{name}", b"x", must_fail=True),
            Write("PUT", f"/hosts/{name}", b'{"status":"UP"}', must_fail=True),
            Write("PUT", f"/services/{name}/{name}", b'{"status":"up","host_status":"UP"}', must_fail=True),
        ))
