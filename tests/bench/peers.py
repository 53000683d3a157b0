"""The programs that stand beside noahd and pokerd: references, endpoints, and wrk, which loads them all alike."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
import socket
import subprocess

from support.daemon import READY, wait_until

WRK_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
WRK_FAULTS = re.compile(r"Socket errors:.*|Non-2xx or 3xx responses:.*")


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


class WebdisAndRedis:
    """The peer of a durable PUT: webdis in front of a Redis that syncs before it answers."""

    def __init__(self, workplace):
        redis_port, self.port = free_port(), free_port()
        settings = {"redis_host": "127.0.0.1", "redis_port": redis_port, "http_host": "127.0.0.1",
                    "http_port": self.port, "threads": 2, "daemonize": False, "verbosity": 0,
                    "logfile": workplace.path("webdis.log"), "database": 0}
        self._children = []
        self._start(redis_port, "redis-server", "--bind", "127.0.0.1", "--port", str(redis_port),
                    "--dir", workplace.new_folder("redis"), "--save", "", "--appendonly", "yes",
                    "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0")
        self._start(self.port, "webdis", workplace.write("webdis.json", json.dumps(settings)))

    def _start(self, port, *command):
        self._children.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                               stderr=subprocess.DEVNULL))
        wait_until(lambda: accepts(port), 10, f"{command[0]} accepts connections")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for child in reversed(self._children):
            child.terminate()
            child.wait()


def free_port():
    """For programs that cannot be told "any port". Another process may take it first; they then fail to start."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wrk(url, connections, seconds, script=None, arguments=()):
    """Requests per second. One answer that is no success spoils the figure."""
    options = ["-d", f"{seconds}s"] + (["-s", script] if script else [])
    output = run_wrk(url, connections, options, arguments)
    faults = WRK_FAULTS.search(output)
    if faults:
        raise RuntimeError(f"wrk {url}: {faults[0]}")
    return float(WRK_RATE.search(output)[1])


def wrk_until_done(url, connections, script, arguments, seconds_most=300):
    """For scripts that end wrk themselves when they have what they want."""
    if WRK_RATE.search(run_wrk(url, connections, ["-d", f"{seconds_most}s", "-s", script], arguments)):
        raise RuntimeError(f"{script} {arguments}: not done within {seconds_most} s")


def run_wrk(url, connections, options, arguments):
    command = ["wrk", "-t1", f"-c{connections}", *options, url, "--", *(str(argument) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout
