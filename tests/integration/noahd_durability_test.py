"""Acknowledged writes are on disk: over kills, and while the disk is full."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import random
import re
import tempfile
import threading
import unittest

from support.daemon import Noahd, run_command, wait_until
from support.fault import Fault
from support.raw_http import Connection
from support.sink import Sink


class DurabilityTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def noahd(self, *settings, **options):
        daemon = Noahd(self.folder, *settings, **options)
        self.addCleanup(daemon.kill)
        return daemon.start()

    def test_acknowledged_writes_survive_a_kill(self):
        noahd = self.noahd()
        noahd.put("/ephemerals/bytes", b"\x00\xff\x00")
        noahd.put("/ephemerals/none")
        noahd.put("/services/http/web1", {"status": "up", "host_status": "down"})
        noahd.put("/hosts/gone", {"status": "up"})
        noahd.delete("/hosts/gone")
        watch = noahd.put("/watches", {"pattern": "//noah/x", "endpoint": "http://h/"}).json()["name"]
        paths = ("/ephemerals/bytes", "/ephemerals/none", "/hosts", "/services", "/hosts/gone", "/watches/" + watch)
        before = {path: self.seen(noahd, path) for path in paths}
        noahd.kill()
        noahd.start()
        self.assertEqual(before, {path: self.seen(noahd, path) for path in paths})

    @staticmethod
    def seen(noahd, path):
        answer = noahd.get(path)
        return answer.status, answer.body, answer.headers["noah-revision"], answer.headers["noah-epoch"]

    def test_writers_that_are_cut_off_lose_no_acknowledged_write(self):
        noahd = self.noahd()
        answered = {}

        def write(writer):
            try:
                with Connection(noahd.port) as connection:
                    for i in range(100000):
                        answer = connection.request("PUT", f"/ephemerals/{writer}/{i}", f"{writer}-{i}")
                        answered[f"/ephemerals/{writer}/{i}"] = (f"{writer}-{i}", int(answer.headers["noah-revision"]))
            except OSError:
                pass

        writers = [threading.Thread(target=write, args=(i,)) for i in range(4)]
        for writer in writers:
            writer.start()
        wait_until(lambda: len(answered) > 500, 30, "500 answers")
        noahd.kill()
        for writer in writers:
            writer.join()
        noahd.start()
        with Connection(noahd.port) as connection:
            for path, (value, _) in answered.items():
                self.assertEqual(value.encode(), connection.request("GET", path).body, path)
        revisions = [revision for _, revision in answered.values()]
        self.assertEqual(len(revisions), len(set(revisions)))
        self.assertGreaterEqual(int(noahd.get("/version").headers["noah-revision"]), max(revisions))

    def test_a_full_disk_refuses_only_writes(self):
        disk = Fault(self.folder)
        noahd = self.noahd(environment=disk.environment())
        noahd.put("/ephemerals/before", "1")
        revision = noahd.get("/health").headers["noah-revision"]
        disk.order("write every ENOSPC", noahd.state)
        for i in range(3):
            answer = noahd.put(f"/ephemerals/during/{i}", "1")
            self.assertEqual(503, answer.status)
            self.assertEqual("1", answer.headers["retry-after"])
            self.assertEqual("failure", answer.json()["result"])
        self.assertEqual(b"1", noahd.get("/ephemerals/before").body)
        self.assertEqual(404, noahd.get("/ephemerals/during/0").status)
        health = noahd.get("/health")
        self.assertEqual((503, "not ready"), (health.status, health.json()["status"]))
        self.assertEqual(revision, health.headers["noah-revision"])
        noahd.wait_for_log("error.*writes are refused: .*noah.db")
        disk.heal()
        self.assertEqual(200, noahd.put("/ephemerals/after", "1").status)
        noahd.wait_for_log("writes are accepted again")
        self.assertEqual(200, noahd.get("/health").status)
        noahd.kill()
        noahd.start()
        self.assertEqual([200, 404, 200], [noahd.get(f"/ephemerals/{name}").status
                                           for name in ("before", "during/0", "after")])

    def test_while_a_disk_fills_and_drains_every_answer_is_true(self):
        disk = Fault(self.folder)
        noahd = self.noahd(environment=disk.environment())
        statuses, stop = {}, threading.Event()

        def write(writer):
            with Connection(noahd.port) as connection:
                for i in range(100000):
                    path = f"/ephemerals/{writer}/{i}"
                    statuses[path] = connection.request("PUT", path, path).status
                    if stop.is_set():
                        return

        def told(status):
            return sum(told == status for told in list(statuses.values()))

        writers = [threading.Thread(target=write, args=(i,)) for i in range(16)]
        for writer in writers:
            writer.start()
        for _ in range(10):
            refused = told(503)
            disk.order("write every ENOSPC", noahd.state)
            wait_until(lambda least=refused + 30: told(503) > least, 30, "writes are refused")
            written = told(200)
            disk.heal()
            wait_until(lambda least=written + 30: told(200) > least, 30, "writes are accepted again")
        stop.set()
        for writer in writers:
            writer.join()
        self.assertEqual({200, 503}, set(statuses.values()))
        noahd.kill()
        noahd.start()
        with Connection(noahd.port) as connection:
            for path, status in statuses.items():
                self.assertEqual(200 if status == 200 else 404, connection.request("GET", path).status, path)

    def test_a_failing_sync_ends_the_process_without_an_answer(self):
        disk = Fault(self.folder)
        noahd = self.noahd(environment=disk.environment())
        noahd.put("/ephemerals/before", "1")
        disk.order("sync every EIO", noahd.state)
        connections = [Connection(noahd.port) for _ in range(32)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.send(b"PUT /ephemerals/unknown HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1")
        for connection in connections:
            with self.assertRaises(OSError):
                connection.receive()
        self.assertEqual(70, noahd.wait_for_exit())
        self.assertIn("disk", noahd.log_text())
        disk.heal()
        noahd.start()
        self.assertEqual(b"1", noahd.get("/ephemerals/before").body)

    def test_an_older_log_survives_many_starts(self):
        for start in range(1, 6):
            noahd = self.noahd()
            noahd.put(f"/ephemerals/start/{start}", str(start))
            self.assertEqual(str(start), noahd.get("/health").headers["noah-revision"])
            noahd.stop() if start % 2 else noahd.kill()
        noahd = self.noahd()
        self.assertEqual([str(i).encode() for i in range(1, 6)],
                         [noahd.get(f"/ephemerals/start/{i}").body for i in range(1, 6)])


class DamagedLogTest(unittest.TestCase):
    """The write-ahead log, which is lost after a kill."""

    WRITES = 30

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.noahd = Noahd(folder.name, "delivery.retry_seconds=0.05")
        self.addCleanup(self.noahd.kill)
        self.log = os.path.join(self.noahd.state, "noah.db-wal")

    def write_and_be_killed(self):
        """Returns the revision and epoch acknowledged last."""
        told = len(self.sink.requests())
        self.noahd.start()
        if not self.noahd.get("/watches").status == 200:
            self.noahd.put("/watches", {"pattern": "//noah/ephemerals", "endpoint": self.sink.url + "/"})
        for i in range(self.WRITES):
            answer = self.noahd.put(f"/ephemerals/{i}", str(i))
        self.sink.wait_for(told + 1)
        self.noahd.kill()
        return int(answer.headers["noah-revision"]), answer.headers["noah-epoch"]

    def written(self):
        """How much of the log is our frames: the rest is filled with zeros."""
        with open(self.log, "rb") as file:
            return len(file.read().rstrip(b"\0"))

    def flip(self, place):
        with open(self.log, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1 << random.randrange(8)]))

    def damages(self):
        return (lambda: os.remove(self.log), lambda: os.truncate(self.log, 0),
                lambda: os.truncate(self.log, random.randrange(self.written())),
                lambda: self.flip(random.randrange(32, self.written())))

    def refused(self):
        """The message of a start that must fail."""
        done = run_command("noahd", *self.noahd.arguments())
        self.assertEqual(78, done.returncode, done.stderr)
        return done.stderr

    def test_losses_are_counted_and_accepted_only_on_request(self):
        for number, damage in enumerate(self.damages()):
            with self.subTest(damage=number):
                last, epoch = self.write_and_be_killed()
                damage()
                told = re.search(r"ends at revision (\d+), .* revision (\d+) was acknowledged: (\d+) change",
                                 self.refused())
                left, acknowledged, missing = (int(count) for count in told.groups())
                self.assertEqual((last, last - left), (acknowledged, missing))
                done = self.noahd.run("recover")
                self.assertEqual(78, done.returncode)
                self.assertIn(f"{missing} change", done.stderr)
                done = self.noahd.run("recover", "--accept-loss")
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertIn(f"after revision {left} of epoch {epoch} are lost, acknowledged ones: {missing}",
                              done.stdout)
                self.noahd.start()
                answer = self.noahd.get("/health")
                self.assertEqual(str(left), answer.headers["noah-revision"])
                self.assertNotEqual(epoch, answer.headers["noah-epoch"])
                self.noahd.stop()
                self.assertIn("nothing is missing", self.noahd.run("recover", "--accept-loss").stdout)
        self.write_and_be_killed()
        self.assert_no_id_twice()

    def assert_no_id_twice(self):
        """An id belongs to one event of one epoch, whatever was lost."""
        events = {}
        for request in self.sink.requests():
            events.setdefault(request.headers["webhook-id"], set()).add(json.loads(request.body)["event"])
        self.assertTrue(all(len(told) == 1 for told in events.values()), events)
        bodies = [json.loads(request.body) for request in self.sink.requests()]
        self.assertGreater(len({body["event"].partition("-")[0] for body in bodies}), 2)

    def test_a_log_without_loss_is_served_completely(self):
        last, epoch = self.write_and_be_killed()
        self.flip(self.written() + 5000)
        self.noahd.start()
        answer = self.noahd.get("/health")
        self.assertEqual((str(last), epoch), (answer.headers["noah-revision"], answer.headers["noah-epoch"]))
        self.assertEqual(b"7", self.noahd.get("/ephemerals/7").body)

    def test_a_running_noahd_is_not_recovered(self):
        self.noahd.start()
        done = self.noahd.run("recover", "--accept-loss")
        self.assertEqual(75, done.returncode)
        self.assertIn("locked by another noahd", done.stderr)


if __name__ == "__main__":
    unittest.main()
