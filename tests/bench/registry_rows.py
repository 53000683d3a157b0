"""Large registries: how soon they are there again, what they weigh, how they are read and listed."""
# SPDX-License-Identifier: Apache-2.0

import json
import time
import urllib.request

from figures import interleave, limit_row, ratio_row
from processes import memory_kb
from support.raw_http import format_request
from wrk import wrk, wrk_until_done

VALUE_BYTES = 100
OBJECTS = 100_000
FEW_OBJECTS = 1000
CONNECTIONS = 32


def registry_rows(workplace, scale):
    """100,000 ephemerals: how soon they are there again, and what they weigh."""
    with workplace.noahd() as noahd:
        empty_kb = memory_kb(noahd.pid, "RssAnon", "status")
    noahd = filled(workplace, "ephemerals", OBJECTS)
    starts_ms, loaded, used = [], [], []
    for number in range(scale.rounds):
        # The first of them after a kill, the others after a regular end.
        begun = time.monotonic()
        with noahd:
            starts_ms.append((time.monotonic() - begun) * 1000)
            loaded.append(bytes_each(noahd.pid, empty_kb, OBJECTS))
            if number == 0:
                fill(workplace, noahd, "reads", OBJECTS)
                used.append(bytes_each(noahd.pid, empty_kb, OBJECTS))
    return [
        limit_row(f"start with {OBJECTS:,} ephemerals", starts_ms, 1000, "ms"),
        limit_row("memory of one beyond its data", loaded, 600, "B"),
        limit_row("the same when each was read once", used, 600, "B"),
    ]


def million_rows(workplace, scale):
    """As many ephemerals as anyone will have, beside a registry of few: starts, memory, reads."""
    many, few = filled(workplace, "ephemerals", scale.ephemerals), filled(workplace, "ephemerals", FEW_OBJECTS)
    with workplace.noahd() as noahd:
        empty_kb = memory_kb(noahd.pid, "RssAnon", "status")
    starts_ms, loaded = [], []
    for _ in range(scale.rounds):
        begun = time.monotonic()
        with many:
            starts_ms.append((time.monotonic() - begun) * 1000)
            loaded.append(bytes_each(many.pid, empty_kb, scale.ephemerals))

    def reads(noahd, count):
        return lambda _: wrk(noahd.url, CONNECTIONS, scale.seconds, workplace.script("anywhere.lua"), (count,))

    with many, few:
        figures = interleave(scale.rounds, {"many": reads(many, scale.ephemerals), "few": reads(few, FEW_OBJECTS)})
        used = [bytes_each(many.pid, empty_kb, scale.ephemerals)]
    return [
        limit_row(f"start with {scale.ephemerals:,} ephemerals", starts_ms, 5000, "ms"),
        limit_row("memory of one beyond its data", loaded, 600, "B"),
        limit_row("the same when they have been read", used, 600, "B"),
        ratio_row(f"GET of any of {scale.ephemerals:,}", figures["many"], figures["few"], 0.9, "/s",
                  f"any of {FEW_OBJECTS:,}"),
    ]


def list_rows(workplace, scale):
    """A list of all hosts, then a tag that all of them have, and what others notice of it."""
    noahd = filled(workplace, "hosts", OBJECTS)
    rows = wait_rows(workplace, scale, noahd, "/hosts", f"{OBJECTS:,} hosts")
    with noahd:
        fill(workplace, noahd, "tags", OBJECTS)
        with urllib.request.urlopen(
            f"{noahd.url}/hosts") as hosts, urllib.request.urlopen(f"{noahd.url}/tags/all") as tag:
            if {len(json.load(hosts)), len(json.load(tag)["all"]["hosts"])} != {OBJECTS}:
                raise RuntimeError("the list is not whole")
    return rows + wait_rows(workplace, scale, noahd, "/tags/all", f"a tag on {OBJECTS:,} hosts")


def wait_rows(workplace, scale, noahd, target, what):
    """Every second time nothing of it has been rendered before."""
    large, small = (format_request("127.0.0.1", "GET", path).decode() for path in (target, "/hosts/1"))
    times = []
    for _ in range(scale.rounds):
        with noahd:
            times += [workplace.run("delays", noahd.port, large, small) for _ in ("cold", "warm")]
    cold, warm = times[0::2], times[1::2]

    def told(each):
        first_ms, last_ms = (min(column) for column in list(zip(*each))[:2])
        return f"(first byte {first_ms:.1f}, last {last_ms:.0f} ms)"

    name = f"others' longest wait during GET of {what}"
    return [limit_row(f"{name}, cold", [longest_ms for _, _, longest_ms, *_ in cold], 50, "ms", told(cold)),
            limit_row(f"{name}, again", [longest_ms for _, _, longest_ms, *_ in warm], 50, "ms", told(warm))]


def filled(workplace, what, count):
    """A noahd with so many objects, killed as soon as the last was acknowledged."""
    noahd = workplace.noahd()
    try:
        fill(workplace, noahd.start(), what, count)
    finally:
        noahd.kill()
    return noahd


def fill(workplace, noahd, what, count):
    wrk_until_done(noahd.url, 64, workplace.script("fill.lua"), (what, count))


def bytes_each(pid, empty_kb, count):
    return (memory_kb(pid, "RssAnon", "status") - empty_kb) * 1024 / count - VALUE_BYTES
