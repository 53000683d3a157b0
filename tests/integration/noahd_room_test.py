"""A disk with little space, and a read-only one."""
# SPDX-License-Identifier: Apache-2.0

import os
import subprocess
import tempfile
import unittest

from support import own_mounts
from support.daemon import Noahd, program
from support.raw_http import Connection

MISSING = own_mounts.missing()


@unittest.skipIf(MISSING, f"no mounts of its own: {MISSING}")
class RoomTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.mounts = own_mounts.OwnMounts()
        self.addCleanup(self.mounts.close)
        self.noahd = Noahd(self.folder, within=self.mounts.within)
        self.addCleanup(self.noahd.kill)

    def fill(self):
        """Writes until the disk is full: how many were acknowledged."""
        with Connection(self.noahd.port) as connection:
            for i in range(100000):
                answer = connection.request("PUT", f"/ephemerals/{i}", str(i) * 50)
                if answer.status != 200:
                    self.assertEqual((503, "1"), (answer.status, answer.headers["retry-after"]))
                    return i
        raise AssertionError("the disk has more room than it was given")

    def assert_all_there(self, count):
        with Connection(self.noahd.port) as connection:
            for i in range(count):
                self.assertEqual((str(i) * 50).encode(), connection.request("GET", f"/ephemerals/{i}").body)
            self.assertEqual(404, connection.request("GET", f"/ephemerals/{count}").status)

    def test_one_megabyte_is_enough_to_start_and_to_write(self):
        self.mounts.small_disk(self.noahd.state, "1m")
        self.noahd.start()
        count = self.fill()
        self.assertGreater(count, 300)
        self.assertEqual(503, self.noahd.get("/health").status)
        self.assert_all_there(count)
        self.noahd.kill()
        self.noahd.start()
        self.assert_all_there(count)
        self.assertEqual(503, self.noahd.put("/ephemerals/more", "x" * 500).status)

    def test_verify_reads_a_store_in_place_where_there_is_no_room_for_another(self):
        self.mounts.small_disk(self.noahd.state, "1m")
        self.noahd.start()
        count = self.fill()
        self.noahd.kill()
        done = self.run_noahd("verify")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, f"is intact: [0-9]+ records and {count} changes, up to revision {count}\n")
        self.noahd.start()
        self.assert_all_there(count)

    def run_noahd(self, *words):
        command = [*self.mounts.within, program("noahd"), *self.noahd.arguments(), *words]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                              check=False)

    def assert_read_only(self, path, *words):
        done = self.run_noahd(*words)
        self.assertEqual(75, done.returncode, done.stderr)
        self.assertIn("Read-only file system", done.stderr)
        self.assertIn(path, done.stderr)

    def commands(self):
        export = os.path.join(self.folder, "export")
        with open(export, "w", encoding="utf-8") as file:
            file.write('{"noah_export":1}\n{"objects":0,"revision":0}\n')
        return ((), ("export",), ("backup", os.path.join(self.folder, "backup")), ("import", export),
                ("token", "operator", "--rule", "/=read"), ("recover",))

    def test_a_read_only_state_directory_is_reported(self):
        with self.noahd as noahd:
            noahd.put("/ephemerals/a", "1")
        self.mounts.read_only(self.noahd.state)
        for command in self.commands():
            self.assert_read_only(self.noahd.state, *command)

    def test_a_state_directory_that_cannot_be_created_is_reported(self):
        commands = self.commands()
        self.mounts.read_only(self.folder)
        for command in (command for command in commands if command[:1] in ((), ("import",), ("token",))):
            self.assert_read_only(self.noahd.state, *command)

    def test_a_read_only_file_is_reported(self):
        for name in ("noah.db.lock", "noah.db", "noah.db-wal", "noah.mark"):
            with self.subTest(name=name):
                mounts = own_mounts.OwnMounts()
                self.addCleanup(mounts.close)
                folder = os.path.join(self.folder, name)
                os.mkdir(folder)
                self.noahd = Noahd(folder)
                self.noahd.start().put("/ephemerals/a", "1")
                self.noahd.kill()
                path = os.path.join(self.noahd.state, name)
                mounts.read_only(path)
                self.mounts = mounts
                self.assert_read_only(path)


if __name__ == "__main__":
    unittest.main()
