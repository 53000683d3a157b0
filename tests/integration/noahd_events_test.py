"""GET /events: the log as a list, and as a stream."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import sqlite3
import tempfile
import threading
import unittest

from support.daemon import Noahd, wait_until
from support.event_stream import EventStream
from support.raw_http import Connection, format_request
from support.sink import Sink

AT_ONCE = 100


class EventsCase(unittest.TestCase):
    settings = ("store.engine=memory",)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name, *self.settings)
        self.noahd.start()
        self.addCleanup(self.noahd.stop)

    def put_many(self, count, prefix="/ephemerals/many", body="x"):
        with Connection(self.noahd.port) as connection:
            for first in range(0, count, AT_ONCE):
                some = range(first, min(first + AT_ONCE, count))
                connection.send(b"".join(format_request(connection.host, "PUT", f"{prefix}/{i}", body) for i in some))
                for _ in some:
                    self.assertEqual(200, connection.receive().status)

    def stream(self, target="/events", last=None, headers=()):
        headers = [*headers, *([("Last-Event-ID", last)] if last is not None else [])]
        stream = EventStream(self.noahd.port, target, headers)
        self.addCleanup(stream.close)
        return stream

    def revisions(self, target):
        answer = self.noahd.get(target)
        self.assertEqual(200, answer.status, answer)
        return [event["revision"] for event in answer.json()]

    def assert_gone(self, answer, oldest, current):
        self.assertEqual(410, answer.status)
        body = answer.json()
        self.assertEqual(("failure", oldest, current), (body["result"], body["oldest"], body["current"]))


class ListTest(EventsCase):
    def test_without_changes_the_list_is_empty(self):
        answer = self.noahd.get("/events")
        self.assertEqual((200, [], "0"), (answer.status, answer.json(), answer.headers["noah-revision"]))

    def test_each_change_is_shown_with_its_object_in_order(self):
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "down"})
        self.noahd.delete("/services/http/web1")
        events = self.noahd.get("/events").json()
        self.assertEqual([(1, "create", "//noah/hosts/web1"), (2, "create", "//noah/services/http"),
                          (3, "delete", "//noah/services/http"), (4, "update", "//noah/hosts/web1")],
                         [(event["revision"], event["action"], event["pubcategory"]) for event in events])
        self.assertEqual({"http": "up"}, events[0]["services"])
        self.assertEqual("/services/http/web1", events[1]["location"])

    def test_pages_follow_one_another_by_their_revision(self):
        self.put_many(25)
        seen, place = [], "0"
        while True:
            answer = self.noahd.get(f"/events?since={place}&limit=10")
            seen += [event["revision"] for event in answer.json()]
            if not answer.json():
                break
            place = answer.headers["noah-revision"]
        self.assertEqual(list(range(1, 26)), seen)
        self.assertEqual("25", place)

    def test_a_page_without_matches_still_advances(self):
        self.put_many(30)
        answer = self.noahd.get("/events?pattern=//noah/hosts&since=10")
        self.assertEqual(([], "30"), (answer.json(), answer.headers["noah-revision"]))

    def test_a_pattern_is_matched_by_own_paths_and_aliases_once_each(self):
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up"})
        self.noahd.put("/services/http/web2", {"status": "up", "host_status": "up"})
        self.noahd.put("/ephemerals/hosts-to-be/web1", "x")
        for pattern, expected in (("//noah", [1, 2, 3, 4, 5]), ("//noah/hosts", [1, 2, 3, 4]),
                                  ("//noah/hosts/web1", [1, 2]), ("//noah/services/*/web2", [4]),
                                  ("//noah/hosts/*/services/http", [2, 4]), ("//noah/ephemerals/hosts", [])):
            with self.subTest(pattern):
                self.assertEqual(expected, self.revisions(f"/events?pattern={pattern}"))

    def test_invalid_parameters_are_refused(self):
        for target, word in (("/events?limit=0", "limit"), ("/events?limit=10001", "limit"),
                             ("/events?since=-1", "since"), ("/events?since=x", "since"), ("/events?since=", "since"),
                             ("/events?pattern=/hosts", "pattern"), ("/events?pattern=//noah/a//b", "pattern")):
            with self.subTest(target):
                answer = self.noahd.get(target)
                self.assertEqual(400, answer.status)
                self.assertIn(word, answer.json()["error_message"])

    def test_a_position_outside_the_log_is_gone(self):
        self.put_many(3)
        epoch = self.noahd.get("/events").headers["noah-epoch"]
        self.assert_gone(self.noahd.get("/events?since=4"), 1, 3)
        self.assert_gone(self.noahd.get("/events?since=2&epoch=another"), 1, 3)
        self.assertEqual([3], self.revisions(f"/events?since=2&epoch={epoch}"))

    def test_an_answer_that_grows_too_large_ends_early_and_tells_where_to_continue(self):
        self.put_many(300, "/configurations", '{"format":"string","body":"%s"}' % ("x" * 30000))
        seen, place, answers = [], 0, 0
        while place < 300:
            answer = self.noahd.get(f"/events?since={place}")
            self.assertLess(len(answer.body), 5 << 20)
            seen += [event["revision"] for event in answer.json()]
            place, answers = int(answer.headers["noah-revision"]), answers + 1
        self.assertEqual(list(range(1, 301)), seen)
        self.assertGreater(answers, 1)

    def test_a_large_object_is_shown_without_its_contents(self):
        body = "x" * 60000
        with Sink() as sink:
            self.noahd.put("/watches", {"pattern": "//noah/applications", "endpoint": sink.url})
            stream = self.stream("/events?pattern=//noah/applications")
            for name in "ab":
                self.noahd.put(f"/applications/shop/configurations/{name}", {"format": "string", "body": body})
            listed = self.noahd.get("/events?pattern=//noah/applications").json()
            streamed = [event.data for event in stream.take(len(listed))]
            delivered = [json.loads(request.body) for request in sink.wait_for(2)]  # one for each write
        self.assertEqual(4, len(listed))
        for events in (listed, streamed, delivered):
            for event in events:
                self.assertEqual((True, False), (event["truncated"], "configurations" in event or "body" in event))
                self.assertLessEqual({"id", "name", "created_at", "updated_at", "action", "pubcategory", "path",
                                      "location", "revision"}, event.keys())
        self.assertEqual(body, self.noahd.get("/applications/shop").json()["configurations"]["b"]["body"])

    def test_other_methods_are_not_allowed(self):
        answer = self.noahd.put("/events", "x")
        self.assertEqual((405, "GET, HEAD"), (answer.status, answer.headers["allow"]))


class StoredTest(EventsCase):
    settings = ()

    def test_changes_from_before_a_restart_are_read_from_the_store(self):
        self.put_many(2500)
        self.noahd.restart()
        self.noahd.put("/hosts/web1", {"status": "up"})
        self.assertEqual(list(range(1, 2502)), self.revisions("/events?since=0&limit=10000"))
        self.assertEqual([2500, 2501], self.revisions("/events?since=2499"))
        self.assertEqual([2501], self.revisions("/events?pattern=//noah/hosts&since=0"))
        stream = self.stream("/events?since=0")
        self.noahd.put("/hosts/web2", {"status": "up"})
        self.assertEqual(list(range(1, 2503)), [event.id for event in stream.take(2502)])


class TrimmedTest(EventsCase):
    settings = ("events_kept=1000",)
    oldest = 3001

    def setUp(self):
        super().setUp()
        self.put_many(4000)
        self.noahd.restart()
        wait_until(self.is_trimmed, 10, "the log was trimmed")

    def is_trimmed(self):
        answer = self.noahd.get("/events?since=0")
        return answer.status == 410 and answer.json()["oldest"] == self.oldest

    def test_trimmed_changes_are_gone_and_the_rest_can_be_read(self):
        answer = self.noahd.get("/events?since=0")
        self.assert_gone(answer, self.oldest, 4000)
        self.assertEqual("The log does not reach back so far", answer.json()["error_message"])
        self.assertEqual(list(range(self.oldest, 4001)), self.revisions(f"/events?since={self.oldest - 1}&limit=10000"))
        self.assertEqual(self.oldest, self.revisions("/events")[0])

    def test_a_stream_reports_the_gap_once_and_continues_with_new_changes(self):
        stream = self.stream("/events?since=7")
        gap = stream.next()
        self.assertEqual((4000, "gap", self.oldest, 4000), (gap.id, gap.name, gap.data["oldest"], gap.data["current"]))
        self.noahd.put("/ephemerals/new", "x")
        event = stream.next()
        self.assertEqual((4001, "create", "/ephemerals/new"), (event.id, event.name, event.data["location"]))


class KeptInMemoryTest(EventsCase):
    settings = ("events_kept=1000",)

    def first_in_store(self):
        """Of a backup, since noahd keeps its store for itself."""
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(0, self.noahd.run("backup", f"{folder}/saved").returncode)
            with contextlib.closing(sqlite3.connect(f"{folder}/saved")) as database:
                return database.execute("SELECT min(revision) FROM change").fetchone()[0]

    def test_stats_name_the_first_change_that_can_be_read_whatever_the_store_has_trimmed(self):
        self.put_many(4000)
        wait_until(lambda: self.first_in_store() > 1, 10, "the store's log was trimmed")
        stats = self.noahd.get("/stats").json()
        self.assertEqual((1, 4000), (stats["log_oldest_revision"], stats["log_changes"]))
        self.assertEqual(list(range(1, 4001)), self.revisions("/events?since=0&limit=10000"))


class StreamTest(EventsCase):
    def test_a_stream_shows_new_changes(self):
        self.noahd.put("/hosts/web1", {"status": "up"})
        stream = self.stream()
        self.assertEqual((200, "text/event-stream", "no-store", "no"),
                         (stream.head.status, *(stream.head.headers[name] for name in ("content-type", "cache-control",
                                                                                       "x-accel-buffering"))))
        stream.wait_for_comment()
        self.noahd.put("/hosts/web1", {"status": "down"})
        event = stream.next()
        self.assertEqual((2, "update", "down", 2), (event.id, event.name, event.data["status"], event.data["revision"]))

    def test_a_stream_continues_after_the_last_event_seen(self):
        self.put_many(5)
        self.assertEqual([3, 4, 5], [event.id for event in self.stream("/events?since=2").take(3)])
        self.assertEqual([5], [event.id for event in self.stream("/events?since=2", last=4).take(1)])
        self.assertEqual(400, self.stream("/events?since=2", last="x").head.status)

    def test_a_stream_shows_only_changes_at_its_pattern(self):
        stream = self.stream("/events?pattern=//noah/hosts/web1")
        stream.wait_for_comment()
        self.put_many(3)
        self.noahd.put("/services/http/web1", {"status": "up", "host_status": "up"})
        self.noahd.put("/hosts/web10", {"status": "up"})
        self.noahd.put("/hosts/web1", {"status": "down"})
        self.assertEqual([4, 5, 7], [event.id for event in stream.take(3)])

    def test_a_position_of_another_epoch_is_a_gap(self):
        self.put_many(3)
        stream = self.stream("/events?since=2&epoch=another")
        gap = stream.next()
        self.assertEqual((3, "gap", 1, 3), (gap.id, gap.name, gap.data["oldest"], gap.data["current"]))

    def test_many_streams_get_every_change_in_order_from_many_writers(self):
        streams = [self.stream() for _ in range(20)]
        for stream in streams:
            stream.wait_for_comment()
        writers = [threading.Thread(target=self.put_many, args=(200, f"/ephemerals/writer{i}")) for i in range(4)]
        for writer in writers:
            writer.start()
        for stream in streams:
            self.assertEqual(list(range(1, 801)), [event.id for event in stream.take(800)])
        for writer in writers:
            writer.join()

    def test_a_reader_that_falls_behind_misses_nothing(self):
        slow = self.stream()
        slow.wait_for_comment()
        body = '{"format":"string","body":"%s"}' % ("x" * 30000)
        self.put_many(600, "/configurations", body)
        self.assertEqual(list(range(1, 601)), [event.id for event in slow.take(600)])

    def test_a_stream_ends_when_noahd_stops(self):
        stream = self.stream("/events?pattern=//noah/nothing")
        stream.wait_for_comment()
        self.noahd.stop()
        self.assertIsNone(stream.next())
        self.assertTrue(stream.has_ended)

    def test_a_reader_that_disconnects_is_forgotten(self):
        for _ in range(10):
            self.stream().close()
        stream = self.stream()
        stream.wait_for_comment()
        self.put_many(10)
        self.assertEqual(10, stream.take(10)[-1].id)


class BookmarksTest(EventsCase):
    settings = ("store.engine=memory", "events_bookmark_seconds=0.02")

    def test_a_quiet_narrow_stream_keeps_its_position(self):
        stream = self.stream("/events?pattern=//noah/hosts")
        self.put_many(5)
        stream.wait_for_bookmark(5)
        stream.close()
        self.noahd.put("/hosts/web1", {"status": "up"})
        again = self.stream("/events?pattern=//noah/hosts", last=stream.bookmark)
        self.assertEqual(6, again.next().id)

    def test_a_stream_sends_its_starting_position_at_once(self):
        self.put_many(5)
        for target, place in (("/events", 5), ("/events?since=2", 2)):
            stream = self.stream(target)
            stream.wait_for_comment()
            self.assertEqual(place, stream.bookmark)

    def test_a_bookmark_never_runs_ahead_of_what_was_sent(self):
        stream = self.stream()
        body = '{"format":"string","body":"%s"}' % ("x" * 30000)
        self.put_many(300, "/configurations", body)
        last = 0
        while last < 300:
            event = stream.next()
            self.assertEqual(last + 1, event.id)
            last = event.id
        stream.wait_for_bookmark(300)


class AccessTest(EventsCase):
    def setUp(self):
        super().setUp()
        self.operator = self.token("operator", {"/": ["read", "write", "watch", "admin"]})
        self.put("/services/http/web1", {"status": "up", "host_status": "up"})
        self.put("/hosts/secret", {"status": "up"})

    def token(self, name, rules, headers=()):
        rules = [{"path": path, "allow": rights} for path, rights in rules.items()]
        answer = self.noahd.put(f"/tokens/{name}", {"rules": rules}, headers=headers)
        return [("Authorization", "Bearer " + answer.json()["token"])]

    def put(self, target, body):
        self.assertEqual(200, self.noahd.put(target, body, headers=self.operator).status)

    def test_a_pattern_that_may_not_be_read_is_refused(self):
        self.assertEqual(401, self.noahd.get("/events").status)
        reader = self.token("reader", {"/hosts": ["read"]}, self.operator)
        self.assertEqual(403, self.noahd.get("/events", headers=reader).status)
        self.assertEqual(403, self.noahd.get("/events?pattern=//noah/services", headers=reader).status)
        self.assertEqual(200, self.noahd.get("/events?pattern=//noah/hosts", headers=reader).status)
        self.assertEqual(403, self.stream("/events?pattern=//noah/hosts", headers=reader).head.status)

    def test_changes_that_may_not_be_read_are_left_out(self):
        reader = self.token("reader", {"/hosts": ["read", "watch"], "/hosts/secret": []}, self.operator)
        events = self.noahd.get("/events?pattern=//noah/hosts", headers=reader).json()
        self.assertEqual([("/hosts/web1", {})], [(event["location"], event["services"]) for event in events])
        stream = self.stream("/events?pattern=//noah/hosts", headers=reader)
        stream.wait_for_comment()
        self.put("/hosts/secret", {"status": "down"})
        self.put("/hosts/web1", {"status": "down"})
        event = stream.next()
        self.assertEqual(("/hosts/web1", "down", {}),
                         (event.data["location"], event.data["status"], event.data["services"]))

    def test_a_stream_shows_nothing_after_its_token_is_deleted(self):
        reader = self.token("reader", {"/hosts": ["read", "watch"]}, self.operator)
        stream = self.stream("/events?pattern=//noah/hosts", headers=reader)
        self.put("/hosts/web1", {"status": "down"})
        self.assertEqual("down", stream.next().data["status"])
        self.assertEqual(200, self.noahd.delete("/tokens/reader", headers=self.operator).status)
        self.put("/hosts/web1", {"status": "pending"})
        self.noahd.stop()
        self.assertIsNone(stream.next())


if __name__ == "__main__":
    unittest.main()
