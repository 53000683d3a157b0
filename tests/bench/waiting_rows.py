"""Many clients that wait: parked requests and streams of events, each beside a bare program of libmicrohttpd."""
# SPDX-License-Identifier: Apache-2.0

import json
import subprocess

from figures import interleave, limit_row, ratio_row
from peers import Peer
from processes import memory_kb, unread_requests
from support.daemon import wait_until
from support.raw_http import format_request

WAITERS = 10_000
VALUE = "." * 100
WRITERS = 32
PATH = "/ephemerals/bench/waiting"


def waiter_rows(workplace, _):
    """What a parked request weighs, on connections that are new and on those that served before, and how soon it
    ends."""
    def parked(server, etag, warm):
        put, get = request("PUT", PATH, "woken"), request("GET", PATH)
        wait = request("GET", f"{PATH}?wait=120", headers=[("If-None-Match", etag)])
        return park(workplace, server, [wait, put, *([get] if warm else [])])

    def ours(warm):
        def measure(_):
            with workplace.noahd() as noahd:
                return parked(noahd, noahd.put(PATH, VALUE).headers["etag"], warm)
        return measure

    def bare(warm):
        def measure(_):
            with Peer(workplace.program("bare_waiters"), workplace.write("body", VALUE)) as peer:
                return parked(peer, '"bare"', warm)
        return measure

    figures = interleave(5, {(who, warm): arm(warm) for who, arm in (("ours", ours), ("bare", bare))
                             for warm in (False, True)})
    rows = []
    for warm, goal_kb, connections in ((False, 8, "new connections"), (True, 20, "connections that served before")):
        (kilobytes, wake_ms), (bare_kb, bare_ms) = (zip(*figures[who, warm]) for who in ("ours", "bare"))
        name = f"{WAITERS:,} waiters on {connections}"
        rows += [limit_row(f"{name}, memory of one", kilobytes, goal_kb, "KB", f"({min(bare_kb):.1f} KB bare_waiters)"),
                 limit_row(f"{name}, PUT → last answer", wake_ms, 500, "ms", f"({min(bare_ms):.0f} ms bare_waiters)")]
    return rows


def park(workplace, server, requests):
    """Kilobytes of one parked request, and milliseconds from the PUT to the last answer."""
    empty_kb = memory_kb(server.pid, "RssAnon", "status")
    command = [workplace.program("waiters"), str(server.port), str(WAITERS), *requests]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as waiters:
        try:
            if waiters.stdout.readline() != "sent\n":
                raise RuntimeError("waiters: none")
            wait_until(lambda: unread_requests(server.port) == 0, 30, "all requests are read")
            kilobytes = (memory_kb(server.pid, "RssAnon", "status") - empty_kb) / WAITERS
            return kilobytes, float(waiters.communicate("wake\n")[0])
        except BaseException:
            waiters.kill()
            raise


def stream_rows(workplace, scale):
    """Every change to every stream, complete and in order; the bare program sends the same bytes."""
    put = request("PUT", PATH, VALUE)
    stream = request("GET", f"/events?pattern=//noah{PATH}", headers=[("Accept", "text/event-stream")])

    def told(server):
        return workplace.run("streams", server.port, scale.streams, scale.changes, WRITERS, stream, put)[0]

    def bare(_):
        with Peer(workplace.program("bare_streams"), workplace.write("events", events)) as peer:
            return told(peer)

    with workplace.noahd() as noahd:
        events = event_texts(noahd, scale.changes)
        figures = interleave(scale.rounds, {"ours": lambda _: told(noahd), "bare": bare})
    return [ratio_row(f"{scale.streams:,} streams × {scale.changes:,} changes, PUT → last event", figures["ours"],
                      figures["bare"], 2, "ms", "bare_streams", at_most=True)]


def event_texts(noahd, count):
    """What a stream tells of so many updates, under revisions that are all of one length."""
    noahd.put(PATH, VALUE)
    noahd.put(PATH, VALUE)
    body = noahd.get("/events").json()[-1]

    def text(revision):
        data = json.dumps({**body, "revision": revision}, separators=(",", ":"))
        return f"id: {revision}\nevent: update\ndata: {data}\n\n"
    return "".join(text(10_000 + number) for number in range(count))


def request(method, target, body=None, headers=()):
    return format_request("127.0.0.1", method, target, body, headers).decode()
