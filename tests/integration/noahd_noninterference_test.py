"""A caller learns nothing about objects without rights: two registries that differ only in these give it the same
answers."""
# SPDX-License-Identifier: Apache-2.0

import base64
import collections
import json
import os
import random
import re
import tempfile
import unittest

from support.daemon import Noahd
from support.interference import Comparison, Deliveries, Interference, Side, Streams, Waiting
from support.raw_http import Answer
from support.routes import ROUTES

SEED = int(os.environ.get("NOAH_SEED", random.randrange(1 << 32)))
CALLERS, REQUESTS = 6, 800  # of each caller

KINDS = ("hosts", "services", "applications", "configurations", "ephemerals")
# names; the caller never has a right at hidden objects, whatever its rules
SEEN, HIDDEN = ("v0", "v0", "v1", "v1", "none"), ("x0", "x1", "x2")
LINKS = {True: ("lv", "lv", "lnone"), False: ("lx", "lx1")}
ENDPOINTS = ("http://127.0.0.1:9/a", "http://127.0.0.1:9/b")
HIDDEN_WATCH = base64.b64encode(b"//noah/hosts/v0|http://127.0.0.1:9/hidden").decode().replace("/", "%2F")
# Where the caller never has a right: asked less often.
CLOSED = re.compile(r"/(tokens|metrics|stats|lifetimes|watches/|watchers)")
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH")
RIGHTS = (["read"], ["write"], *[["read", "write"], ["read", "write", "watch"], ["read", "write", "watch"]] * 3,
          ["read", "watch"], ["watch"], [])


def draw_rules(choice):
    """Rights at each collection, except for its hidden objects."""
    rules = [{"path": "/lv", "allow": choice.choice(RIGHTS)}, {"path": "/links", "allow": choice.choice(RIGHTS)},
             {"path": "/version", "allow": ["read"]}]
    for kind in (*KINDS, "tags"):
        rules.append({"path": f"/{kind}", "allow": choice.choice(RIGHTS)})
        rules += [{"path": f"/{kind}/{name}", "allow": []} for name in HIDDEN]
    return rules


class Names:
    """Names of visible, hidden, and missing objects."""

    def __init__(self, choice):
        self.choice = choice

    def name(self, is_hidden=None):
        if is_hidden is None:
            is_hidden = self.choice.random() < 0.2
        return self.choice.choice(HIDDEN if is_hidden else SEEN)

    def link(self):
        return self.choice.choice(LINKS[self.choice.random() < 0.8])

    def object(self, kind=None, is_hidden=None):
        """The path of an object: services and hosts are each hidden by their own name."""
        kind = kind or self.choice.choice(KINDS)
        path = f"/{kind}/{self.name(is_hidden)}"
        if kind == "services":
            path += "/" + self.name(is_hidden)
        elif kind == "ephemerals" and self.choice.random() < 0.5:
            path += self.choice.choice(("/a", "/a/", "/b/c"))
        return path

    def watch(self):
        if self.choice.random() < 0.4:
            return HIDDEN_WATCH
        plain = f"//noah{self.object()}|{self.choice.choice(ENDPOINTS)}"
        return base64.b64encode(plain.encode()).decode().replace("/", "%2F")

    def target(self, pattern):
        """A target that matches a row of the route table."""
        if pattern.startswith(("/watches/:", "/watchers/:")):
            return pattern.replace(":name", self.watch())
        if pattern.startswith("/:link") or pattern == "/links/:link":
            pattern = pattern.replace(":link", self.link())
        if pattern.endswith("/:collection/**"):
            return pattern.replace("/:collection/**", self.object()).replace(":tag", self.name())
        kind = pattern.split("/")[1]
        if pattern.startswith("/ephemerals/**"):
            pattern = pattern.replace("/ephemerals/**", self.object("ephemerals"))
        return re.sub(r":\w+", lambda word: self.choice.choice(KINDS) if word[0] == ":collection" else self.name(),
                      pattern) \
            if kind != "tokens" else re.sub(r":\w+", lambda _: self.choice.choice(("operator", "caller", "x0", "none")),
                                            pattern)


