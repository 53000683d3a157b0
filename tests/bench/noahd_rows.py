"""What noahd is measured by: reads, durable writes, the way from a write to its POST, a large registry."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import subprocess
import time

from client import Client
from daemons import WebdisAndRedis, put, start_noahd, start_sink, wrk, wrk_until_done
from figures import excess_row, interleave, limit_row, percentile, ratio_row
from processes import Program, memory_kb, wait_for

CONNECTIONS = 32
VALUE_BYTES, KEYS = 100, 1000
OTHER_WATCHES = 10_000
OBJECTS = 100_000
MADE_BY_LIBMICROHTTPD = {"date", "connection", "content-length", "keep-alive"}


def read_rows(tools, scale):
    """GET of one object, against a program that holds nothing but the answer."""
    with contextlib.ExitStack() as stack:
        noahd = stack.enter_context(start_noahd(tools, tools.path("reads")))
        put(noahd.port, "/hosts/web1", b'{"status":"up"}')
        with Client(noahd.port) as client:
            answer = client.request("GET", "/hosts/web1")
        headers = [word for name, value in answer.headers.items() if name not in MADE_BY_LIBMICROHTTPD
                   for word in (name, value)]
        body = tools.write("body", answer.body.decode())
        bare = stack.enter_context(Program([tools.bench("bare_httpd"), body, *headers], tools.path("bare_httpd.log")))

        def arm(port):
            return lambda _: wrk(f"http://127.0.0.1:{port}/hosts/web1", CONNECTIONS, scale.seconds)
        figures = interleave(scale.rounds, {"ours": arm(noahd.port), "bare": arm(bare.port)})
    return [ratio_row(f"GET, {CONNECTIONS} connections", figures["ours"], figures["bare"], 0.9, "/s", "bare_httpd")]


def write_rows(tools, scale):
    """Durable PUTs against the disk itself, against one connection, against webdis and Redis."""
    values = (VALUE_BYTES, KEYS)

    def puts(port, path, connections):
        return lambda _: wrk(f"http://127.0.0.1:{port}/", connections, scale.seconds, tools.script("put.lua"),
                             (path, *values))

    def appends(number):
        output = subprocess.run([tools.bench("append"), tools.path(f"appends-{number}"), str(VALUE_BYTES),
                                 str(int(scale.seconds * 1000))], check=True, capture_output=True, text=True).stdout
        return float(output)

    with start_noahd(tools, tools.path("writes")) as noahd, WebdisAndRedis(tools) as webdis:
        one, many = puts(noahd.port, "/ephemerals/bench/", 1), puts(noahd.port, "/ephemerals/bench/", CONNECTIONS)
        figures = interleave(scale.rounds, {
            "one": one, "append": appends, "many": many, "webdis": puts(webdis.port, "/SET/bench", CONNECTIONS)})
    return [
        ratio_row("durable PUT, 1 connection", figures["one"], figures["append"], 0.45, "/s", "fdatasync'ed appends"),
        ratio_row(f"durable PUT, {CONNECTIONS} connections", figures["many"], figures["one"], 5, "/s", "1 connection"),
        ratio_row(f"durable PUT, {CONNECTIONS} connections", figures["many"], figures["webdis"], 0.9, "/s",
                  "webdis + Redis"),
    ]


class WatchedNoahd:
    """A noahd with one watch that a write matches, and perhaps many that it doesn't."""

    def __init__(self, tools, stack, other_watches):
        self._record = tools.path("sink.txt")
        sink = stack.enter_context(start_sink(tools, self._record))
        self._noahd = stack.enter_context(start_noahd(tools, tools.path("watched")))
        base = f"http://127.0.0.1:{sink.port}"
        watch = {"pattern": "//noah/ephemerals/bench", "endpoint": f"{base}/bench"}
        put(self._noahd.port, "/watches", json.dumps(watch).encode())
        if other_watches:
            wrk_until_done(f"http://127.0.0.1:{self._noahd.port}/", CONNECTIONS, tools.script("fill.lua"),
                           ("watches", other_watches, f"{base}/other"))

    def measure(self, count, pace_seconds):
        """Milliseconds of each PUT, and from its beginning to its POST's arrival: two lists in the same order."""
        begun, puts = {}, []
        with Client(self._noahd.port) as client:
            for number in range(count):
                start_ns = time.monotonic_ns()
                answer = client.request("PUT", "/ephemerals/bench/latency", str(number).encode())
                puts.append((time.monotonic_ns() - start_ns) / 1e6)
                begun[answer.revision] = start_ns
                time.sleep(pace_seconds)
        arrivals = wait_for(lambda: self._arrivals(begun), 30, "the last POST")
        return puts, [(arrivals[revision] - start_ns) / 1e6 for revision, start_ns in begun.items()]

    def _arrivals(self, wanted):
        """When each of these revisions came first, or None while one is missing."""
        arrivals = {}
        with open(self._record, encoding="utf-8") as record:
            for line in record:
                if not line.endswith("\n"):
                    break
                at_ns, _, _, _, body = line.split(" ", 4)
                arrivals.setdefault(json.loads(body)["revision"], int(at_ns))
        return arrivals if wanted.keys() <= arrivals.keys() else None


def delivery_rows(tools, scale):
    """From a PUT to its POST, beside what the PUT itself takes."""
    rows = []
    with contextlib.ExitStack() as stack:
        arms = {}
        for others in (0, OTHER_WATCHES):
            watched = WatchedNoahd(tools, stack, others)
            arms[others] = lambda _, watched=watched: watched.measure(scale.pokes, 0.003)
        figures = interleave(scale.rounds, arms)
    for others, rounds in figures.items():
        watches = f"1 watch of {others + 1:,}" if others else "1 watch"
        for percent in (50, 99):
            rows.append(excess_row(f"PUT → POST received, {watches}, p{percent}",
                                   [percentile(posts, percent) for _, posts in rounds],
                                   [percentile(puts, percent) for puts, _ in rounds], 5, "ms", "the PUT"))
    return rows


def registry_rows(tools, scale):
    """A registry of 100,000 ephemerals: how soon it is there again, and what it weighs."""
    state = tools.path("large")
    with start_noahd(tools, tools.path("empty")) as noahd:
        empty_kb = memory_kb(noahd.pid, "RssAnon", "status")
    noahd = start_noahd(tools, state)
    try:
        fill(tools, noahd.port, "ephemerals")
    finally:
        noahd.kill()
    starts_ms, loaded, used = [], [], []
    for number in range(scale.rounds):
        # The first of them after a kill, the others after a regular end.
        with start_noahd(tools, state) as noahd:
            starts_ms.append(noahd.ready_after_ms)
            loaded.append(bytes_each(noahd.pid, empty_kb))
            if number == 0:
                fill(tools, noahd.port, "reads")
                used.append(bytes_each(noahd.pid, empty_kb))
    return [
        limit_row(f"start with {OBJECTS:,} ephemerals", starts_ms, 1000, "ms"),
        limit_row("memory of one beyond its data", loaded, 600, "B"),
        limit_row("the same when each was read once", used, 600, "B"),
    ]


def fill(tools, port, what):
    wrk_until_done(f"http://127.0.0.1:{port}/", 64, tools.script("fill.lua"), (what, OBJECTS))


def bytes_each(pid, empty_kb):
    return (memory_kb(pid, "RssAnon", "status") - empty_kb) * 1024 / OBJECTS - VALUE_BYTES
