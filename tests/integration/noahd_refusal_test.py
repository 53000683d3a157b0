"""A refused start or command leaves every file of the state directory unchanged, byte for byte."""
# SPDX-License-Identifier: Apache-2.0

import glob
import hashlib
import os
import shutil
import socket
import sqlite3
import tempfile
import unittest

from support.daemon import Noahd, run_command

FORMATS = os.path.join(os.path.dirname(__file__), "..", "unit", "noahd", "store")
SERVE, EXPORT = (), ("export",)
BACKUP, IMPORT = ("backup", "FILE"), ("import", "EXPORT")
TOKEN = ("token", "operator", "--rule", "/=read")
RECOVER, ACCEPT = ("recover",), ("recover", "--accept-loss")
WRITING = (SERVE, TOKEN, IMPORT)
NOT_TO_LOSE = (*WRITING, EXPORT, BACKUP, RECOVER)
ALL = (*NOT_TO_LOSE, ACCEPT)
LOCK = "noah.db.lock"  # created by the first reader


def fingerprint(folder):
    """By name: the contents of each file."""
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "**"), recursive=True)):
        if os.path.isfile(path) and os.path.basename(path) != LOCK:
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


def write_at(path, place, data):
    with open(path, "r+b") as file:
        file.seek(place)
        file.write(data)


def edit(state, sql):
    """As an operator may do with the sqlite3 shell."""
    connection = sqlite3.connect(os.path.join(state, "noah.db"))
    connection.executescript(sql)
    connection.close()


class State:
    """A state directory to which one thing is done at a time."""

    def __init__(self, folder):
        self.folder = folder
        self.database, self.log, self.key = (os.path.join(folder, name)
                                             for name in ("noah.db", "noah.db-wal", "signing.key"))

    def cut(self, size):
        os.truncate(self.database, size)

    def overwrite_page_of(self, table):
        connection = sqlite3.connect(self.database)
        page, = connection.execute(f"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'").fetchone()
        connection.close()
        write_at(self.database, (page - 1) * 4096, b"\xee" * 4096)

    def put_format_1(self, sql):
        os.remove(self.database)
        with open(os.path.join(FORMATS, "format_1.sql"), encoding="utf-8") as file:
            edit(self.folder, file.read() + sql)


# The damage, whether to the state of a killed or a stopped noahd, what causes it, what must refuse it.
DAMAGES = (
    ("is empty", "killed", lambda state: state.cut(0), ALL),
    ("truncated", "killed", lambda state: state.cut(1), ALL),
    ("truncated", "stopped", lambda state: state.cut(99), ALL),
    ("noah.db", "stopped", lambda state: state.cut(4097), ALL),
    ("truncated", "stopped", lambda state: state.cut(os.path.getsize(state.database) - 1), ALL),
    ("not a database", "killed", lambda state: write_at(state.database, 0, b"not a database at all"), ALL),
    ("newer noahd", "stopped", lambda state: write_at(state.database, 60, b"\0\0\x03\xe7"), ALL),
    ("not noahd's", "stopped", lambda state: write_at(state.database, 68, b"\0\0\0\7"), ALL),
    ("is missing, but", "killed", lambda state: os.remove(state.database), ALL),
    ("its checksum", "stopped", lambda state: edit(state.folder, "UPDATE record SET kind = 77"), ALL),
    ("noah.db", "stopped", lambda state: state.overwrite_page_of("record"), ALL),
    ("noah.db", "killed", lambda state: state.overwrite_page_of("record"), ALL),
    ("of kind 77", "stopped", lambda state: state.put_format_1("UPDATE record SET kind = 77;"), ALL),
    ("signing.key", "stopped", lambda state: state.put_format_1("") or os.remove(state.key), (SERVE, TOKEN)),
    ("another database", "backup", lambda state: None, ALL),
    ("50 changes are missing", "killed", lambda state: os.remove(state.log), NOT_TO_LOSE),
    ("50 changes are missing", "killed", lambda state: os.truncate(state.log, 0), NOT_TO_LOSE),
    ("changes are missing", "killed", lambda state: os.truncate(state.log, 20 * 4120), NOT_TO_LOSE),
    ("50 changes are missing", "killed", lambda state: write_at(state.log, 40, b"\xff"), NOT_TO_LOSE),
    ("that it had 200 changes", "stopped", lambda state: os.remove(state.database), ALL),
    ("signing.key is missing", "killed", lambda state: os.remove(state.key), (SERVE, TOKEN)),
    ("signing.key", "killed", lambda state: write_at(state.key, 0, b"whsk_wrong"), (SERVE, TOKEN)),
    ("signing.key", "stopped", lambda state: write_at(state.key, 0, b"\0" * 8), (SERVE, TOKEN)),
    ("others can read it", "killed", lambda state: os.chmod(state.key, 0o644), (SERVE, TOKEN, ("public-key",))),
    ("is not empty", "killed", lambda state: None, (IMPORT,)),
)


class RefusalTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Initial states: of a killed noahd, of a stopped one, and a backup beside the log of the first."""
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.made = folder.name
        cls.export = os.path.join(cls.made, "export")
        noahd = Noahd(cls.made)
        with noahd:
            for i in range(200):
                noahd.put(f"/ephemerals/{i}", "x" * 500)
        cls.keep(noahd, "stopped")
        noahd.start()
        for i in range(50):
            noahd.put(f"/ephemerals/more/{i}", "x" * 500)
        backup = noahd.run("backup", os.path.join(cls.made, "backup.db"))
        export = noahd.run("export", cls.export)
        noahd.kill()
        cls.keep(noahd, "killed")
        cls.keep(noahd, "backup")
        os.replace(os.path.join(cls.made, "backup.db"), os.path.join(cls.made, "backup", "noah.db"))
        assert (backup.returncode, export.returncode) == (0, 0), backup.stderr + export.stderr

    @classmethod
    def keep(cls, noahd, name):
        shutil.copytree(noahd.state, os.path.join(cls.made, name), ignore=lambda *_: ("control", LOCK))

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.state = State(os.path.join(self.folder, "noah"))

    def take(self, name):
        shutil.rmtree(self.state.folder, ignore_errors=True)
        shutil.copytree(os.path.join(self.made, name), self.state.folder)

    def run_noahd(self, command, *settings):
        places = {"FILE": os.path.join(self.folder, "copy.db"), "EXPORT": self.export}
        words = [places.get(word, word) for word in command]
        return run_command("noahd", "-o", "listen=127.0.0.1:0", "-o", f"state_directory={self.state.folder}", *settings,
                           *words)

    def assert_refused(self, status, text, command, *settings):
        before = fingerprint(self.state.folder)
        done = self.run_noahd(command, *settings)
        self.assertEqual(status, done.returncode, done.stderr)
        self.assertIn(text, done.stderr)
        self.assertEqual(before, fingerprint(self.state.folder))

    def test_damaged_files_stay_unchanged(self):
        for number, (text, start, damage, commands) in enumerate(DAMAGES):
            for command in commands:
                with self.subTest(text=text, row=number, command=command[:1]):
                    self.take(start)
                    damage(self.state)
                    self.assert_refused(78, text, command)

    def test_verify_lists_all_damage_and_changes_nothing(self):
        for number, (text, start, damage, commands) in enumerate(DAMAGES):
            with self.subTest(text=text, row=number):
                self.take(start)
                damage(self.state)
                before = fingerprint(self.state.folder)
                done = self.run_noahd(("verify",))
                self.assertEqual(78 if EXPORT in commands else 0, done.returncode, done.stdout + done.stderr)
                self.assertEqual(before, fingerprint(self.state.folder))

    def test_a_start_without_a_port_changes_nothing(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            for start in ("killed", "stopped"):
                self.take(start)
                self.assert_refused(75, "listen", SERVE, "-o", f"listen=127.0.0.1:{taken.getsockname()[1]}")

    def test_a_refused_first_start_creates_nothing(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            os.mkdir(self.state.folder)
            self.assert_refused(75, "listen", SERVE, "-o", f"listen=127.0.0.1:{taken.getsockname()[1]}")
        with open(self.state.key, "w", encoding="utf-8") as file:
            file.write("no key\n")
        os.chmod(self.state.key, 0o600)
        for command in WRITING:
            self.assert_refused(78, "signing.key", command)

    def test_an_undamaged_store_is_served_completely(self):
        """The states are valid: what is refused above is refused because of its damage."""
        for start, count in (("stopped", 200), ("killed", 250)):
            self.take(start)
            with Noahd(self.folder) as noahd:
                self.assertEqual(str(count), noahd.get("/health").headers["noah-revision"])


if __name__ == "__main__":
    unittest.main()