class Requests:
    """Random requests of the caller: (method, target, body, headers), each for both sides, which have their own entity
    tags."""

    def __init__(self, choice):
        self.choice, self.names = choice, Names(choice)
        self.tags = {}  # by target: as both call what was seen there
        self.revisions = [(0, 0)]

    def learn(self, target, answers):
        tags = [answer.headers.get("etag") for answer in answers]
        if None not in tags:
            self.tags[self.place(target)] = tags
        revisions = [answer.headers.get("noah-revision") for answer in answers]
        if None not in revisions:
            self.revisions = self.revisions[-5:] + [tuple(revisions)]

    def body(self, pattern, target, method):
        choice, names = self.choice, self.names
        good = ROUTES[pattern].get(method) or ROUTES[pattern].get("PUT")
        if not good or choice.random() < 0.05:
            return choice.choice((None, "{", "x" * choice.choice((1, 600))))
        if pattern.endswith("/tag"):
            return json.dumps({"tags": [names.name() for _ in range(choice.choice((1, 1, 2)))]})
        if pattern.endswith("/link"):
            return json.dumps({"link_name": f"/{names.link()}"})
        if pattern == "/watches":
            return json.dumps({"pattern": f"//noah{names.object()}", "endpoint": choice.choice(ENDPOINTS)})
        if pattern.endswith("/watch"):
            return json.dumps({"endpoint": choice.choice(ENDPOINTS)})
        if pattern == "/transactions":
            return json.dumps({"writes": [self.part() for _ in range(choice.randrange(1, 4))]})
        if pattern == "/applications/:name":
            return json.dumps({"name": target.split("/")[2]})
        return good.text()

    def part(self):
        pattern = self.choice.choice([pattern for pattern in ROUTES if "PUT" in ROUTES[pattern]])
        method = self.choice.choice(("PUT", "DELETE", "DELETE", "POST"))
        target = self.names.target(pattern)
        part = {"method": method, "path": target}
        body = self.body(pattern, target, method)
        try:
            part["body"] = json.loads(body) if body else None
        except ValueError:
            part["body"] = body
        if part["body"] is None:
            del part["body"]
        if self.choice.random() < 0.1:
            part["if_none_match"] = "*"
        return part

    def search(self):
        """The query of /objects."""
        choice, names = self.choice, self.names
        pattern = choice.choice(("", "", *(f"/{kind}" for kind in KINDS), "/services/*/v0", names.object()))
        words = [f"pattern=//noah{pattern}", choice.choice(("keys=true", "keys=false")),
                 choice.choice(("limit=1", "limit=2", "limit=1000", f"after={names.object()}",
                                f"kind={choice.choice(KINDS)}", f"tag={names.name()}", "status=up", "wait=0.01"))]
        return "?" + "&".join(words)

    def query(self, method, pattern):
        choice = self.choice
        if pattern == "/objects":
            return self.search()
        if method not in ("GET", "HEAD"):
            return choice.choice(("", "", "", "?renew=60"))
        return choice.choice(("", "", "", "?short=true", "?wait=0.01", "?wait=0.02&data=1", "/"))

    @staticmethod
    def place(target):
        """Operations have the entity tags of their objects."""
        return re.sub(r"/(tag|link|watch)$", "", target.partition("?")[0].rstrip("/"))

    def tags_for(self, target):
        choice = self.choice
        seen = self.tags.get(self.place(target))
        if seen and choice.random() < 0.8:
            return seen
        return choice.choice([*self.tags.values(), ("*", "*"), ('"no"', '"no"')])

    def conditions(self, target):
        """For both."""
        name = self.choice.choice((None, "If-Match", "If-None-Match"))
        return [{name: tag} if name else {} for tag in self.tags_for(target)]

    def events(self):
        since = self.choice.choice(self.revisions)
        pattern = self.choice.choice(("", *(f"/{kind}" for kind in KINDS), self.names.object(),
                                      f"/tags/{self.names.name()}", f"/{self.names.link()}"))
        limit = self.choice.choice((1, 3, 1000))
        return [f"/events?pattern=//noah{pattern}&since={number}&limit={limit}" for number in since]

    def draw(self):
        """(method, both targets, body, both sides' headers)"""
        choice = self.choice
        open_to_it = [pattern for pattern in ROUTES if not CLOSED.match(pattern)]
        pattern = choice.choice(open_to_it if choice.random() < 0.9 else tuple(ROUTES))
        known = [method for method in ROUTES[pattern]] * 4 + ["GET"] * 4 * ("GET" in ROUTES[pattern])
        method = choice.choice([*known, *METHODS])
        if pattern == "/events":
            return "GET", self.events(), None, [{}, {}]
        target = self.names.target(pattern)
        body = self.body(pattern, target, method) if method in ("PUT", "POST", "DELETE") else None
        headers = {"Accept": choice.choice(("application/json", "*/*", "text/html", "application/octet"))}
        if method == "POST":
            headers["Content-Type"] = "application/json"
        target += self.query(method, pattern)
        return method, [target, target], body, [{**headers, **conditions} for conditions in self.conditions(target)]


