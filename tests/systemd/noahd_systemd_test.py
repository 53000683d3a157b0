"""noahd's units in a booted systemd."""
# SPDX-License-Identifier: Apache-2.0

import os
import shutil
import ssl
import tempfile
import threading
import unittest

from support import raw_http
from support.certificates import Authority
from support.daemon import wait_until
from systemd_case import SystemdCase

PORT = 5678


class NoahdUnitsTest(SystemdCase):
    def tearDown(self):
        self.systemctl("stop", "noahd.socket", "noahd.service")
        for path in ("/var/lib/noah", "/etc/noah"):
            shutil.rmtree(self.machine.path(path), ignore_errors=True)

    def is_well(self):
        return raw_http.request(PORT, "GET", "/health").status == 200

    def test_it_serves_as_a_user_of_its_own_and_keeps_what_was_written(self):
        self.systemctl("start", "noahd")
        self.assertTrue(self.is_well())
        self.assertEqual(200, raw_http.request(PORT, "PUT", "/hosts/web1", '{"status":"up"}').status)
        with open(f"/proc/{self.machine.pid_here(self.main_pid('noahd'))}/status", encoding="ascii") as status:
            lines = dict(line.split(":", 1) for line in status)
        user = os.stat(self.machine.path("/var/lib/noah")).st_uid
        self.assertNotEqual(0, user)
        self.assertEqual([str(user)] * 4, lines["Uid"].split())
        self.assertEqual(0, int(lines["CapBnd"], 16))
        self.assertEqual(0o700, os.stat(self.machine.path("/var/lib/noah")).st_mode & 0o777)
        self.systemctl("restart", "noahd")
        self.assertEqual(200, raw_http.request(PORT, "GET", "/hosts/web1").status)
        self.assertEqual(f"ready on http://127.0.0.1:{PORT}", self.machine.show("noahd", "StatusText"))

    def test_root_gives_it_commands_while_it_runs(self):
        self.systemctl("start", "noahd")
        self.assertIn("noah_", self.machine.run("noahd", "token", "reader", "--rule", "/hosts=read").stdout)
        self.machine.run("noahd", "backup", "/root/noah.db")
        self.assertEqual((0, 0), os.stat(self.machine.path("/root/noah.db"))[4:6])

    def test_root_may_make_the_first_token_before_it_is_started_with_a_key_that_only_it_can_read(self):
        with tempfile.TemporaryDirectory(prefix="noah-test-") as folder:
            authority = Authority(folder)
            issued = authority.issue("noah")
            for name, path in (("noah.crt", issued.certificate), ("noah.key", issued.key)):
                with open(path, encoding="ascii") as file:
                    self.machine.write(f"/etc/noah/{name}", file.read(), 0o600 if name == "noah.key" else 0o644)
            tls = ssl.create_default_context(cafile=authority.certificate)
        self.machine.run("chown", "_noahd", "/etc/noah/noah.key")
        self.machine.write("/etc/noah/noahd.conf", f'listen = ( "0.0.0.0:{PORT}" );\n'
                           'tls: { certificate = "/etc/noah/noah.crt"; key = "/etc/noah/noah.key"; };\n')
        self.machine.run("noahd", "--check-config")
        token = self.machine.run("noahd", "token", "operator", "--rule", "/=read,write").stdout.strip()
        self.assertEqual(0, os.stat(self.machine.path("/var/lib/noah/noah.db")).st_uid)
        self.systemctl("start", "noahd")
        self.assertNotEqual(0, os.stat(self.machine.path("/var/lib/noah/noah.db")).st_uid)
        with raw_http.Connection(PORT, tls=tls) as connection:
            headers = {"Authorization": f"Bearer {token}"}
            self.assertEqual(200, connection.request("GET", "/objects", headers=headers).status)

    def test_the_first_connection_to_its_socket_starts_it(self):
        self.systemctl("start", "noahd.socket")
        self.assertEqual("inactive", self.machine.show("noahd", "ActiveState"))
        self.assertTrue(self.is_well())
        self.assertEqual("active", self.machine.show("noahd", "ActiveState"))

    def test_with_the_socket_no_client_is_refused_during_a_restart(self):
        self.systemctl("start", "noahd.socket", "noahd")
        over, answers = threading.Event(), []

        def ask():
            while not over.is_set():
                try:
                    answers.append(raw_http.request(PORT, "GET", "/health").status)
                except ConnectionRefusedError:
                    raise
                except ConnectionError:  # it was accepted in the last moment
                    pass
        client = threading.Thread(target=self.in_a_thread, args=(ask, answers))
        client.start()
        try:
            for _ in range(3):
                before = len(answers)
                self.systemctl("restart", "noahd")
                wait_until(lambda before=before: len(answers) > before + 1 or not client.is_alive(), 20,
                           "answers after the restart")
        finally:
            over.set()
            client.join()
        self.assertLessEqual(set(answers), {200, 503})
        self.assertIn(200, answers)

    @staticmethod
    def in_a_thread(work, answers):
        """Its exception is an answer, too."""
        try:
            work()
        except Exception as reason:  # pylint: disable=broad-exception-caught
            answers.append(repr(reason))

    def test_a_socket_that_others_can_reach_needs_tokens(self):
        self.adjust("noahd.socket", "ListenStream=", f"ListenStream=0.0.0.0:{PORT}")
        self.systemctl("start", "noahd.socket")
        self.machine.run("systemctl", "start", "noahd", check=False)
        self.wait_for_journal("noahd", f'"0.0.0.0:{PORT}" is reachable from other machines')

    def test_reload_reads_the_settings_again(self):
        self.machine.write("/etc/noah/noahd.conf", 'log_level = "info";\n')
        self.systemctl("start", "noahd")
        self.machine.write("/etc/noah/noahd.conf", 'log_level = "debug";\n')
        self.systemctl("reload", "noahd")
        self.wait_for_journal("noahd", "settings reloaded; log_level: in effect now")

    def test_settings_with_mistakes_keep_it_down_until_they_are_mended(self):
        self.machine.write("/etc/noah/noahd.conf", "colour = 1;\n")
        self.assertNotEqual(0, self.machine.run("systemctl", "start", "noahd", check=False).returncode)
        wait_until(lambda: self.machine.show("noahd", "ActiveState") == "failed", 10, "it is given up")
        self.assertEqual("78", self.machine.show("noahd", "ExecMainStatus"))
        os.remove(self.machine.path("/etc/noah/noahd.conf"))
        self.systemctl("start", "noahd")
        self.assertTrue(self.is_well())

    def test_a_process_that_hangs_is_replaced(self):
        self.assert_watchdog_restarts("noahd.service", self.is_well)


if __name__ == "__main__":
    unittest.main()
