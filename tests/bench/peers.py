"""The programs that stand beside noahd and pokerd: references, endpoints, load."""
# SPDX-License-Identifier: Apache-2.0

import subprocess

from support.daemon import READY


class Peer:
    """A C program of the bench that tells on stderr, once, where it is ready."""

    def __init__(self, *command):
        self._process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = self._process.stderr.readline()
        found = READY.search(said)
        if not found:
            self._end()
            raise RuntimeError(f"{command[0]} is not ready: {said}")
        self.port = int(found["port"])

    @property
    def pid(self):
        return self._process.pid

    def _end(self):
        self._process.kill()
        self._process.wait()
        self._process.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._end()
