"""A damaged database: refused at the start, reported while noahd runs, never served."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import re
import sqlite3
import tempfile
import unittest

from support.daemon import Noahd, wait_until
from support.event_stream import EventStream
from support.sink import Sink

CONFIGURATION_WRONG = 78


class DamageCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name, "ephemeral_bytes_max=40000", "delivery.retry_seconds=0.05")
        self.addCleanup(self.noahd.kill)
        self.database = os.path.join(self.noahd.state, "noah.db")

    def fill(self, count=5, size=1):
        """Creates that many ephemerals /ephemerals/N with a value that can be found in the file, and stops."""
        self.noahd.start()
        for i in range(count):
            self.assertEqual(200, self.noahd.put(f"/ephemerals/{i}", f"value-of-{i}-" + size * "x").status)
        self.noahd.stop()

    def edit(self, sql):
        connection = sqlite3.connect(self.database)
        with connection:
            connection.execute(sql)
        connection.close()

    def contents(self):
        """By name; a write-ahead log that is allocated but empty counts as missing."""
        contents = {name: self.read(name) for name in os.listdir(self.noahd.state)}
        return {name: text for name, text in contents.items() if text and text.strip(b"\0")}

    def read(self, name):
        path = os.path.join(self.noahd.state, name)
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            return file.read()

    def spoil(self, what):
        """Changes a byte wherever the file contains that."""
        with open(self.database, "r+b", buffering=0) as file:
            for found in re.finditer(re.escape(what), file.read()):
                file.seek(found.start())
                file.write(b"#")

    def assert_start_is_refused(self, why):
        before = self.contents()
        with self.assertRaisesRegex(AssertionError, f"(?s)left with status {CONFIGURATION_WRONG}.*{why}"):
            self.noahd.start()
        self.assertTrue(before == self.contents(), "a refused start has changed a file")


class StartTest(DamageCase):
    def test_a_log_with_a_missing_row_is_refused_with_its_number(self):
        self.fill()
        self.edit("DELETE FROM change WHERE revision = 3")
        self.assert_start_is_refused("noah.db is damaged: its log lacks change 3")

    def test_a_missing_object_is_refused(self):
        self.fill()
        self.edit("DELETE FROM record WHERE path = '/ephemerals/3'")
        self.assert_start_is_refused("noah.db is damaged: it has 4 records, but should have 5")

    def test_a_value_with_a_wrong_byte_is_refused_with_its_path(self):
        self.fill()
        self.edit("UPDATE record SET value = x'00' WHERE path = '/ephemerals/3'")
        self.assert_start_is_refused('noah.db is damaged: its record "/ephemerals/3"')


class RunningTest(DamageCase):
    """The log is larger than SQLite's cache, and none of it is in noahd's after a restart."""

    def health(self):
        answer = self.noahd.get("/health")
        return answer.status, answer.json().get("reasons")

    def wait_until_unhealthy(self):
        wait_until(lambda: self.health()[0] == 503, 10, "/health says that the store is damaged")
        self.assertEqual((503, ["The store is damaged; see the log"]), self.health())

    def test_events_that_reach_damage_are_refused_and_health_reports_it_until_the_next_start(self):
        self.fill(count=300, size=30000)
        self.noahd.start()
        self.assertEqual((200, None), self.health())
        self.spoil(b"value-of-20-")
        self.assertEqual(503, self.noahd.get("/events?since=0&limit=100").status)
        self.wait_until_unhealthy()
        self.assertEqual(503, self.noahd.get("/events?since=0&limit=100").status)
        self.assertEqual([1, 2, 3], [event["revision"] for event in self.noahd.get("/events?since=0&limit=3").json()])
        self.assertEqual([29, 30], [event["revision"] for event in self.noahd.get("/events?since=28&limit=2").json()])
        with EventStream(self.noahd.port, "/events?since=0") as stream:
            self.assertEqual(list(range(1, 21)), [event.id for event in stream.take(20)])
            self.assertRaises(ConnectionError, stream.next)
        self.assertEqual(200, self.noahd.put("/ephemerals/new", "1").status)
        self.assertEqual(b"value-of-20-" + 30000 * b"x", self.noahd.get("/ephemerals/20").body)
        self.assertEqual(1, self.noahd.log_text().count("noah.db is damaged: change 21 of its log"))
        self.assertEqual(503, self.health()[0])
        self.noahd.stop()
        self.assert_start_is_refused("noah.db is damaged: change 21 of its log")

    def test_deliveries_stop_before_damage(self):
        """An endpoint's queue in memory has room for 1,000. Whether the damaged change belonged to the previous write
        is unknown."""
        sink = Sink()
        self.addCleanup(sink.stop)
        sink.stop()
        self.noahd.start()
        self.noahd.put("/watches/", {"pattern": "//noah/ephemerals", "endpoint": sink.url + "/"})
        self.noahd.stop()
        self.fill(count=1300, size=8000)
        self.noahd.start()
        self.spoil(b"value-of-1250-")
        sink.start()
        requests = sink.wait_for(1249, seconds=30)
        self.wait_until_unhealthy()
        revisions = [json.loads(request.body)["revision"] for request in requests]
        self.assertEqual(list(range(2, 1251)), revisions)
        self.assertEqual(1, self.noahd.log_text().count("is damaged: change 1252 of its log"))


class VerifyTest(DamageCase):
    def verify(self, *words):
        """Its lines, and whether it found no damage."""
        before = None if self.noahd.process else self.contents()
        done = self.noahd.run("verify", *words)
        if before is not None:
            self.assertTrue(before == self.contents(), "verify has changed a file")
        self.assertIn(done.returncode, (0, CONFIGURATION_WRONG), done.stderr)
        self.assertEqual(done.returncode == 0, done.stderr == "", done.stderr)
        return done.stdout.splitlines(), done.returncode == 0

    def assert_whole(self, objects, changes, *words):
        lines, is_whole = self.verify(*words)
        self.assertTrue(is_whole)
        self.assertRegex("\n".join(lines), f"^\\S+ is intact: {objects} records and {changes} changes, up to "
                                           f"revision {changes}$")

    def test_an_intact_store_is_reported_as_intact_running_or_not_and_so_is_its_backup(self):
        self.fill()
        self.assert_whole(5, 5)
        self.noahd.start()
        self.noahd.put("/ephemerals/more", "1")
        self.assert_whole(5, 6)
        backup = os.path.join(self.noahd.folder, "backup%20?#.db")
        self.assertEqual(0, self.noahd.run("backup", backup).returncode)
        self.assert_whole(5, 6, backup)
        self.noahd.kill()
        self.assert_whole(5, 6)

    def test_every_damaged_row_is_listed_running_or_not_and_in_a_backup(self):
        self.fill(count=8)
        backup = os.path.join(self.noahd.folder, "backup.db")
        self.assertEqual(0, self.noahd.run("backup", backup).returncode)
        found = ["change 3: is missing",
                 "change 5: its columns beside the object do not have their checksum",
                 "change 6: its object (kind to lifetime_ms) does not have its checksum",
                 'record "/ephemerals/1": its columns do not have their checksum',
                 "record: has 7 rows, but meta says 8"]
        edits = ["DELETE FROM change WHERE revision = 3", "UPDATE change SET by = 'x' WHERE revision = 5",
                 "UPDATE change SET id = 'x' WHERE revision = 6",
                 "UPDATE record SET id = 'x' WHERE path = '/ephemerals/1'",
                 "DELETE FROM record WHERE path = '/ephemerals/2'"]
        for edit in edits:
            self.edit(edit)
        self.assertEqual((found, False), self.verify())
        self.database = backup
        for edit in edits:
            self.edit(edit)
        self.assertEqual((found, False), self.verify(backup))

    def test_damage_under_a_running_noahd_is_listed_and_prevents_a_backup(self):
        self.fill(count=300, size=30000)
        self.noahd.start()
        self.spoil(b"value-of-20-")
        lines, is_whole = self.verify()
        self.assertFalse(is_whole)
        self.assertIn('record "/ephemerals/20": its columns do not have their checksum', lines)
        self.assertEqual(1, sum(line.startswith("change 21: ") for line in lines))
        backup = os.path.join(self.noahd.folder, "backup.db")
        done = self.noahd.run("backup", backup)
        self.assertEqual(CONFIGURATION_WRONG, done.returncode)
        self.assertIn("the store is damaged, `noahd verify` lists all damage: ", done.stderr)
        self.assertEqual([], [name for name in os.listdir(self.noahd.folder) if name.startswith("backup")])

    def test_an_unreadable_range_is_reported_by_the_readable_rows_around_it(self):
        self.fill(count=200, size=100)
        with open(self.database, "r+b") as file:
            content = file.read()
            page = content.index(b"value-of-100-") // 4096
            file.seek(page * 4096)
            file.write(b"\xee" * 100)
        lines, is_whole = self.verify()
        self.assertFalse(is_whole)
        self.assertRegex("\n".join(lines), r"(change|record): the rows after \S+, before \S+, cannot be read: ")
        self.assertRegex("\n".join(lines), "structure: ")

    def test_a_file_that_is_not_a_store_is_reported_as_such(self):
        other = os.path.join(self.noahd.folder, "other")
        for content, why in ((b"", "is damaged"), (b"x" * 5000, "is damaged"), (None, "cannot read")):
            if content is not None:
                with open(other, "wb") as file:
                    file.write(content)
            done = self.noahd.run("verify", other if content is not None else other + ".none")
            self.assertEqual((CONFIGURATION_WRONG, True), (done.returncode, why in done.stderr), done.stderr)
        done = self.noahd.run("verify")
        self.assertEqual((CONFIGURATION_WRONG, True), (done.returncode, "cannot read" in done.stderr), done.stderr)
        self.fill()
        self.noahd.start().kill()
        done = self.noahd.run("verify", self.database)
        self.assertEqual((CONFIGURATION_WRONG, True), (done.returncode, "is not a backup" in done.stderr), done.stderr)


if __name__ == "__main__":
    unittest.main()
