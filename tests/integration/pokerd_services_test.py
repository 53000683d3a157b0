"""pokerd as two services: pokerd --runner and pokerd --listener, which find each other at a socket."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import unittest

from pokerd_case import PokerdCase, is_alive
from support import raw_http
from support.daemon import READY, UNPRIVILEGED_USER, Pokerd, pokerd_rule, program, reserve_port, wait_until
from support.stolen import stolen_socket


class Runner(Pokerd):
    """pokerd --runner; its port is the listener's."""

    def arguments(self):
        return [*super().arguments(), *self.more]

    more = ()

    def start(self, seconds=30):
        self.more = ("--runner",)
        try:
            return super().start(seconds)
        finally:
            self.more = ()  # its commands do not take it

    def _find_ready(self, already):
        if any("ready on" in line and ".listener" in line for line in self.log[already:]):
            return {"url": None, "port": self.port}
        return None

    def accepts(self):
        return False  # it has no port


@unittest.skipIf(os.geteuid(), "two users are needed")
class Services(PokerdCase):
    def setUp(self):
        super().setUp()
        user = pwd.getpwnam(UNPRIVILEGED_USER)
        self.credentials = os.path.join(self.folder, "credentials")
        os.mkdir(self.credentials, 0o500)
        shutil.copy(self.certificate.key, os.path.join(self.credentials, "tls.key"))
        os.chmod(os.path.join(self.credentials, "tls.key"), 0o440)
        for path in (self.credentials, os.path.join(self.credentials, "tls.key")):
            os.chown(path, user.pw_uid, user.pw_gid)

    def start_runner(self, *settings):
        self.pokerd = Runner(self.folder, self.certificate, [self.fleet.public_text(), self.own.text()],
                             [pokerd_rule(self.gate.command)], *settings)
        self.addCleanup(self.pokerd.kill)
        self.pokerd.start()

    def start_listener(self, user=UNPRIVILEGED_USER, **options):
        """The process, which may not be ready yet."""
        command = [program("pokerd"), *self.pokerd.arguments(), "--listener"]
        if user:
            command = ["setpriv", "--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid), "--clear-groups", *command]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   env=os.environ | {"CREDENTIALS_DIRECTORY": self.credentials}, **options)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def start_ready(self, **options):
        process = self.start_listener(**options)
        lines = []
        while not (lines and READY.search(lines[-1])):
            lines.append(process.stderr.readline())
            self.assertTrue(lines[-1], f"the listener has ended: {lines}\n{self.pokerd.log_text()}")
        return process

    def test_pokes_pass_from_the_one_to_the_other(self):
        self.start_runner()
        listener = self.start_ready()
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.gate.wait_for_runs(1)
        self.assertEqual(listener.pid, self.status()["listener"]["pid"])

    def test_what_is_read_passes_from_the_one_to_the_other(self):
        token, port = os.path.join(self.folder, "status.token"), reserve_port()
        with open(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write("a-token\n")
        self.start_runner(f"status_token_file={token}", f"metrics_listen=127.0.0.1:{port}")
        listener = self.start_ready()
        for given, status in (("a-token", 200), ("another", 401)):
            answer = self.request("GET", "/status", headers={"Authorization": f"Bearer {given}"})
            self.assertEqual(status, answer.status)
        with raw_http.Connection(port) as connection:
            self.assertIn(b"pokerd_ready 1", connection.request("GET", "/metrics").body)
        listener.terminate()
        self.assertEqual(0, listener.wait(10))
        self.start_ready()
        with raw_http.Connection(port) as connection:
            self.assertEqual(200, connection.request("GET", "/metrics").status)

    def status(self):
        return json.loads(self.pokerd.run("status", "--json").stdout)

    def test_the_listener_may_be_there_first_and_the_runner_be_restarted(self):
        self.start_runner()
        self.pokerd.stop()
        listener = self.start_listener()
        self.assertIn("waiting: no pokerd --runner answers", listener.stderr.readline())
        self.pokerd.start()
        wait_until(lambda: self.status()["health"] == "ready", 10, "they have found each other")
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.pokerd.stop()
        self.assertEqual(0, listener.wait(10))
        self.pokerd.start()
        self.start_ready()
        self.assert_answer(self.poke("e-2"), 202, "queued")

    def test_after_the_death_of_a_listener_the_runner_waits_for_the_next(self):
        self.start_runner()
        first = self.start_ready()
        first.kill()
        self.pokerd.wait_for_log(r"the listener \(pid \d+\) has ended; waiting for the next")
        self.assertEqual("no listener accepts connections", self.status()["health"])
        self.start_ready()
        self.assert_answer(self.poke("e-1"), 202, "queued")

    def test_a_listener_that_is_terminated_answers_what_has_begun(self):
        self.start_runner()
        listener = self.start_ready()
        body = self.body("e-1")
        whole = raw_http.format_request("127.0.0.1", "POST", "/", body, self.fleet.headers("id", body))
        with self.connect() as connection:
            connection.send(whole[:-1])
            with self.connect() as other:
                self.assertEqual(200, other.request("GET", "/health").status)
            listener.terminate()
            connection.send(whole[-1:])
            self.assert_answer(connection.receive(), 202, "queued")
        self.assertEqual(0, listener.wait(10))

    def test_a_reload_ends_the_listener_so_that_the_next_one_reads_the_settings(self):
        self.start_runner()
        listener = self.start_ready()
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log("settings reloaded")
        self.assertEqual(0, listener.wait(10))
        self.start_ready()
        self.assert_answer(self.poke("e-1"), 202, "queued")

    def test_a_process_of_another_user_is_turned_away(self):
        self.start_runner()
        path = f"{self.pokerd.control}.listener"
        self.assertEqual((0o600, pwd.getpwnam(UNPRIVILEGED_USER).pw_uid),
                         (os.stat(path).st_mode & 0o777, os.stat(path).st_uid))
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
            other.settimeout(10)
            other.connect(path)
            self.assertEqual(b"", other.recv(1))
        self.pokerd.wait_for_log(r"user 0 is not our listener")
        self.assertEqual(78, self.start_listener(user=None).wait(10))

    def test_the_runner_kills_a_listener_that_it_no_longer_trusts(self):
        self.start_runner()
        listener = self.start_ready()
        os.kill(listener.pid, signal.SIGSTOP)
        with stolen_socket(listener.pid, lambda found: found.family == socket.AF_UNIX
                           and found.type == socket.SOCK_SEQPACKET) as link:
            link.send(b"nonsense")
            self.pokerd.wait_for_log("no longer trusted")
        wait_until(lambda: not is_alive(listener.pid), 10, "it is killed")

    def test_the_service_manager_hears_of_both(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(10)
            path = os.path.join(self.folder, "notify")
            manager.bind(path)
            os.chmod(path, 0o777)
            self.start_runner()
            os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"] = path, "200000"
            try:
                self.start_ready()
            finally:
                del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
            self.assertIn(b"READY=1", manager.recv(512))
            for _ in range(2):
                self.assertEqual(b"WATCHDOG=1", manager.recv(512))
        self.assert_answer(self.poke("e-1"), 202, "queued")
