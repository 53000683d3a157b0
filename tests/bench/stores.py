"""The stores that noahd is compared with, each as durable as it can be had on one machine."""
# SPDX-License-Identifier: Apache-2.0

import json
import socket
import subprocess
import urllib.error
import urllib.request

from support.daemon import wait_until


class Store:
    """Programs of others, of which the last takes HTTP on self.port."""

    def __init__(self):
        self._children = []
        self.port = free_port()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

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


class WebdisAndRedis(Store):
    """webdis in front of a Redis that syncs before it answers."""

    def __init__(self, workplace):
        super().__init__()
        redis_port = free_port()
        settings = {"redis_host": "127.0.0.1", "redis_port": redis_port, "http_host": "127.0.0.1",
                    "http_port": self.port, "threads": 2, "daemonize": False, "verbosity": 0,
                    "logfile": workplace.path("webdis.log"), "database": 0}
        self._start(redis_port, "redis-server", "--bind", "127.0.0.1", "--port", str(redis_port),
                    "--dir", workplace.new_folder("redis"), "--save", "", "--appendonly", "yes",
                    "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0")
        self._start(self.port, "webdis", workplace.write("webdis.json", json.dumps(settings)))


class Etcd(Store):
    """etcd of one node, asked through its JSON gateway; durable as it comes."""

    def __init__(self, workplace):
        super().__init__()
        peers_url = f"http://127.0.0.1:{free_port()}"
        self._start(self.port, "etcd", "--data-dir", workplace.new_folder("etcd"), "--logger", "zap",
                    "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
                    "--listen-peer-urls", peers_url, "--initial-advertise-peer-urls", peers_url,
                    "--initial-cluster", f"default={peers_url}")
        wait_until(self._is_healthy, 10, "etcd is healthy")

    def _is_healthy(self):
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return json.load(answer)["health"] == "true"
        except urllib.error.HTTPError:
            return False


def free_port():
    """For programs that cannot be told "any port". Another process may take it first; they then fail to start."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