class Operator:
    """Concurrent writes of the operator: to visible objects at both, to hidden objects at one."""

    STATUS = ("up", "down", "pending")

    def __init__(self, choice):
        self.choice, self.names = choice, Names(choice)

    def write(self, is_hidden):
        """(method, target, body) of a write that touches only hidden objects, or only visible ones."""
        choice, names = self.choice, self.names
        status = choice.choice(self.STATUS)
        path = names.object(is_hidden=is_hidden)
        kind, name = path.split("/")[1:3]
        method = choice.choice(("PUT", "PUT", "DELETE"))
        if choice.random() < 0.4:  # a tag or link of a hidden object may be visible to the caller
            tag = names.name(None if is_hidden else False).replace("none", "v0")
            link = choice.choice((*LINKS[False], "lv")) if is_hidden else "lv"
            operation, body = choice.choice((("tag", {"tags": tag}), ("link", {"link_name": f"/{link}"})))
            return method, f"{path.rstrip('/')}/{operation}", json.dumps(body)
        bodies = {"hosts": {"status": status}, "services": {"status": status, "host_status": status},
                  "applications": {"name": name}, "configurations": {"format": "string", "body": status}}
        if kind == "configurations" and name == "x0":
            method = "PUT"  # a visible application shows it: its end would be a change of that application
        if kind == "ephemerals":
            return method, path + (choice.choice(("", "?lifetime=0.05")) if is_hidden and method == "PUT"
                                   else ""), status
        return method, path, json.dumps(bodies[kind]) if method == "PUT" else None

    def hidden(self):
        """The hidden part also contains watches, tokens and attached objects."""
        choice = self.choice
        number = choice.randrange(4)
        return choice.choice((
            self.write(True), self.write(True), self.write(True),
            ("PUT", "/watches", json.dumps({"pattern": f"//noah{self.names.object()}",
                                            "endpoint": f"http://127.0.0.1:9/hidden{number}"})),
            ("PUT", f"/tokens/x{number}", json.dumps({"rules": []})), ("DELETE", f"/tokens/x{number}", None),
            ("PUT", "/applications/x0/configurations/x1", json.dumps({"format": "string", "body": "1"}))))


