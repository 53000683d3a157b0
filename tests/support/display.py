"""What tests/run prints while it runs."""
# SPDX-License-Identifier: Apache-2.0

import os
import sys
import threading
import time


class Display:
    """On a terminal one line that changes, elsewhere a line per program; failures at once, in full."""

    def __init__(self, count):
        self._count = count
        self._done = 0
        self._running = {}
        self._lock = threading.Lock()
        self._terminal = sys.stdout.isatty()
        self._colours = self._terminal and "NO_COLOR" not in os.environ

    def begin(self, program):
        with self._lock:
            self._running[program.name] = time.monotonic()
            self._draw()

    def end(self, program, outcome):
        with self._lock:
            seconds = time.monotonic() - self._running.pop(program.name)
            self._done += 1
            self._erase()
            if not self._terminal:
                print(f"{program.name}: {outcome}, {seconds:.1f} s")
            for test, text in outcome.failures:
                print(self._red(f"FAILED {program.name}: {test}"))
                print("".join(f"    {line}\n" for line in text.splitlines()))
            self._draw()

    def refresh(self):
        with self._lock:
            self._draw()

    def close(self):
        self._erase()

    def _draw(self):
        if self._terminal and self._running:
            name, since = min(self._running.items(), key=lambda item: item[1])
            self._erase()
            print(f"[{self._done}/{self._count}] {name} … {time.monotonic() - since:.0f} s", end="", flush=True)
        sys.stdout.flush()

    def _erase(self):
        if self._terminal:
            print("\r\033[K", end="")

    def _red(self, text):
        return f"\033[31m{text}\033[0m" if self._colours else text
