"""What 16 clients see over kills and restarts is consistent with one client at a time."""
# SPDX-License-Identifier: Apache-2.0

import random
import tempfile
import unittest

from support.daemon import Noahd
from support.history import Change, History, Operation, Write
from support.history_clients import Ordeal
from support.history_followers import Follower

ROUNDS = 4


class LinearizableTest(unittest.TestCase):
    def test_all_answers_are_consistent_with_one_order_of_requests(self):
        seed = random.SystemRandom().randrange(1 << 31)
        with tempfile.TemporaryDirectory() as folder:
            noahd = Noahd(folder, "events_bookmark_seconds=0.02")
            self.addCleanup(noahd.kill)
            ordeal = Ordeal(noahd, seed)
            ordeal.run(ROUNDS)
        print(f"# {len(ordeal.operations())} requests, {len(ordeal.log)} changes, seed {seed}")
        self.assertGreater(len(ordeal.log), 100)
        self.assertEqual([], list(ordeal.faults())[:5], f"seed {seed}")
        for follower in ordeal.followers:
            with self.subTest(follower.pattern):
                self.assertGreater(follower.streams, 1)
                self.assertGreater(follower.place, 0)
        self.assertGreater(sum(follower.bookmarks for follower in ordeal.followers), 0)


A, B = "/ephemerals/a", "/ephemerals/b"


def good_history():
    """Requests by their names, and the log, all consistent."""
    requests = {
        "create": Operation(0, 1, writes=[Write(A, "1", if_none_match="*", etag="t1")], ended=2, status=200,
                            revision=1),
        "late": Operation(1, 1, writes=[Write(A, "2", if_none_match="*")], ended=4, status=412, revision=1),
        "read": Operation(2, 3, key=A, ended=4, status=200, revision=1, value="1", etag="t1"),
        "both": Operation(0, 5, writes=[Write(A, "3", if_match="t1"), Write(B, "4")], ended=6, status=200, revision=3),
        "lost": Operation(1, 5, writes=[Write(B, "5")]),
        "never": Operation(2, 5, writes=[Write(B, "6")]),
        "again": Operation(2, 7, key=B, ended=8, status=200, revision=4, value="5", etag="t4"),
        "known": Operation(3, 9, key=B, if_none_match="t4", ended=10, status=304, revision=4),
        "delete": Operation(0, 11, writes=[Write(B, None)], ended=12, status=200, revision=5),
        "gone": Operation(1, 13, key=B, ended=14, status=404, revision=5),
        "nothing": Operation(1, 15, writes=[Write(B, None)], ended=16, status=404, revision=5),
    }
    log = [Change(1, "create", A, "1"), Change(2, "update", A, "3"), Change(3, "create", B, "4"),
           Change(4, "update", B, "5"), Change(5, "delete", B, None)]
    return requests, log


def swap(log):
    log[1], log[2] = log[2], log[1]


# Violations that must be found, and how they come about.
VIOLATIONS = {
    "a stale read": lambda requests, log: vars(requests["again"]).update(revision=3, value="1"),
    "a read from before what had ended": lambda requests, log: vars(requests["gone"]).update(revision=4, value="5",
                                                                                             status=200),
    "a value that was not there": lambda requests, log: vars(requests["read"]).update(value="2"),
    "a lost write": lambda requests, log: log.pop(),
    "a lost write in between": lambda requests, log: log.pop(1),
    "a write that was answered with another's revision": lambda requests, log: vars(
        requests["delete"]).update(revision=4),
    "two winners of create-once": lambda requests, log: (
        vars(requests["late"]).update(status=200, revision=6), log.append(Change(6, "update", A, "2"))),
    "a refusal without a reason": lambda requests, log: vars(requests["late"].writes[0]).update(if_none_match=None),
    "a refused delete of what is there": lambda requests, log: vars(requests["nothing"].writes[0]).update(key=A),
    "a write over another version": lambda requests, log: vars(requests["both"].writes[0]).update(if_match="t4"),
    "half a transaction seen": lambda requests, log: vars(requests["read"]).update(
        ended=6, revision=2, value="3", etag="t2"),
    "half a transaction": lambda requests, log: vars(requests["never"]).update(writes=[Write(B, "5"), Write(A, "7")])
    or vars(
        requests["lost"]).update(writes=[Write(A, "8")]),
    "events out of order": lambda requests, log: swap(log),
    "a change without a request": lambda requests, log: log.append(Change(6, "create", B, "9")),
    "a change made twice": lambda requests, log: log.append(Change(6, "update", B, "5")),
    "a change that is not modified": lambda requests, log: vars(requests["known"]).update(if_none_match="t1"),
    "a tag that names two versions": lambda requests, log: vars(requests["again"]).update(etag="t1") or vars(
        requests["again"]).update(key=A, value="3", revision=3),
}


class CheckerTest(unittest.TestCase):
    def check(self, requests, log):
        return list(History(list(requests.values()), log).check())

    def test_a_consistent_history_is_accepted(self):
        self.assertEqual([], self.check(*good_history()))

    def test_each_violation_is_found(self):
        for name, violate in VIOLATIONS.items():
            with self.subTest(name):
                requests, log = good_history()
                violate(requests, log)
                self.assertNotEqual([], self.check(requests, log))


FOLLOWED = [Change(1, "create", "/ephemerals/history/0", "1"), Change(2, "create", "/ephemerals/other", "2"),
            Change(3, "update", "/ephemerals/history/0", "3"), Change(4, "delete", "/ephemerals/history/0", None)]


class FollowerCheckTest(unittest.TestCase):
    def check(self, followed, rest=(), faults=()):
        follower = Follower("//noah/ephemerals/history/0", None)
        follower.changes, follower.faults = list(followed), list(faults)
        return list(follower.check(FOLLOWED, list(rest)))

    def test_consistent_answers_are_accepted(self):
        first, _, second, third = FOLLOWED
        for seen in (0, 1, 2, 3):
            told = [first, second, third]
            self.assertEqual([], self.check(told[:seen], told[seen:]))

    def test_each_violation_is_found(self):
        first, other, second, third = FOLLOWED
        for name, followed in {"a loss": [first, third], "a loss at the end": [first, second],
                               "a double": [first, first, second, third],
                               "another order": [second, first, third], "what the pattern excludes": FOLLOWED,
                               "what was never written": [first, second, third, other]}.items():
            with self.subTest(name):
                self.assertNotEqual([], self.check(followed))
        self.assertNotEqual([], self.check([first, second, third], faults=["a gap"]))


if __name__ == "__main__":
    unittest.main()
