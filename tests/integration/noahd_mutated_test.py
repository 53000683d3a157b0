"""Randomly mutated requests neither crash noahd nor make it fail. Under sanitizers, with many more of them: make
mutate."""
# SPDX-License-Identifier: Apache-2.0

import collections
import concurrent.futures
import contextlib
import os
import random
import re
import select
import socket
import tempfile
import unittest

from support.daemon import Noahd
from support.mutator import Mutator

COUNT = int(os.environ.get("NOAH_MUTATIONS", "4000"))
SEED = int(os.environ.get("NOAH_SEED", random.SystemRandom().randrange(1 << 31)))
CLIENTS = 16
PATIENCE_SECONDS = 0.02  # then noahd waits for the rest of a request, which will not come
LEAVES_AT_ONCE = 0.2

# Or the first token that a request creates would lock out all others.
EVERYTHING = {"path": "/", "allow": ["read", "write", "watch", "admin"]}

# What noahd and libmicrohttpd may answer to such requests; 500 is not among them.
STATUSES = {100, 200, 304, 400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 414, 415, 421, 428, 431, 501, 503, 505}


class Client:
    """Sends mutated requests, each on its own connection, and counts the answers."""

    def __init__(self, port, seed):
        self._port, self._mutator, self._random = port, Mutator(seed), random.Random(seed)
        self.statuses = collections.Counter()
        self.faults = []

    def run(self, count):
        for _ in range(count):
            request = self._mutator.next()
            answer = self._ask(request)
            status = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
            self.statuses[int(status[1]) if status else "none"] += 1
            if answer and (not status or int(status[1]) not in STATUSES):
                self.faults.append(f"{request[:2000]!r} is answered {answer[:200]!r}")
        return self

    def _ask(self, request):
        """The answer, for as long as noahd has something to send."""
        answer = b""
        with socket.create_connection(("127.0.0.1", self._port),
                                      20) as connection, contextlib.suppress(ConnectionError):
            connection.sendall(request)
            patience = 0 if self._random.random() < LEAVES_AT_ONCE else PATIENCE_SECONDS
            while select.select([connection], [], [], patience)[0] and (more := connection.recv(65536)):
                answer += more
        return answer


class MutatedTest(unittest.TestCase):
    def test_no_mutated_request_is_a_finding(self):
        with tempfile.TemporaryDirectory() as folder, Noahd(folder, "endpoints.allow=127.0.0.1/32",
                                                            "log_level=debug") as noahd:
            self.assertEqual(200, noahd.put("/tokens/anonymous", {"rules": [EVERYTHING]}).status)
            clients = [Client(noahd.port, f"{SEED}-{i}") for i in range(CLIENTS)]
            with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
                try:
                    statuses = sum((client.statuses for client in pool.map(lambda c: c.run(COUNT // CLIENTS), clients)),
                                   collections.Counter())
                except OSError as reason:
                    self.fail(f"seed {SEED}: {reason}\n{noahd.log_text()}")
            print(f"# {COUNT} requests, seed {SEED}: {dict(sorted(statuses.items(), key=str))}")
            self.assertEqual([], [fault for client in clients for fault in client.faults][:5], f"seed {SEED}")
            self.assertEqual(200, noahd.get("/health").status)
            self.assertGreater(statuses[200], COUNT / 50)  # otherwise nothing deep was reached


if __name__ == "__main__":
    unittest.main()