class Registries:
    """Both, with one caller."""

    def __init__(self, seed, folders):
        self.choice = random.Random(seed)
        self.rules = draw_rules(self.choice)
        self.requests, self.operator = Requests(self.choice), Operator(self.choice)
        self.noahds = [Noahd(folder, "store.engine=memory", "log_level=warning").start() for folder in folders]
        self.sides = [Side(noahd, self.rules) for noahd in self.noahds]
        self.comparison, self.waiting, self.streams, self.marks = Comparison(), [], None, 0
        self.deliveries = self.kind = None
        self.statuses = collections.Counter()
        self.fill()

    def fill(self):
        """At one, hosts and applications that the caller may see show hidden objects."""
        here, there = self.sides
        service = json.dumps({"status": "up", "host_status": "up"})
        configuration = json.dumps({"format": "string", "body": "1"})
        for name in ("v0", "v1"):
            here.operate("PUT", f"/services/x0/{name}", service)
            there.operate("PUT", f"/hosts/{name}", json.dumps({"status": "up"}))
            here.operate("PUT", f"/applications/{name}/configurations/x0", configuration)
            there.operate("PUT", f"/applications/{name}", json.dumps({"name": name}))
            here.operate("PUT", f"/applications/x0/configurations/{name}", configuration)
            there.operate("PUT", f"/configurations/{name}", configuration)
        for side in self.sides:
            side.operate("PUT", "/hosts/v0/tag", json.dumps({"tags": ["v0", "v1"]}))
            side.operate("PUT", "/hosts/v0/link", json.dumps({"link_name": "/lv"}))
        here.operate("PUT", "/watches",
                     json.dumps({"pattern": "//noah/hosts/v0", "endpoint": "http://127.0.0.1:9/hidden"}))

    def ask(self):
        method, targets, body, headers = self.requests.draw()
        answers = [side.request(method, target, body, {**own, **side.caller})
                   for side, target, own in zip(self.sides, targets, headers)]
        self.comparison.answers(f"{method} {targets[0]} {headers[0]} {body}", *answers)
        self.requests.learn(targets[0], answers)
        self.statuses[answers[0].status] += 1

    def begin_waiting(self):
        pattern = self.choice.choice([pattern for pattern, methods in ROUTES.items() if "GET" in methods
                                      and pattern != "/events"])
        seen = [*self.requests.tags] if self.choice.random() < 0.7 else []
        target = self.choice.choice(seen) if seen else self.requests.names.target(pattern)
        tags = self.requests.tags_for(target)
        self.waiting.append(Waiting(f"waiting at {target}", [side.open(f"{target}?wait=60", {"If-None-Match": tag})
                                                             for side, tag in zip(self.sides, tags)]))

    def settle_waiting(self):
        """An answer caused by a hidden object has arrived after another request."""
        for side in self.sides:
            side.operate("GET", "/version")
        before = len(self.waiting)
        self.waiting = [waiting for waiting in self.waiting if not waiting.settle(self.comparison)]
        self.statuses["waited"] += before - len(self.waiting)
        while len(self.waiting) > 12:
            self.waiting.pop(0).close()

    def change(self, is_hidden):
        write = self.operator.hidden() if is_hidden else self.operator.write(False)
        for side in self.sides[:1] if is_hidden else self.sides:
            side.operate(*write)

    def follow(self):
        """A stream of what the caller may watch, if any."""
        kinds = [rule["path"] for rule in self.rules if {"read", "watch"} <= set(rule["allow"])]
        if kinds and not self.streams:
            self.kind = self.choice.choice(kinds)
            self.streams = Streams(f"the stream of {self.kind}", self.sides, f"/events?pattern=//noah{self.kind}")
            self.deliveries = Deliveries(f"the watch on {self.kind}", self.sides, f"//noah{self.kind}")

    def compare_streams(self):
        if not self.streams or self.kind not in ("/hosts", "/ephemerals", "/applications"):
            return
        self.marks += 1
        path, body = f"{self.kind}/mark{self.marks}", {"/hosts": '{"status":"up"}', "/ephemerals": "1"}
        for side in self.sides:
            side.operate("PUT", path, body.get(self.kind, json.dumps({"name": f"mark{self.marks}"})))
            side.operate("DELETE", path)
        self.streams.compare_to(f"mark{self.marks}", self.comparison)
        self.deliveries.compare_to(f"mark{self.marks}", self.comparison)
        self.statuses["streamed"] += 1

    def run(self, requests):
        step = self.choice.random
        self.follow()
        for i in range(requests):
            self.ask()
            if step() < 0.5:
                self.change(is_hidden=True)
            if step() < 0.15:
                self.change(is_hidden=False)
            if step() < 0.1:
                self.begin_waiting()
            if i % 5 == 0:
                self.settle_waiting()
            if i % 100 == 99:
                self.compare_streams()

    def stop(self):
        for opened in (*self.waiting, *self.sides, *filter(None, (self.streams, self.deliveries))):
            opened.close()
        for noahd in self.noahds:
            noahd.stop()


