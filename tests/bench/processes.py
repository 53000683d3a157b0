"""Programs that a measurement starts: waited for until they are ready, ended by their pid, their folders removed."""
# SPDX-License-Identifier: Apache-2.0

import os
import re
import signal
import socket
import subprocess
import threading
import time

READY = re.compile(r"ready on (?P<url>https?://(?P<host>\S+):(?P<port>\d+))")


class NotReady(RuntimeError):
    """The program ended, or did not say in time that it accepts connections."""


class Program:
    """One child whose stderr tells when it is ready ("NAME: ready on http://127.0.0.1:4711")."""

    def __init__(self, arguments, log_path, ready_seconds=30.0, wait=True, **options):
        self.arguments = [str(argument) for argument in arguments]
        self.log_path = log_path
        self.port = None
        self.ready_after_ms = None
        self._ready = threading.Event()
        self._started = time.monotonic()
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, **options)
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        if wait:
            self.wait_until_ready(ready_seconds)

    @property
    def pid(self):
        return self.process.pid

    def wait_until_ready(self, seconds=30.0):
        self._ready.wait(seconds)
        if self.port is None:
            self.kill()
            raise NotReady(f"{' '.join(self.arguments)}\n{self.log_tail()}")

    def is_running(self):
        return self.process.poll() is None

    def stop(self, seconds=10.0):
        """Asks it to leave, and insists after a while. Returns its exit status."""
        if self.is_running():
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self._reap()

    def kill(self):
        if self.is_running():
            self.process.send_signal(signal.SIGKILL)
        return self._reap()

    def log_tail(self, lines=15):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    def _reap(self):
        status = self.process.wait()
        self._reader.join(1.0)
        return status

    def _read_log(self):
        with open(self.log_path, "ab", buffering=0) as log:
            for line in self.process.stderr:
                log.write(line)
                found = None if self.port else READY.search(line.decode("utf-8", "replace"))
                if found:
                    self.ready_after_ms = (time.monotonic() - self._started) * 1000
                    self.port = int(found["port"])
                    self._ready.set()
        self._ready.set()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()


def free_port():
    """For programs that cannot be told "any port". Another process may take it first; they then fail to start."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(condition, seconds, what):
    """Returns the first true value of condition()."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.002)


def port_accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def children(pid):
    """The pids of a process's children, oldest first; none for a process that is gone."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def memory_kb(pid, name, file="smaps_rollup"):
    """One figure of /proc/PID/smaps_rollup ("Pss", "Private_Dirty") or status ("RssAnon")."""
    with open(f"/proc/{pid}/{file}", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    raise KeyError(name)


def is_root():
    return os.geteuid() == 0


def end_on_sigterm():
    """So that what was started is stopped also when the whole is."""
    def leave(number, _frame):
        raise SystemExit(128 + number)
    signal.signal(signal.SIGTERM, leave)
