"""Lets many threads find the running daemon while it is killed and started again."""
# SPDX-License-Identifier: Apache-2.0

import threading


class Door:
    """Where the writers find the running noahd, if any."""

    def __init__(self):
        self._changed = threading.Condition()
        self._port = None
        self.closed = False

    def show(self, port):
        with self._changed:
            self._port = port
            self._changed.notify_all()

    def close(self):
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def wait(self):
        """The port; None when everything is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._port or self.closed)
            return None if self.closed else self._port
