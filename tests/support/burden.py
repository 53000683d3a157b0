"""Clients and writes that could delay others: each is one load for a noahd."""
# SPDX-License-Identifier: Apache-2.0

import json
import socket
import threading

from support.daemon import wait_until
from support.raw_http import Connection

PATIENCE = 120.0
PARTS = 128
JSON = [("Content-Type", "application/json")]


def transaction(*writes):
    """Its body; writes: pairs of path and body."""
    return json.dumps({"writes": [{"method": "PUT", "path": path, "body": body} for path, body in writes]})


def configuration(size):
    return {"format": "string", "body": "x" * size}


def megabytes(count):
    """That many bodies of transactions of 1 MB."""
    return [transaction(*((f"/configurations/{i}.{j}", configuration(7900)) for j in range(PARTS)))
            for i in range(count)]


class Burden:
    """For one noahd; its clients stay until they are closed."""

    def __init__(self, noahd):
        self._noahd = noahd
        self.clients = []

    def close(self):
        while self.clients:
            self.clients.pop().close()

    def _stop_reading(self, count, request, figure):
        """That many clients, each from an address with free ports, with tiny socket buffers."""
        for i in range(count):
            client = socket.socket()
            self.clients.append(client)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.bind((f"127.0.{i // 5000}.1", 0))
            client.connect(("127.0.0.1", self._noahd.port))
            client.sendall(request)
        wait_until(lambda: self._noahd.get("/stats").json()[figure] >= count, PATIENCE, f"{figure}: {count}")

    def put_many(self, count, size, path="/configurations"):
        with Connection(self._noahd.port, seconds=PATIENCE) as connection:
            for i in range(count):
                answer = connection.request("PUT", f"{path}/{i}", json.dumps(configuration(size)))
                assert answer.status == 200, answer

    def open_streams(self, count):
        """Clients that do not read; put_many then sends more than their sockets hold."""
        self._stop_reading(count, b"GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n",
                           "streams")

    def read_in_part(self, count):
        """Readers of all configurations who stop at once."""
        self._stop_reading(count, b"GET /configurations HTTP/1.1\r\nHost: localhost\r\n\r\n", "requests_open")

    def transact(self, bodies):
        """All at once, each over its own connection. All must succeed."""
        statuses = []

        def post(body):
            with Connection(self._noahd.port, seconds=PATIENCE) as connection:
                statuses.append(connection.request("POST", "/transactions", body, JSON).status)
        threads = [threading.Thread(target=post, args=(body,)) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * len(bodies), statuses

    def fill_application(self):
        self.put_many(200, 60000, "/applications/large/configurations")

    def transact_about_application(self, count):
        """9 KB each: repeated writes of the application that fill_application has filled."""
        self.transact([transaction(*[("/applications/large", {"name": "large"})] * PARTS)] * count)