class NoninterferenceTest(unittest.TestCase):
    def registries(self, seed):
        folders = [tempfile.TemporaryDirectory() for _ in range(2)]
        registries = Registries(seed, [folder.name for folder in folders])
        for folder in folders:
            self.addCleanup(folder.cleanup)
        self.addCleanup(registries.stop)
        return registries

    def test_answers_do_not_depend_on_objects_without_rights(self):
        statuses = collections.Counter()
        for i in range(CALLERS):
            registries = self.registries(SEED + i)
            try:
                registries.run(REQUESTS)
            except Interference as reason:
                raise AssertionError(f"NOAH_SEED={SEED}, caller {i}, rules {registries.rules}: {reason}") from None
            statuses += registries.statuses
        print(f"# NOAH_SEED={SEED}, {CALLERS * REQUESTS} requests: {dict(sorted(statuses.items(), key=str))}")
        # it has seen something to compare
        self.assertLessEqual({200, 304, 400, 403, 404, 405, 412, "waited"}, set(statuses))

    def test_a_change_of_what_it_may_read_is_noticed(self):
        registries = self.registries(SEED)
        registries.rules[:] = [{"path": "/", "allow": ["read"]}]
        for side in registries.sides:
            side.operate("PUT", "/tokens/caller", json.dumps({"rules": registries.rules}))
        with self.assertRaises(Interference):
            registries.run(REQUESTS)


class ComparisonTest(unittest.TestCase):
    """The comparison must see every way in which two answers can differ."""

    def differ(self, here, there):
        comparison = Comparison()
        comparison.answers("first", *(Answer(200, {"etag": tag}, b"1") for tag in ("a", "b")))
        with self.assertRaises(Interference):
            comparison.answers("second", Answer(*here), Answer(*there))

    def test_every_difference_is_seen_except_times_ids_and_revisions(self):
        one, other = "12345678-1234-1234-1234-123456789abc", "22345678-1234-1234-1234-123456789abc"
        Comparison().answers("same",
                             Answer(200, {"noah-revision": "1", "etag": "a"},
                                    f'{{"id":"{one}","revision":1}}'.encode()),
                             Answer(200, {"noah-revision": "2", "etag": "c"},
                                    f'{{"id":"{other}","revision":2}}'.encode()))
        self.differ((200, {}, b""), (404, {}, b""))
        self.differ((200, {}, b"1"), (200, {}, b"2"))
        self.differ((200, {"vary": "Accept"}, b""), (200, {}, b""))
        self.differ((200, {"etag": "a"}, b""), (200, {}, b""))
        self.differ((200, {"etag": "a"}, b""), (200, {"etag": "c"}, b""))
        self.differ((200, {"etag": "c"}, b""), (200, {"etag": "b"}, b""))
        self.differ((200, {}, f'["{one}","{one}"]'.encode()), (200, {}, f'["{one}","{other}"]'.encode()))


if __name__ == "__main__":
    unittest.main()
