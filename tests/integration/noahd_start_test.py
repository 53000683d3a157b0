"""noahd's start and stop: settings, state directory, ports, signals, and exit statuses."""
# SPDX-License-Identifier: Apache-2.0

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from support.daemon import Noahd, program, run_command, wait_until

NOBODY = 65534

FIVE_MISTAKES = """\
listen = "127.0.0.1:5678";
open = 3;
colour = "red";
ephemeral_bytes_max = 0;
delivery: { retry_seconds = ( 5, "soon" ); };
"""


class StartTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def noahd(self, *settings, **options):
        daemon = Noahd(self.folder, *settings, **options)
        self.addCleanup(daemon.kill)
        return daemon

    def run_noahd(self, *arguments):
        """What noahd prints, and its exit status, when it cannot start."""
        return run_command("noahd", "-o", "listen=127.0.0.1:0", "-o", f"state_directory={self.folder}/noah", *arguments)

    def test_all_errors_are_reported_with_their_lines(self):
        path = os.path.join(self.folder, "wrong.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(FIVE_MISTAKES)
        for words in (["--check-config"], []):
            done = run_command("noahd", "-c", path, *words)
            self.assertEqual(78, done.returncode)
            for line, name in enumerate(("listen", "open", "colour", "ephemeral_bytes_max", "delivery.retry_seconds"),
                                        1):
                self.assertRegex(done.stderr, rf"wrong\.conf:{line}: .*{name}")

    def test_a_named_file_must_exist(self):
        done = run_command("noahd", "-c", os.path.join(self.folder, "none.conf"))
        self.assertEqual(78, done.returncode)
        self.assertIn("none.conf", done.stderr)

    def test_usage_is_printed(self):
        for words in (["--colour"], ["dance"], ["-o"]):
            with self.subTest(words):
                self.assertEqual(64, run_command("noahd", *words).returncode)
        for word in ("backup", "export", "import", "verify"):
            done = run_command("noahd", word, "")
            self.assertEqual((64, f"noahd: the file name for \"{word}\" is empty\nTry 'noahd --help'.\n"),
                             (done.returncode, done.stderr))
        self.assertEqual(0, run_command("noahd", "--help").returncode)
        self.assertRegex(run_command("noahd", "--version").stdout, r"^noahd \d")

    def test_the_example_file_is_valid(self):
        path = os.path.join(self.folder, "example.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(run_command("noahd", "--example-config").stdout)
        done = run_command("noahd", "-c", path, "--check-config")
        self.assertEqual((0, ""), (done.returncode, done.stderr))

    def test_listening_beyond_loopback_must_be_explicit(self):
        done = run_command("noahd", "-o", "listen=0.0.0.0:0", "-o", f"state_directory={self.folder}/noah")
        self.assertEqual(78, done.returncode)
        self.assertIn("open = true", done.stderr)

    def test_a_port_in_use_is_reported(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = run_command("noahd", "-o", f"listen={address}", "-o", f"state_directory={self.folder}/noah")
        self.assertEqual(75, done.returncode)
        self.assertIn(address, done.stderr)

    def test_a_state_directory_has_one_noahd(self):
        self.noahd().start()
        done = self.run_noahd()
        self.assertEqual(75, done.returncode)
        self.assertIn("locked", done.stderr)

    def test_a_state_directory_that_cannot_be_created_is_reported(self):
        done = run_command("noahd", "-o", "listen=127.0.0.1:0", "-o", f"state_directory={self.folder}/none/noah")
        self.assertIn(done.returncode, (75, 78))
        self.assertIn("none/noah", done.stderr)

    def test_a_state_directory_that_is_not_writable_is_reported(self):
        state = os.path.join(self.folder, "noah")
        os.mkdir(state, 0o500)
        binary, options = program("noahd"), {}
        if os.geteuid() == 0:  # root may write everywhere, so another user tries, with its own noahd
            os.chmod(self.folder, 0o755)
            os.chown(state, NOBODY, NOBODY)
            binary = shutil.copy(binary, self.folder)
            options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        done = subprocess.run([binary, "-o", "listen=127.0.0.1:0", "-o", f"state_directory={state}"], timeout=30,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
        self.assertEqual(75, done.returncode, done.stderr)
        self.assertIn(state, done.stderr)

    def test_a_damaged_database_is_left_unchanged(self):
        daemon = self.noahd().start()
        for i in range(50):
            daemon.put(f"/ephemerals/{i}", "x" * 500)
        daemon.stop()
        path = os.path.join(self.folder, "noah", "noah.db")
        with open(path, "r+b") as file:
            file.write(b"not a database, not at all")
        with open(path, "rb") as file:
            damaged = file.read()
        done = self.run_noahd()
        self.assertEqual(78, done.returncode)
        self.assertIn("noah.db", done.stderr)
        with open(path, "rb") as file:
            self.assertEqual(damaged, file.read())

    def test_a_truncated_database_is_reported(self):
        daemon = self.noahd().start()
        for i in range(200):
            daemon.put(f"/ephemerals/{i}", "x" * 500)
        daemon.stop()
        path = os.path.join(self.folder, "noah", "noah.db")
        os.truncate(path, os.path.getsize(path) // 2)
        self.assertEqual(78, self.run_noahd().returncode)

    def test_a_database_in_use_without_its_key_is_not_served(self):
        daemon = self.noahd().start()
        key = daemon.public_key()
        self.assertRegex(key, r"^whpk_")
        daemon.put("/ephemerals/a", "1")
        daemon.stop()
        self.assertEqual(0o600, os.stat(os.path.join(self.folder, "noah", "signing.key")).st_mode & 0o777)
        os.remove(os.path.join(self.folder, "noah", "signing.key"))
        done = self.run_noahd()
        self.assertEqual(78, done.returncode)
        self.assertIn("signing.key", done.stderr)
        self.assertNotEqual(key, daemon.public_key())
        daemon.start()

    def test_a_signing_key_that_others_can_read_is_refused(self):
        daemon = self.noahd()
        daemon.public_key()
        os.chmod(os.path.join(self.folder, "noah", "signing.key"), 0o644)
        done = self.run_noahd()
        self.assertEqual(78, done.returncode)
        self.assertIn("signing.key", done.stderr)

    def test_an_invalid_file_at_reload_changes_nothing(self):
        daemon = self.noahd().start()
        with open(daemon.configuration, "w", encoding="utf-8") as file:
            file.write('log_level = "loud";\nopen = 7;\n')
        os.kill(daemon.pid, signal.SIGHUP)
        daemon.wait_for_log(r"noahd\.conf:1: .*log_level")
        daemon.wait_for_log(r"noahd\.conf:2: .*open")
        daemon.wait_for_log("settings not reloaded: the previous ones stay in effect")
        self.assertEqual(200, daemon.get("/health").status)
        with open(daemon.configuration, "w", encoding="utf-8") as file:
            file.write('log_level = "debug";\nevents_kept = 7;\nopen = true;\n')
        os.kill(daemon.pid, signal.SIGHUP)
        daemon.wait_for_log("settings reloaded; log_level: in effect now; "
                            "open, events_kept: in effect from the next start")
        with open(daemon.configuration, "w", encoding="utf-8") as file:
            file.write('log_level = "info";\nevents_kept = 7;\nopen = true;\n')
        os.kill(daemon.pid, signal.SIGHUP)  # against the reading before, not the start
        daemon.wait_for_log("settings reloaded; log_level: in effect now\n")

    def test_debug_adds_a_line_for_each_read(self):
        daemon = self.noahd("log_level=debug").start()
        daemon.get("/hosts/web1")
        daemon.wait_for_log(
            r'debug \S+ noahd: request status=404 revision=0 method=GET peer=127\.0\.0\.1:\d+ .*path="/hosts/web1"')

    def test_it_listens_on_several_addresses(self):
        process = subprocess.Popen([program("noahd"), "-o", "listen=127.0.0.1:0,127.0.0.2:0", "-o",
                                    f"state_directory={self.folder}/noah"], stderr=subprocess.PIPE, text=True)
        try:
            hosts = []
            while len(hosts) < 2:
                line = process.stderr.readline()
                self.assertTrue(line)
                if "ready on" in line:
                    hosts.append(line.rpartition("://")[2].partition(":")[0])
            self.assertEqual(["127.0.0.1", "127.0.0.2"], hosts)
        finally:
            process.terminate()
            self.assertEqual(0, process.wait(10))
            process.stderr.close()

    def test_closed_standard_descriptors_do_not_become_our_files(self):
        database = os.path.join(self.folder, "noah", "noah.db")
        process = subprocess.Popen(["/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', program("noahd"), "-o",
                                    "listen=127.0.0.1:0", "-o", f"state_directory={self.folder}/noah"])
        try:
            wait_until(lambda: os.path.exists(database), 10, "the database")
            for fd in range(3):
                self.assertEqual("/dev/null", os.readlink(f"/proc/{process.pid}/fd/{fd}"))
        finally:
            process.terminate()
            self.assertEqual(0, process.wait(10))

    def test_a_client_that_sends_nothing_does_not_keep_it_from_stopping(self):
        daemon = self.noahd().start()
        with socket.create_connection(("127.0.0.1", daemon.port)) as idle:
            idle.send(b"GET /health HTTP/1.1\r\nHo")
            daemon.stop(seconds=8)

    def test_the_service_manager_is_notified(self):
        path = os.path.join(self.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(10)
            daemon = self.noahd(environment={**os.environ, "NOTIFY_SOCKET": path}).start()
            told = manager.recv(1000).decode()
            self.assertIn("READY=1\n", told)
            self.assertIn(f"http://127.0.0.1:{daemon.port}", told)
            daemon.stop()
            self.assertEqual("STOPPING=1", manager.recv(1000).decode())


if __name__ == "__main__":
    unittest.main()
