"""backup, export and import: by the running noahd, and by the command itself if none is running."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import tempfile
import threading
import unittest
from random import Random, randrange
from urllib.parse import quote

from support.daemon import Noahd, program, wait_until
from support.event_stream import EventStream
from support.fault import Fault
from support.raw_http import Connection, format_request
from support.sink import Sink


class CommandsCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(self.path("out"))
        self.file = self.path("out/saved")

    def path(self, name):
        return os.path.join(self.folder, name)

    def noahd(self, name="one", *settings, **options):
        folder = self.path(name)
        os.makedirs(folder, exist_ok=True)
        noahd = Noahd(folder, *settings, **options)
        self.addCleanup(noahd.kill)
        return noahd

    def run_fine(self, noahd, *words):
        done = noahd.run(*words)
        self.assertEqual((0, ""), (done.returncode, "\n".join(
            line for line in done.stderr.splitlines() if "exported" not in line)), done)
        return done.stdout

    def assert_fails(self, status, says, noahd, *words):
        done = noahd.run(*words)
        self.assertEqual(status, done.returncode, done)
        self.assertRegex(done.stderr, says)

    def fill(self, noahd):
        """An object of each kind, and values of all sorts."""
        noahd.put("/services/http/web1", {"status": "up", "host_status": "down"})
        noahd.put("/hosts/gone", {"status": "up"})
        noahd.delete("/hosts/gone")
        noahd.put("/ephemerals/none")
        noahd.put("/ephemerals/bytes", b"\x00\xff'\"\n")
        noahd.put("/ephemerals/text", "café \u2028 \\ \" \x00 end")
        noahd.put("/ephemerals/caf%C3%A9/", "x")
        noahd.put("/ephemerals/short?lifetime=3600", "x")
        noahd.put("/applications/shop/configurations/shop.yml", {"format": "yaml", "body": "---\na: 1\n"})
        noahd.put("/hosts/web1/tag", {"tags": ["b", "a"]})
        noahd.put("/hosts/web1/link", {"link_name": "/myorg"})
        noahd.put("/watches", {"pattern": "//noah/nothing", "endpoint": "http://127.0.0.1:9/"})

    PATHS = ("/hosts", "/services", "/applications", "/configurations", "/tags", "/myorg", "/watches",
             "/ephemerals/none", "/ephemerals/bytes", "/ephemerals/text", "/ephemerals/caf%C3%A9/", "/ephemerals/short")

    def seen(self, noahd):
        """The contents, except for the entity tags, which depend on the epoch."""
        answers = {path: noahd.get(path) for path in self.PATHS}
        self.assertEqual({200}, {answer.status for answer in answers.values()})
        return {path: (self.content(path, answer), answer.headers["noah-revision"]) for path, answer in answers.items()}

    @staticmethod
    def content(path, answer):
        """Bytes, or the contents of JSON in any order."""
        if path.startswith("/ephemerals/"):
            return answer.body
        found = answer.json()
        return sorted(found, key=json.dumps) if isinstance(found, list) else found


class BackupTest(CommandsCase):
    def restore(self, noahd, name="restored"):
        """A noahd with the backup as its store, and the key of the original."""
        restored = self.noahd(name)
        os.mkdir(restored.state, 0o700)
        os.rename(self.file, os.path.join(restored.state, "noah.db"))
        with open(os.path.join(noahd.state, "signing.key"), "rb") as key:
            with open(os.open(os.path.join(restored.state, "signing.key"), os.O_WRONLY | os.O_CREAT, 0o600),
                      "wb") as copy:
                copy.write(key.read())
        return restored

    def test_a_backup_contains_everything_and_begins_a_new_epoch_once(self):
        noahd = self.noahd().start()
        self.fill(noahd)
        before, epoch = self.seen(noahd), noahd.get("/health").headers["noah-epoch"]
        self.assertRegex(self.run_fine(noahd, "backup", self.file), "does not contain the signing key")
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.file).st_mode))
        restored = self.restore(noahd).start()
        self.assertEqual(before, self.seen(restored))
        restored.wait_for_log(f"backup of epoch {epoch}")
        begun = restored.get("/health").headers["noah-epoch"]
        self.assertNotEqual(epoch, begun)
        restored.restart()
        self.assertEqual(begun, restored.get("/health").headers["noah-epoch"])
        self.assertEqual(epoch, noahd.get("/health").headers["noah-epoch"])
        self.assertEqual({"noah.db", "noah.db-wal", "noah.db.lock", "noah.mark", "signing.key", "control"},
                         set(os.listdir(noahd.state)))

    def test_a_backup_without_its_key_is_not_served(self):
        noahd = self.noahd().start()
        self.fill(noahd)
        self.run_fine(noahd, "backup", self.file)
        restored = self.restore(noahd)
        os.remove(os.path.join(restored.state, "signing.key"))
        self.assert_fails(78, "signing.key is missing.*put the key back, or create a new one with 'noahd public-key'",
                          restored)
        self.run_fine(restored, "public-key")
        restored.start()

    def test_a_backup_can_be_made_while_no_noahd_runs(self):
        noahd = self.noahd().start()
        self.fill(noahd)
        before = self.seen(noahd)
        noahd.kill()
        self.run_fine(noahd, "backup", self.file)
        self.assertNotIn("copy", os.listdir(noahd.state))
        self.assertEqual(before, self.seen(self.restore(noahd).start()))
        noahd.start()

    def test_a_missing_store_is_not_created(self):
        noahd = self.noahd()
        os.mkdir(noahd.state)
        for words in (("backup", self.file), ("export", self.file)):
            self.assert_fails(78, "noah.db does not exist", noahd, *words)
        self.assertNotIn("noah.db", os.listdir(noahd.state))
        self.assertEqual([], os.listdir(self.path("out")))

    def test_a_backup_contains_pending_deliveries(self):
        noahd = self.noahd().start()
        with Sink() as sink:
            noahd.put("/watches", {"pattern": "//noah/ephemerals", "endpoint": sink.url})
            sink.stop()
            noahd.put("/ephemerals/pending", "1")
            self.run_fine(noahd, "backup", self.file)
            noahd.kill()
            sink.start()
            self.restore(noahd).start()
            self.assertEqual("/ephemerals/pending", json.loads(sink.wait_for(1)[0].body)["location"])

    def test_an_existing_file_is_not_overwritten(self):
        noahd = self.noahd().start()
        with open(self.file, "w", encoding="ascii") as file:
            file.write("dear")
        for words in (("backup", self.file), ("export", self.file)):
            self.assert_fails(78, "saved already exists", noahd, *words)
        with open(self.file, encoding="ascii") as file:
            self.assertEqual("dear", file.read())
        self.assertEqual(["saved"], os.listdir(self.path("out")))

    def test_under_load_a_backup_is_consistent_and_writes_continue(self):
        noahd = self.noahd().start()
        stop, written = threading.Event(), [0] * 4

        def write(writer):
            with Connection(noahd.port) as connection:
                while not stop.is_set():
                    written[writer] += 1
                    for place in ("first", "second"):
                        connection.request("PUT", f"/ephemerals/{writer}/{place}/{written[writer] % 500}",
                                           str(written[writer]))

        writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        for writer in writers:
            writer.start()
        try:
            for i in range(5):
                wait_until(lambda goal=sum(written) + 300: sum(written) > goal, 30, "writes go on")
                self.run_fine(noahd, "backup", self.file)
                self.assert_one_moment(self.file)
                os.remove(self.file)
        finally:
            stop.set()
            for writer in writers:
                writer.join()

    def assert_one_moment(self, path):
        """The second of each pair was written at most one write after its first, and the log has no gap."""
        connection = sqlite3.connect(path)
        with contextlib.closing(connection):
            self.assertEqual([("ok",)], connection.execute("PRAGMA integrity_check").fetchall())
            count, highest = connection.execute("SELECT count(*), max(revision) FROM change").fetchone()
            self.assertEqual(count, highest)
            self.assertEqual(highest, connection.execute("SELECT max(record_revision) FROM current").fetchone()[0])
            values = {path: int(value) for path, value in connection.execute("SELECT path, value FROM current")}
        for writer in range(4):
            first, second = (max(value for path, value in values.items()
                                 if path.startswith(f"/ephemerals/{writer}/{place}/"))
                             for place in ("first", "second"))
            self.assertIn(first - second, (0, 1))

    def test_kill_9_of_either_leaves_no_partial_file(self):
        disk = Fault(self.folder)
        for victim, when in (("noahd", "write 1"), ("noahd", "write 7"), ("command", "write 1"), ("command", "sync 1")):
            with self.subTest(victim=victim, when=when):
                noahd = self.noahd(f"{victim} {when}", environment=disk.environment()).start()
                self.fill(noahd)
                disk.order(f"{when} kill", os.path.join(noahd.state, "copy") if victim == "noahd" else self.path("out"))
                done = noahd.run("backup", self.file)
                self.assertNotEqual(0, done.returncode)
                self.assertFalse(os.path.exists(self.file))
                disk.heal()
                if victim == "noahd":
                    self.assertEqual(-signal.SIGKILL, noahd.wait_for_exit())
                    self.assertIn("closed the connection", done.stderr)
                    noahd.start()
                self.assertEqual(200, noahd.get("/ephemerals/none").status)
                self.run_fine(noahd, "backup", self.file)
                self.assertNotIn("copy", wait_until(lambda: "copy" not in os.listdir(noahd.state) and
                                                    os.listdir(noahd.state), 5, "the copy is gone"))
                self.assertEqual(["saved"], os.listdir(self.path("out")))
                os.remove(self.file)
                noahd.kill()

    def test_a_full_disk_is_reported_wherever_it_is(self):
        disk = Fault(self.folder)
        noahd = self.noahd("one", environment=disk.environment()).start()
        self.fill(noahd)
        for full, says in ((os.path.join(noahd.state, "copy"), "copy: database or disk is full"),
                           (self.path("out"), "cannot write .*saved.new: No space left on device")):
            with self.subTest(full):
                disk.order("write every ENOSPC", full)
                self.assert_fails(75, says, noahd, "backup", self.file)
                disk.heal()
                self.assertEqual([], os.listdir(self.path("out")))
                self.assertEqual(200, noahd.put("/ephemerals/after", "1").status)
        self.run_fine(noahd, "backup", self.file)

    def test_of_two_commands_at_once_one_is_refused(self):
        noahd = self.noahd().start()
        self.fill(noahd)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(os.path.join(noahd.state, "control"))
            first.sendall(b'{"command":"copy"}\n')
            self.assertEqual("success", json.loads(first.recv(1000))["result"])
            self.assert_fails(75, "a backup or an export is in progress", noahd, "backup", self.file)
            self.assert_fails(75, "a backup or an export is in progress", noahd, "export", self.file)
        wait_until(lambda: noahd.run("backup", self.file).returncode == 0, 10, "the first one is over")


class ControlTest(CommandsCase):
    def test_the_socket_belongs_to_its_owner_and_disappears_with_noahd(self):
        noahd = self.noahd().start()
        path = os.path.join(noahd.state, "control")
        self.assertEqual(0o600, stat.S_IMODE(os.stat(path).st_mode))
        noahd.kill()
        self.assertTrue(os.path.exists(path))
        noahd.start()
        noahd.stop()
        self.assertFalse(os.path.exists(path))

    def test_an_unknown_command_is_refused(self):
        noahd = self.noahd().start()
        for line in ("dance", '{"command":"dance"}', "{}", "[]", '{"command":7}', '{"command":"import"}'):
            with self.subTest(line), socket.socket(socket.AF_UNIX) as client:
                client.connect(os.path.join(noahd.state, "control"))
                client.sendall(line.encode() + b"\n")
                self.assertEqual("failure", json.loads(client.recv(1000))["result"])

    def test_a_state_directory_too_long_for_the_socket_is_reported(self):
        self.assert_fails(78, "state_directory", self.noahd("x" * 100))


class ExportTest(CommandsCase):
    def export(self, noahd):
        return self.run_fine(noahd, "export")

    def assert_survives(self, noahd, imported):
        """An export, imported and exported again, is the same; the importer takes its file to the new noahd's
        folder."""
        text = self.export(noahd)
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)
        self.run_fine(imported, "import", self.file)
        self.assertEqual(text, self.export(imported))
        return text

    def test_a_line_contains_all_stored_data(self):
        noahd = self.noahd().start()
        put = noahd.put("/ephemerals/bytes?lifetime=60", b"\xff").json()
        noahd.put("/ephemerals/bytes/tag", {"tags": ["b", "a"]})
        lines = [json.loads(line) for line in self.export(noahd).split("\n")[:-1]]
        self.assertEqual({"noah_export": 1}, lines[0])
        self.assertEqual({"objects": len(lines) - 2, "revision": int(noahd.get("/health").headers["noah-revision"])},
                         lines[-1])
        line = next(line for line in lines if line.get("path") == "/ephemerals/bytes")
        self.assertEqual(("ephemeral", put["id"], "/w==", 60000, ["a", "b"], []),
                         (line["kind"], line["id"], line["value_base64"], line["lifetime_ms"], sorted(line["tags"]),
                          line["links"]))
        self.assertEqual(1, line["created_revision"])
        self.assertGreater(line["revision"], 1)
        paths = [line["path"].encode() for line in lines[1:-1]]
        self.assertEqual(sorted(paths), paths)

    def test_streams_and_long_polls_notice_an_import_at_once(self):
        """Changes are not announced one by one: streams get a gap, and long polls are checked again."""
        noahd, imported = self.noahd().start(), self.noahd("two").start()
        self.fill(noahd)
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(self.export(noahd))
        revision = int(noahd.get("/health").headers["noah-revision"])
        waiting, answers = ("/hosts", "/hosts/web1", "/ephemerals/text", "/ephemerals/bytes", "/tags/a",
                            "/myorg/hosts"), {}
        with EventStream(imported.port) as whole, EventStream(imported.port,
                                                              "/events?pattern=//noah/nothing") as narrow:
            for stream in (whole, narrow):
                stream.wait_for_comment()
            with contextlib.ExitStack() as connections:
                polls = {path: connections.enter_context(Connection(imported.port)) for path in waiting}
                for path, poll in polls.items():
                    poll.send(format_request("localhost", "GET", f"{path}?wait=60"))
                wait_until(lambda: imported.get("/stats").json()["waiters"] == len(waiting), 10, "all of them wait")
                self.run_fine(imported, "import", self.file)
                for path, poll in polls.items():
                    answers[path] = poll.receive().status
            self.assertEqual({path: 200 for path in waiting}, answers)
            for stream in (whole, narrow):
                gap = stream.next()
                self.assertEqual((revision, "gap", revision, revision + 1),
                                 (gap.id, gap.name, gap.data["current"], gap.data["oldest"]))
                self.assertIn("import", gap.data["error_message"])
            self.assertEqual({revision + 1}, {imported.get("/events?since=0").json()["oldest"],
                                              imported.get("/stats").json()["log_oldest_revision"]})
            imported.put("/hosts/web2", {"status": "up"})
            self.assertEqual((revision + 1, "/hosts/web2"),
                             (lambda event: (event.id, event.data["location"]))(whole.next()))

    def test_export_import_export_is_byte_identical_while_noahd_runs(self):
        noahd, imported = self.noahd().start(), self.noahd("two").start()
        self.fill(noahd)
        # what it caches of that is stale then
        self.assertEqual({404}, {imported.get(path).status for path in self.PATHS})
        self.assert_survives(noahd, imported)
        self.assertEqual(self.seen(noahd), self.seen(imported))
        imported.restart()
        self.assertEqual(self.seen(noahd), self.seen(imported))

    def test_export_import_export_is_byte_identical_while_noahd_is_stopped(self):
        noahd, imported = self.noahd().start(), self.noahd("two")
        self.fill(noahd)
        before = self.seen(noahd)
        noahd.kill()
        self.assert_survives(noahd, imported)
        self.assertEqual(before, self.seen(imported.start()))

    def test_thousands_of_objects_of_all_kinds_are_exported_and_imported(self):
        noahd, imported = self.noahd("one", "connections_max=1000").start(), self.noahd("two").start()
        self.fill(noahd)
        with Connection(noahd.port) as connection:
            for i in range(700):
                connection.request("PUT", f"/services/s{i % 7}/h{i}", '{"status":"up","host_status":"up"}')
                connection.request("PUT", f"/ephemerals/{i}/\u00e9".encode().decode("latin-1"),
                                   bytes((i * j) % 256 for j in range(i % 300)))
                connection.request("PUT", f"/applications/a{i % 50}/configurations/c{i}",
                                   json.dumps({"format": "json", "body": str(i)}))
                connection.request("PUT", f"/hosts/h{i}/tag", json.dumps({"tags": [f"t{i % 20}", f"u{i % 30}"]}))
                connection.request("PUT", f"/hosts/h{i}/link", json.dumps({"link_name": f"/l{i % 10}"}))
                connection.request("PUT", "/watches",
                                   json.dumps({"pattern": f"//noah/x/{i}", "endpoint": f"http://127.0.0.1:9/{i}"}))
        rules = {"rules": [{"path": "/", "allow": ["read", "write", "watch", "admin"]}]}
        token = noahd.put("/tokens/admin", rules).json()["token"]
        text = self.assert_survives(noahd, imported)
        self.assertEqual([401, 401], [one.get("/hosts/h1").status for one in (noahd, imported)])
        self.assertEqual([200, 200], [one.get("/hosts/h1", headers={"Authorization": f"Bearer {token}"}).status
                                      for one in (noahd, imported)])
        self.assertGreater(text.count("\n"), 3500)
        kinds = {json.loads(line).get("kind") for line in text.split("\n")[:-1]}
        self.assertLessEqual({"host", "service", "ephemeral", "watch", "application", "configuration", "tag", "link",
                              "token"}, kinds)

    NAMES = ["a", "b", "é", "a b", ".a", "...", "%", "*", "|", "\\", '"', "x" * 255, "é" * 127, "\u0085", "tag", "link",
             "watch", "hosts", "noah", "\U0001f600", "a:b", "a+b", "a?b", "a#b", "a&b", "\u2028", "-", "1"]

    def random_write(self, random):
        """Method, path and body of any write; many are refused."""
        def name():
            return quote(random.choice(self.NAMES), safe="")

        def path():
            return random.choice([f"/hosts/{name()}", f"/services/{name()}/{name()}", f"/applications/{name()}",
                                  f"/configurations/{name()}", f"/ephemerals/{name()}",
                                  f"/ephemerals/{name()}/{name()}/"])
        state = {"status": random.choice(["up", "down", "pending"])}
        lifetime = random.choice([{}, {}, {"lifetime": random.choice([0.001, 60, 31536000])}])
        writes = [
            ("PUT", f"/hosts/{name()}", {**state, **lifetime}),
            ("PUT", f"/services/{name()}/{name()}", {**state, **lifetime, "host_status": "up"}),
            ("PUT", f"/ephemerals/{name()}", random.randbytes(random.randrange(9))),
            ("PUT", f"/ephemerals/{name()}/{name()}/?lifetime=99.5", b"{}"),
            ("PUT", f"/applications/{name()}/configurations/{name()}",
             {"format": "yaml", "body": random.choice(self.NAMES)}),
            ("PUT", f"/configurations/{name()}", {"format": random.choice(self.NAMES), "body": "\u0001"}),
            ("PUT", f"{path()}/tag", {"tags": random.sample(self.NAMES, 4)}),
            ("DELETE", f"{path()}/tag", {"tags": random.choice(self.NAMES)}),
            ("PUT", f"{path()}/link", {"link_name": "/" + random.choice(self.NAMES)}),
            ("PUT", f"{path()}/watch", {"endpoint": f"http://127.0.0.1:9/{name()}"}),
            ("PUT", "/watches", {"pattern": f"//noah{path()}", "endpoint": "dummy://x",
                                 "owner": random.choice(self.NAMES),
                                 "when": random.choice(["written", "changed", None])}),
            ("PUT", f"/tokens/{random.choice(['anonymous', name()])}", {
                "rules": [{"path": "/", "allow": ["read", "write", "watch", "admin"]}],
                "node": random.choice(self.NAMES)}),
            ("DELETE", path(), b""),
        ]
        return random.choice(writes)

    def test_any_registry_that_requests_can_make_survives(self):
        seed = int(os.environ.get("NOAH_SEED", randrange(1 << 30)))
        random = Random(seed)
        noahd, imported = self.noahd().start(), self.noahd("two").start()
        taken = set()
        with Connection(noahd.port) as connection:
            connection.request("PUT", "/tokens/anonymous",
                               json.dumps({"rules": [{"path": "/", "allow": ["read", "write", "watch", "admin"]}]}))
            for _ in range(1500):
                method, path, body = self.random_write(random)
                answer = connection.request(method, path, body if isinstance(body, bytes) else json.dumps(body))
                if answer.status == 200:
                    taken.add((method, path.split("/")[1], path.rsplit("/", 1)[1]))
        with self.subTest(f"NOAH_SEED={seed}"):
            self.assertGreater(len(taken), 150)
            self.assert_survives(noahd, imported)

    def test_an_import_announces_nothing_and_later_changes_are_announced(self):
        noahd, imported = self.noahd().start(), self.noahd("two").start()
        with Sink() as sink:
            noahd.put("/ephemerals/old", "1")
            noahd.put("/watches", {"pattern": "//noah", "endpoint": sink.url})
            self.assert_survives(noahd, imported)
            self.assertEqual("2", imported.get("/health").headers["noah-revision"])
            imported.put("/ephemerals/new", "1")
            sink.wait_for(1)
            imported.restart()
            imported.put("/ephemerals/newer", "1")

            def told():
                """What was told, once or more."""
                return {(body["revision"], body["location"])
                        for body in (json.loads(request.body) for request in sink.requests())}
            wait_until(lambda: len(told()) >= 2, 10, "both are told")
            self.assertEqual({(3, "/ephemerals/new"), (4, "/ephemerals/newer")}, told())

    def test_writes_wait_for_the_import(self):
        imported = self.noahd("two").start()
        self.write_many()
        command = self.begin_import(imported)
        with Connection(imported.port, seconds=60) as connection:  # it waits as long as the import takes
            connection.send(b"PUT /ephemerals/waits HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1")
            seen = imported.get("/ephemerals/1").status, imported.get("/health").json()
            if "imported " not in imported.log_text():  # else all of that may have come after it
                self.assertEqual((404, {"status": "not ready", "reasons": ["An import is in progress"]}), seen)
            answer = connection.receive()
        self.assertEqual(0, command.wait(30))
        self.assertEqual((200, str(self.MANY + 1)), (answer.status, answer.headers["noah-revision"]))
        self.assertEqual(200, imported.get("/ephemerals/1").status)

    MANY = 60000

    def write_many(self):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write('{"noah_export":1}\n')
            for i in range(1, self.MANY + 1):
                file.write(json.dumps({**self.GOOD, "path": f"/ephemerals/{i}", "id": self.id_of(i),
                                       "revision": i}) + "\n")
            file.write(json.dumps({"objects": self.MANY, "revision": self.MANY}) + "\n")

    def begin_import(self, noahd):
        """The command, while noahd reads its file."""
        command = subprocess.Popen([program("noahd"), *noahd.arguments(), "import", self.file],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(command.wait)
        noahd.wait_for_log("writes wait for an import")
        return command

    def test_an_import_does_not_keep_noahd_from_stopping(self):
        imported = self.noahd().start()
        self.write_many()
        command = self.begin_import(imported)
        imported.stop(seconds=5)
        status = command.wait(30)
        imported.start()
        self.assertEqual(200 if status == 0 else 404, imported.get("/ephemerals/1").status)

    def test_an_import_may_come_through_a_pipe(self):
        imported = self.noahd().start()
        done = subprocess.run([program("noahd"), *imported.arguments(), "import", "/dev/stdin"], input=self.lines(),
                              text=True, capture_output=True, timeout=30, check=False)
        self.assertEqual((0, "1 object, up to revision 2\n"), (done.returncode, done.stdout), done)
        self.assertEqual(b"1", imported.get("/ephemerals/a").body)

    def test_a_store_that_is_not_empty_refuses_an_import(self):
        noahd = self.noahd().start()
        noahd.put("/ephemerals/gone", "1")
        noahd.delete("/ephemerals/gone")
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(self.export(noahd))
        self.assert_fails(78, "not empty", noahd, "import", self.file)
        noahd.stop()
        self.assert_fails(78, "not empty", noahd, "import", self.file)
        noahd.start()
        self.assertEqual("2", noahd.get("/health").headers["noah-revision"])

    GOOD = {"kind": "ephemeral", "path": "/ephemerals/a", "id": "8e7a1b3c-0000-4000-8000-000000000000", "created_ms": 1,
            "updated_ms": 2, "created_revision": 1, "revision": 2, "tags": [], "links": [], "lifetime_ms": 0,
            "value": "1"}

    @staticmethod
    def id_of(number):
        return f"8e7a1b3c-0000-4000-8000-{number:012x}"

    def lines(self, *changes, first='{"noah_export":1}', last=None):
        """The text of a file with a valid record and those that differ from it in this way."""
        records = [{key: value for key, value in {**self.GOOD, "id": self.id_of(i), "revision": i + 2, **change}.items()
                    if value is not ...} for i, change in enumerate(({}, *changes))]
        last = {"objects": len(records), "revision": len(records) + 1} if last is None else last
        return "\n".join([first, *map(json.dumps, records), *([json.dumps(last)] if last else [])]) + "\n"

    def test_invalid_lines_are_reported_and_nothing_is_imported(self):
        wrong = {
            "line 1: this file was not written by": self.lines(first='{"colour":1}'),
            "line 1: a newer noahd wrote this file: its format is 2": self.lines(first='{"noah_export":2}'),
            "line 1: .*malformed": "what\n",
            "line 1: the file is truncated": "",
            "line 3: /ephemerals/a occurs twice": self.lines({}),
            "line 3: .*unknown kind": self.lines({"path": "/x", "kind": "x"}),
            "line 3: host \"/ephemerals/b\": noahd cannot": self.lines({"path": "/ephemerals/b", "kind": "host"}),
            "line 3: ephemeral \"/ephemerals/b\": noahd cannot": self.lines({"path": "/ephemerals/b",
                                                                             "lifetime_ms": 31536000001}),
            "line 3: ephemeral \"/ephemerals/c\": noahd cannot": self.lines({"path": "/ephemerals/c",
                                                                             "lifetime_ms": 9223372036854775807}),
            "line 3: tag \"/tags/t\": noahd cannot": self.lines({"path": "/tags/t", "kind": "tag",
                                                                     "value": None, "lifetime_ms": 1000}),
            "line 3: revision is missing": self.lines({"path": "/ephemerals/b", "revision": ...}),
            "line 3: revision has the wrong type": self.lines({"path": "/ephemerals/b", "revision": "2"}),
            "line 3: revision is negative": self.lines({"path": "/ephemerals/b", "revision": -2}),
            "line 3: .*unknown keys": self.lines({"path": "/ephemerals/b", "colour": "2"}),
            "line 3: value or value_base64 is required": self.lines({"path": "/ephemerals/b", "value": ...}),
            "line 3: .*not base64": self.lines({"path": "/ephemerals/b", "value": ..., "value_base64": "?"}),
            "line 3: tags and links": self.lines({"path": "/ephemerals/b", "tags": ["a\nb"]}),
            "line 3: the path contains a NUL": self.lines({"path": "/ephemerals/b\0c"}),
            "line 3: tags and links must be": self.lines({"path": "/ephemerals/b", "links": ["/a\0b"]}),
            "line 3: id is too long": self.lines({"path": "/ephemerals/b", "id": "x" * 37}),
            "line 3: 7 objects are declared, but 1 was found": self.lines(last={"objects": 7, "revision": 2}),
            "line 3: revision is lower": self.lines(last={"objects": 1, "revision": 1}),
            "line 3: revision is too large": self.lines(last={"objects": 1, "revision": (1 << 63) - 1}),
            "line 4: the file is truncated": self.lines({"path": "/ephemerals/b"}, last=False),
            "line 3: another line follows": self.lines() + "{}\n",
        }
        self.assert_none_is_imported(wrong)

    def test_objects_that_requests_cannot_make_are_reported_and_nothing_is_imported(self):
        host = {"kind": "host", "path": "/hosts/web1", "value": "up"}
        service = {"kind": "service", "path": "/services/http/web1", "value": "up"}
        tag = {"kind": "tag", "path": "/tags/t", "value": None}
        application = {"kind": "application", "path": "/applications/shop", "value": "db\n"}
        configuration = {"kind": "configuration", "path": "/configurations/db", "value": "yaml\0port: 1"}
        # "//noah|http://127.0.0.1:9"
        watch = {"kind": "watch", "path": "/watches/Ly9ub2FofGh0dHA6Ly8xMjcuMC4wLjE6OQ==",
                 "value": '{"pattern":"//noah","endpoint":"http://127.0.0.1:9"}'}
        token = {"kind": "token", "path": "/tokens/t", "value": json.dumps({
            "rules": [], "expires_ms": 0, "secrets": [{"sha256": "0" * 64, "expires_ms": 0}]})}
        anonymous = {"kind": "token", "path": "/tokens/anonymous", "value": json.dumps({
            "rules": [{"path": "/", "allow": ["read"]}], "expires_ms": 0, "secrets": []})}
        good = self.lines(host, service, tag, configuration, application, watch, token, anonymous,
                          {"kind": "link", "path": "/objects", "value": None},  # from before that name was reserved
                          {"path": "/ephemerals/b", "tags": ["t"], "links": ["/objects"], "created_ms": -1,
                           "updated_ms": -86400000})
        cases = {
            "the control character %0A": [{**host, "path": "/hosts/a\nb"}],
            "the segment \"..\"": [{**host, "path": "/hosts/.."}],
            "the segment \".\"": [{"path": "/ephemerals/a/./b"}],
            "an empty segment": [{"path": "/ephemerals/a//b"}],
            "more than 128 segments": [{"path": "/ephemerals" + "/a" * 128}],
            "at most 255 bytes": [{**host, "path": "/hosts/" + "é" * 128}],
            "at most 1024 are allowed": [{"path": "/ephemerals" + ("/" + "a" * 200) * 6}],
            "ephemeral .*Path is reserved": [{"path": "/ephemerals/a/tag"}],
            "link .*Path is reserved": [{"kind": "link", "path": "/hosts", "value": None}],
            "host \"/hosts/web1\": Status must be up, down or pending": [{**host, "value": "weird"}],
            "host.*Status must be": [{**host, "value": "up\0"}],
            "service.*Status must be": [host, {**service, "value": ""}],
            "line 3: the object needs /hosts/web1": [service],
            "line 4: the object needs /configurations/db": [host, application],
            "line 3: the object needs /tags/t": [{**host, "tags": ["t"]}],
            "line 3: the object needs /l": [{**host, "links": ["/l"]}],
            "twice": [{**application, "value": "db\ndb\n"}, configuration],
            "can have 1000 configurations": [{**application, "value": "".join(f"{i}\n" for i in range(1001))}],
            "non-empty texts without a NUL": [{**configuration, "value": "yaml\0a\0b"}],
            "non-empty texts without": [{**configuration, "value": "yaml\0"}],
            "line 4: the object has the id of line 3": [host, {**tag, "id": self.id_of(1)}],
            "line 4: the object has the revision of line 3": [host, {**tag, "revision": 3}],
            "id must be a UUID": [{**host, "id": "8E7A1B3C-0000-4000-8000-000000000001"}],
            "UUID of version 4": [{**host, "id": ""}],
            "created_revision must be from 1": [{**host, "created_revision": 0, "revision": 0}],
            "created_revision must be from 1 to the object's revision, 3, not 4": [{**host, "created_revision": 4}],
            "updated_ms must be a time": [{**host, "updated_ms": (1 << 63) - 1}],
            "created_ms must be a time": [{**host, "created_ms": -(1 << 63)}],
            "tags must be different": [{**host, "tags": ["t", "t"]}, tag],
            "can have 128 tags, not 129": [{**host, "tags": [f"t{i}" for i in range(129)]}],
            "can have 128 links, not 129": [{**host, "links": [f"/t{i}" for i in range(129)]}],
            "links must be different": [{**host, "links": ["/l", "/l"]}],
            "Path is reserved": [{**host, "links": ["/hosts"]}],
            "tags.*a name must not contain": [{**host, "tags": ["a/b"]}],
            "watch .*cannot have tags or links": [{**watch, "tags": ["t"]}, tag],
            "its name is not the base64": [{**watch, "path": "/watches/Ly9ub2Fo"}],
            "when.*written": [{**watch,
                               "value": '{"pattern":"//noah","endpoint":"http://127.0.0.1:9","when":"never"}'}],
            "key \"colour\"": [{**watch,
                                "value": '{"pattern":"//noah","endpoint":"http://127.0.0.1:9","colour":"red"}'}],
            "token \"/tokens/t\": a token must have a secret": [{**token,
                                                                 "value": '{"rules":[],"expires_ms":0,"secrets":[]}'}],
            "node": [{**token, "value": token["value"].replace('"rules"', '"node": "a/b", "rules"')}],
        }
        self.assert_none_is_imported({f"line [34]: .*{says}" if "line" not in says else says: self.lines(*changes)
                                      for says, changes in cases.items()})
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(good)
        imported = self.noahd("three").start()
        self.run_fine(imported, "import", self.file)
        self.assertEqual("1969-12-31 00:00:00 UTC",
                         imported.get("/objects?pattern=//noah/ephemerals/b").json()[0]["updated_at"])
        first = self.export(imported)
        self.assert_survives(imported, self.noahd("four").start())
        self.assertEqual(first, self.export(self.noahd("four")))

    def assert_none_is_imported(self, wrong):
        """Each text is refused with its words, by a running noahd and by the command, which then accept a valid one."""
        running, idle = self.noahd().start(), self.noahd("two")
        for says, text in wrong.items():
            with self.subTest(says):
                with open(self.file, "w", encoding="utf-8") as file:
                    file.write(text)
                for noahd in (running, idle):
                    self.assert_fails(78, says, noahd, "import", self.file)
        self.assertEqual(404, running.get("/ephemerals/a").status)
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(self.lines({"path": "/ephemerals/b"}))
        for noahd in (running, idle):
            self.run_fine(noahd, "import", self.file)
        self.assertEqual(b"1", running.get("/ephemerals/b").body)

    def test_a_killed_import_has_no_effect(self):
        noahd, imported = self.noahd().start(), self.noahd("two")
        self.fill(noahd)
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(self.export(noahd))
        disk = Fault(self.folder)
        imported.environment = disk.environment()
        imported.start()
        disk.order("sync 1 kill", imported.state)
        self.assertNotEqual(0, imported.run("import", self.file).returncode)
        imported.wait_for_exit()
        disk.heal()
        imported.start()
        if imported.get("/health").headers["noah-revision"] == "0":
            self.run_fine(imported, "import", self.file)
        self.assertEqual(self.seen(noahd), self.seen(imported))

    def test_the_memory_engine_cannot_be_copied(self):
        noahd = self.noahd("one", "store.engine=memory").start()
        for words in (("backup", self.file), ("export",), ("import", program("noahd"))):
            self.assert_fails(78, "store.engine memory has nothing", noahd, *words)
        noahd.stop()
        for words in (("backup", self.file), ("export",)):
            self.assert_fails(78, "store.engine memory has nothing", noahd, *words)


if __name__ == "__main__":
    unittest.main()
