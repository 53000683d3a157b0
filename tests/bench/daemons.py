"""noahd, pokerd and their peers, started with what the measurements need."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import re
import subprocess

from client import Client
from processes import Program, free_port, is_root, port_accepts, wait_for

WRK_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
WRK_FAULTS = re.compile(r"Socket errors:.*|Non-2xx or 3xx responses:.*")


class Tools:
    """Where the programs under test and those of the bench are, and a folder for what they write."""

    def __init__(self, build, folder):
        self.build = os.path.abspath(build)
        self.here = os.path.dirname(os.path.abspath(__file__))
        self.folder = folder
        self._names = 0

    def daemon(self, name):
        return os.path.join(self.build, "bin", name)

    def bench(self, name):
        return os.path.join(self.build, "tests", "bench", name)

    def script(self, name):
        return os.path.join(self.here, name)

    def path(self, name):
        """A path that nobody has been given before."""
        self._names += 1
        return os.path.join(self.folder, f"{self._names}-{name}")

    def new_folder(self, name):
        path = self.path(name)
        os.mkdir(path, 0o700)
        return path

    def write(self, name, text, mode=0o600):
        path = self.path(name)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, mode), "w", encoding="utf-8") as file:
            file.write(text)
        return path


def start_noahd(tools, state, settings=(), **options):
    """settings: "name=value" texts over the defaults."""
    chosen = ["listen=127.0.0.1:0", f"state_directory={state}", "log_level=warning", *settings]
    arguments = [tools.daemon("noahd"), "-c", tools.write("noahd.conf", "")]
    for setting in chosen:
        arguments += ["-o", setting]
    return Program(arguments, tools.path("noahd.log"), **options)


def start_sink(tools, record, fail_every=0):
    return Program([tools.bench("sink"), record, fail_every], tools.path("sink.log"))


def make_certificate(tools):
    """A self-signed certificate for loopback: paths of certificate and key."""
    certificate, key = tools.path("tls.crt"), tools.path("tls.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


UNPRIVILEGED = "nobody"  # the account that every system has; the package's own would need an installation

POKERD_CONFIGURATION = """
listen = ( "127.0.0.1:{port}" );
tls: {{ certificate = "{certificate}"; key = "{key}"; }};
endpoints = ( "{endpoint}" );
state_directory = "{state}";
control_socket = "{control}";
{user}
keys: ( {{ name = "bench"; file = "{public_key}"; }} );
rules: ( {{ path = "/"; patterns = ( "//noah" ); actions = ( "create", "update", "delete" ); keys = ( "bench" );
           command = ( {command} ); run_as = ""; }} );
runs: {{ {runs} }};
chef_lock_file = "";
log_level = "warning";
"""


class PokerdSetUp:
    """What a pokerd is started from, again and again: one state directory, one endpoint, one rule."""

    def __init__(self, tools, public_key, command, runs):
        self._tools = tools
        self.certificate, self.key = make_certificate(tools)
        self.endpoint = "https://node.bench.test/"
        self.state = tools.new_folder("pokerd")
        self.control = os.path.join(self.state, "control.socket")
        self.configuration = tools.write("pokerd.conf", POKERD_CONFIGURATION.format(
            port=0, certificate=self.certificate, key=self.key, endpoint=self.endpoint, state=self.state,
            control=self.control, user=f'user = "{UNPRIVILEGED}";' if is_root() else "",
            public_key=tools.write("bench.whpk", public_key + "\n", 0o644),
            command=", ".join(f'"{word}"' for word in command), runs=runs))

    def start(self, **options):
        return Program([self._tools.daemon("pokerd"), "-c", self.configuration], self._tools.path("pokerd.log"),
                       **options)

    def history(self):
        """The records of `pokerd history --json`, oldest first."""
        output = subprocess.run([self._tools.daemon("pokerd"), "history", "--json", "-c", self.configuration],
                                check=True, capture_output=True, text=True).stdout
        return json.loads(output)

    def poke_body(self, number):
        """A body as noahd sends it, addressed to this pokerd."""
        return json.dumps({"id": "7e743edd-0000-4000-8000-000000000000", "tags": [], "links": [], "data": str(number),
                           "path": "/ephemerals//bench", "pubcategory": "//noah/ephemerals/bench", "action": "update",
                           "location": "/ephemerals/bench", "revision": number, "endpoint": self.endpoint,
                           "watch": "bench", "event": f"bench-{number}", "cause": []}).encode()


class WebdisAndRedis:
    """The peer of a durable PUT: webdis in front of a Redis that syncs before it answers."""

    def __init__(self, tools):
        redis_port, self.port = free_port(), free_port()
        settings = {"redis_host": "127.0.0.1", "redis_port": redis_port, "http_host": "127.0.0.1",
                    "http_port": self.port, "threads": 2, "daemonize": False, "verbosity": 0,
                    "logfile": tools.path("webdis.log"), "database": 0}
        self._children = []
        self._start(["redis-server", "--bind", "127.0.0.1", "--port", redis_port, "--dir", tools.new_folder("redis"),
                     "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", 0],
                    redis_port)
        self._start(["webdis", tools.write("webdis.json", json.dumps(settings))], self.port)

    def _start(self, arguments, port):
        child = subprocess.Popen([str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._children.append(child)
        wait_for(lambda: port_accepts(port), 10, arguments[0])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for child in reversed(self._children):
            child.terminate()
            child.wait()


def wrk(url, connections, seconds, script=None, arguments=()):
    """Requests per second. One answer that is no success spoils the figure."""
    command = ["-d", f"{seconds}s"] + (["-s", script] if script else [])
    output = run_wrk(url, connections, command, arguments)
    faults = WRK_FAULTS.search(output)
    if faults:
        raise RuntimeError(f"wrk {url}: {faults[0]}")
    return float(WRK_RATE.search(output)[1])


def wrk_until_done(url, connections, script, arguments, seconds_most=300):
    """For scripts that end wrk themselves when they have what they want."""
    output = run_wrk(url, connections, ["-d", f"{seconds_most}s", "-s", script], arguments)
    if output and WRK_RATE.search(output):
        raise TimeoutError(f"{script}: not done within {seconds_most} s")


def run_wrk(url, connections, options, arguments):
    command = ["wrk", "-t1", f"-c{connections}", *options, url, "--", *(str(argument) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def put(port, path, body):
    with Client(port) as client:
        answer = client.request("PUT", path, body)
    if answer.status != 200:
        raise RuntimeError(f"PUT {path}: {answer.status} {answer.body.decode()}")
    return answer
