"""Measures GET /health while a noahd is under load, beside an idle one on the same machine at the same time."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import subprocess
import sys
import time

PAUSE_SECONDS = 0.002
HERE = os.path.dirname(os.path.abspath(__file__))


class Prober:
    """Asks from its own process, from start to stop."""

    def __init__(self, *ports):
        self._process = subprocess.Popen([sys.executable, "-B", os.path.abspath(__file__), *map(str, ports)],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process.stdout.readline()

    def stop(self):
        """For each port the response times, in seconds."""
        output, _ = self._process.communicate(timeout=60)
        if self._process.returncode:
            raise AssertionError("the prober had no answer")
        return json.loads(output)


def probe(ports):
    """Asks them in turn until stdin ends; sometimes on a new connection."""
    sys.path.insert(0, os.path.dirname(HERE))
    from support.raw_http import Connection  # pylint: disable=import-outside-toplevel

    os.set_blocking(sys.stdin.fileno(), False)
    times, connections, turn = [[] for _ in ports], {}, 0
    print("asking", flush=True)
    while sys.stdin.buffer.raw.read(1) is None:
        for i, port in enumerate(ports):
            begun = time.monotonic()
            if turn % 16 == 0 and port in connections:
                connections.pop(port).close()
            connection = connections.setdefault(port, None) or Connection(port, seconds=60)
            connections[port] = connection
            if connection.request("GET", "/health").status != 200:
                sys.exit(1)
            times[i].append(time.monotonic() - begun)
        turn += 1
        time.sleep(PAUSE_SECONDS)
    json.dump(times, sys.stdout)


if __name__ == "__main__":
    probe([int(port) for port in sys.argv[1:]])
