"""What noahd is measured by: reads, durable writes, the way from a write to its POST."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import time

from figures import excess_row, interleave, percentile, ratio_row
from peers import Peer
from stores import Etcd, WebdisAndRedis
from support.daemon import wait_until
from support.raw_http import Connection
from wrk import wrk, wrk_until_done

CONNECTIONS = 32
VALUE_BYTES, KEYS = 100, 1000
OTHER_WATCHES = 10_000
PACE_SECONDS = 0.003
MADE_BY_LIBMICROHTTPD = {"date", "connection", "content-length", "keep-alive"}


def read_rows(workplace, scale):
    """GET of one object, against a program that holds nothing but the answer."""
    with workplace.noahd() as noahd:
        noahd.put("/hosts/web1", {"status": "up"})
        answer = noahd.get("/hosts/web1")
        headers = [word for header in answer.headers.items() if header[0] not in MADE_BY_LIBMICROHTTPD
                   for word in header]
        body = workplace.write("body", answer.body.decode())
        with Peer(workplace.program("bare_httpd"), body, *headers) as bare:
            def reads(server):
                return lambda _: wrk(f"http://127.0.0.1:{server.port}/hosts/web1", CONNECTIONS, scale.seconds)
            figures = interleave(scale.rounds, {"ours": reads(noahd), "bare": reads(bare)})
    return [ratio_row(f"GET, {CONNECTIONS} connections", figures["ours"], figures["bare"], 0.9, "/s", "bare_httpd")]


def write_rows(workplace, scale):
    """Durable PUTs against the disk itself, and against one connection."""
    def appends(number):
        return workplace.run("append", workplace.path(f"appends-{number}"), VALUE_BYTES, scale.seconds * 1000)[0]

    with workplace.noahd() as noahd:
        def puts(connections):
            return lambda _: load(workplace, noahd, "noahd", "put", connections, scale.seconds)
        figures = interleave(scale.rounds, {"one": puts(1), "append": appends, "many": puts(CONNECTIONS)})
    one, many = "durable PUT, 1 connection", f"durable PUT, {CONNECTIONS} connections"
    return [
        ratio_row(one, figures["one"], figures["append"], 0.45, "/s", "fdatasync'ed appends"),
        ratio_row(many, figures["many"], figures["one"], 5, "/s", "1 connection"),
    ]


def store_rows(workplace, scale):
    """The same keys and values written to and read from noahd and the stores it is compared with."""
    goals = {"put": {"etcd": 2.5, "webdis": 1.0}, "get": {"etcd": 5, "webdis": 1.5}}
    names = {"put": f"durable PUT, {CONNECTIONS} connections",
             "get": f"GET of {KEYS:,} keys, {CONNECTIONS} connections"}
    def arm(verb, store, server):
        return lambda _: load(workplace, server, store, verb, CONNECTIONS, scale.seconds)

    with workplace.noahd() as noahd, Etcd(workplace) as etcd, WebdisAndRedis(workplace) as webdis:
        servers = {"noahd": noahd, "etcd": etcd, "webdis": webdis}
        # Puts first: what is read has been written in the same round.
        figures = interleave(scale.rounds, {(verb, store): arm(verb, store, server)
                                            for verb in goals for store, server in servers.items()})
    full_names = {"etcd": "etcd's JSON gateway", "webdis": "webdis + Redis"}
    return [ratio_row(names[verb], figures[verb, "noahd"], figures[verb, store], goal, "/s", full_names[store])
            for verb, of_verb in goals.items() for store, goal in of_verb.items()]


def load(workplace, server, store, verb, connections, seconds):
    """Gets or puts a second, of KEYS values in turn."""
    return wrk(server.url, connections, seconds, workplace.script("load.lua"), (store, verb, VALUE_BYTES, KEYS))


class WatchedNoahd:
    """A noahd with one watch that a write matches, and perhaps many that it doesn't."""

    def __init__(self, workplace, stack, other_watches):
        self._record = workplace.path("sink.txt")
        sink = stack.enter_context(Peer(workplace.program("sink"), self._record))
        self._noahd = stack.enter_context(workplace.noahd())
        base = f"http://127.0.0.1:{sink.port}"
        self._noahd.put("/watches", {"pattern": "//noah/ephemerals/bench", "endpoint": f"{base}/bench"})
        if other_watches:
            wrk_until_done(self._noahd.url, CONNECTIONS, workplace.script("fill.lua"),
                           ("watches", other_watches, f"{base}/other"))

    def measure(self, count):
        """Milliseconds of each PUT, and from its beginning to its POST's arrival: two lists in the same order."""
        begun, puts = {}, []
        with Connection(self._noahd.port) as connection:
            for number in range(count):
                start_ns = time.monotonic_ns()
                answer = connection.request("PUT", "/ephemerals/bench/latency", str(number))
                puts.append((time.monotonic_ns() - start_ns) / 1e6)
                begun[int(answer.headers["noah-revision"])] = start_ns
                time.sleep(PACE_SECONDS)
        arrivals = wait_until(lambda: self._arrivals(begun), 30, "the last POST has come")
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


def delivery_rows(workplace, scale):
    """From a PUT to its POST, beside what the PUT itself takes."""
    rows = []
    with contextlib.ExitStack() as stack:
        arms = {}
        for others in (0, OTHER_WATCHES):
            watched = WatchedNoahd(workplace, stack, others)
            arms[others] = lambda _, watched=watched: watched.measure(scale.pokes)
        figures = interleave(scale.rounds, arms)
    for others, rounds in figures.items():
        watches = f"1 watch of {others + 1:,}" if others else "1 watch"
        for percent in (50, 99):
            rows.append(excess_row(f"PUT → POST received, {watches}, p{percent}",
                                   [percentile(posts, percent) for _, posts in rounds],
                                   [percentile(puts, percent) for puts, _ in rounds], 5, "ms", "the PUT"))
    return rows
