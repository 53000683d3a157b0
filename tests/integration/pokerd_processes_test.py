"""pokerd's two processes: what the listener lacks, which process survives which, and what a reload changes."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
import os
import pwd
import re
import signal
import socket
import ssl
import subprocess
import time
import unittest
import warnings

from pokerd_case import PokerdCase, is_alive, listener_of
from support import raw_http
from support.daemon import BUILD, UNPRIVILEGED_USER, pokerd_rule, program, wait_until
from support.stolen import stolen_socket

SANITIZED = "san" in os.path.basename(os.path.abspath(BUILD))
AS_ROOT = unittest.skipIf(os.geteuid(), "privileges can only be dropped by root")


def status_of(pid):
    """/proc/PID/status by name."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return {name: value.split() for name, _, value in (line.partition(":") for line in file)}


def descriptors(pid):
    """What each descriptor of a process is open on."""
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            pass  # closed meanwhile
    return found


SHADOW_BYTES = 1 << 28  # AddressSanitizer maps terabytes of shadow memory


def read_memory(memory, begin, end):
    """The readable part of it."""
    if end - begin > SHADOW_BYTES:
        return b""
    try:
        memory.seek(begin)
        return memory.read(end - begin)
    except OSError:
        return b""


def memory_holds(pid, needles):
    """Which of them are anywhere in the memory of a process."""
    found = set()
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            begin, end, access, name = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", line).groups()
            if "r" not in access or name in ("[vvar]", "[vsyscall]"):
                continue
            content = read_memory(memory, int(begin, 16), int(end, 16))
            found |= {needle for needle in needles if needle in content}
    return found


class Listener(PokerdCase):
    def listener(self):
        return wait_until(lambda: listener_of(self.pokerd.pid), 10, "there is a listener")

    def secrets(self):
        """What the listener must not know: the secret of v1, as text and as bytes."""
        text = self.own.text().removeprefix("whsec_")
        return {text.encode(), base64.b64decode(text)}

    @AS_ROOT
    def test_the_listener_is_an_unprivileged_user_without_privileges(self):
        self.start()
        status = status_of(self.listener())
        user = pwd.getpwnam(UNPRIVILEGED_USER)
        self.assertEqual(status["Uid"], [str(user.pw_uid)] * 4)
        self.assertEqual(status["Gid"], [str(user.pw_gid)] * 4)
        self.assertEqual((status["Groups"], status["NoNewPrivs"]), ([], ["1"]))
        for capabilities in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[capabilities][0], 16), 0)
        with open(f"/proc/{self.listener()}/limits", encoding="ascii") as limits:
            text = limits.read()
        for limit in (r"Max core file size +0 +0 ", r"Max processes +0 +0 ", r"Max open files +(\d{2,3}) +\1 "):
            self.assertRegex(text, limit)
        if not SANITIZED:
            self.assertRegex(text, r"Max address space +(\d{7,9}) +\1 ")
            self.assertEqual(status["Seccomp"], ["2"])
        self.assertEqual(status_of(self.pokerd.pid)["Uid"], ["0"] * 4)

    @AS_ROOT
    def test_the_listener_never_has_a_signing_key(self):
        self.start()
        self.assert_answer(self.poke("e-1", self.own), 202, "queued")
        self.assertTrue(memory_holds(self.pokerd.pid, self.secrets()), "the search finds what is there")
        first = self.listener()
        self.assertEqual(memory_holds(first, self.secrets()), set(), "the first one")
        os.kill(first, signal.SIGKILL)
        self.assert_answer(self.poke("e-2", self.own), 202, "queued")
        second = self.listener()
        self.assertEqual(memory_holds(self.listener(), self.secrets()), set(), "the one after its death")
        self.pokerd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.listener() != second, 10, "the one before has ended")
        self.assert_answer(self.poke("e-3", self.own), 202, "queued")
        self.assertEqual(memory_holds(self.listener(), self.secrets()), set(), "the one after a reload")

    @AS_ROOT
    def test_the_supervisor_of_a_run_has_wiped_the_keys(self):
        self.start()
        self.gate.shut()
        self.assert_answer(self.poke("e-1", self.own), 202, "queued")
        self.gate.wait_for_runs(1)
        supervisor = json.loads(self.pokerd.run("status", "--json").stdout)["run"]["supervisor"]
        self.assertEqual(memory_holds(supervisor, self.secrets()), set())

    def test_no_core_file_can_contain_a_key(self):
        self.start()
        with open(f"/proc/{self.pokerd.pid}/limits", encoding="ascii") as limits:
            self.assertRegex(limits.read(), r"Max core file size +0 ")

    @AS_ROOT
    def test_the_listener_has_no_descriptors_but_its_sockets(self):
        self.start()
        for _ in range(2):
            listener = self.listener()
            wait_until(lambda: sum(name.startswith("socket:") for name in descriptors(listener)) == 2, 10,
                       "its two sockets are all it has")
            files = [name for name in descriptors(listener) if name.startswith("/") and name != "/dev/null"]
            self.assertEqual(files, [])
            os.kill(listener, signal.SIGKILL)
            self.request("GET", "/health")

    def test_a_listener_that_was_stopped_goes_on(self):
        self.start()
        listener = self.listener()
        os.kill(listener, signal.SIGSTOP)
        os.kill(listener, signal.SIGCONT)
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.assertEqual(self.listener(), listener)

    def health(self):
        return json.loads(self.pokerd.run("status", "--json").stdout)["health"]

    def test_a_stopped_listener_is_noticed(self):
        self.start()
        listener = self.listener()
        os.kill(listener, signal.SIGSTOP)
        wait_until(lambda: self.health() == "the listener does not answer", 20, "it is noticed")
        self.pokerd.wait_for_log(r"the listener \(pid \d+\) does not answer")
        os.kill(listener, signal.SIGCONT)
        wait_until(lambda: self.health() == "ready", 10, "it answers again")
        self.assertEqual(self.listener(), listener)

    def test_another_listener_takes_over_when_one_dies(self):
        self.start()
        first = self.listener()
        os.kill(first, signal.SIGKILL)
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.assertNotEqual(self.listener(), first)
        self.pokerd.wait_for_log(r"the listener \(pid \d+\) was killed by signal 9")
        self.assertIn("died 1 time\n", self.pokerd.run("status").stdout)

    @AS_ROOT
    def test_sockets_that_a_dying_listener_has_shut_down_listen_again(self):
        self.start()
        first = self.listener()
        with stolen_socket(first, lambda found: found.family == socket.AF_INET) as listening:
            listening.shutdown(socket.SHUT_RDWR)
        self.assertFalse(self.pokerd.accepts())
        os.kill(first, signal.SIGKILL)
        wait_until(self.pokerd.accepts, 10, "its successor listens")
        self.assert_answer(self.poke("e-1"), 202, "queued")

    def test_the_listener_ends_when_the_runner_is_killed(self):
        self.start()
        listener = self.listener()
        with self.connect():
            self.pokerd.kill()
            wait_until(lambda: not is_alive(listener), 5, "the listener has ended")

    def test_the_listener_ignores_the_signals_for_the_runner(self):
        self.start()
        listener = self.listener()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(listener, number)
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.assertEqual(self.listener(), listener)


class Reload(PokerdCase):
    def reload(self):
        already = self.pokerd.log_text().count("settings reloaded")
        self.pokerd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.pokerd.log_text().count("settings reloaded") > already, 10, "settings are reloaded")

    def configure(self, old, new):
        with open(self.pokerd.configuration, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        with open(self.pokerd.configuration, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def test_an_invalid_file_changes_nothing_and_every_error_is_logged(self):
        self.start()
        self.configure('path = "/"', 'path = "/%"; patterns = ( "x" ); flavour = 1')
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log("settings not reloaded")
        self.assertIn("duplicate", self.pokerd.log_text())
        self.configure('patterns = ( "x" ); flavour = 1', "flavour = 1")
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log("flavour(?s:.)*settings not reloaded")
        self.assertIn("rules[0].path", self.pokerd.log_text())
        self.assert_answer(self.poke("e-1"), 202, "queued")

    def test_an_invalid_key_file_keeps_the_old_keys(self):
        self.start()
        with open(os.path.join(self.folder, "noah.keys"), "w", encoding="ascii") as file:
            file.write("whpk_nonsense\n")
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log(r"keys\[0\].file: .*noah.keys:1(?s:.)*settings not reloaded")
        self.assert_answer(self.poke("e-1"), 202, "queued")

    def test_new_rules_apply_and_no_run_begins(self):
        self.start("runs.quiet_seconds=0.2", "runs.quiet_max_seconds=0.2")
        self.configure('path = "/"', 'path = "/chef"')
        self.reload()
        wait_until(lambda: self.poke("e-1").status == 404, 10, "the old path is gone")
        self.assertEqual(self.gate.executed(), [])
        self.assert_answer(self.poke("e-1", target="/chef"), 202, "queued")
        self.gate.wait_for_runs(1)

    def test_pending_pokes_stay_pending_by_the_new_rules(self):
        self.start("runs.quiet_seconds=0.5", "runs.quiet_max_seconds=0.5",
                   rules=[pokerd_rule(self.gate.command, patterns=["//noah/hosts", "//noah/services"])])
        self.poke("e-1", location="/hosts/h")
        self.poke("e-2", location="/services/s")
        self.configure('"//noah/hosts", "//noah/services"', '"//noah/services"')
        self.reload()
        self.gate.wait_for_runs(1)
        self.assertEqual(self.gate.executed(), ["e-2"])
        self.assert_answer(self.poke("e-1", location="/hosts/h"), 200, "ignored")

    def test_reloads_do_not_delay_a_run(self):
        self.start("runs.quiet_seconds=1", "runs.quiet_max_seconds=1")
        self.poke("e-1")

        def executed_after_a_reload():
            self.reload()
            return self.gate.executed()
        wait_until(executed_after_a_reload, 10, "the run has begun")

    def test_a_run_in_progress_is_not_disturbed(self):
        self.start()
        self.gate.shut()
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        self.poke("e-2")
        self.reload()
        self.assertEqual(self.gate.executed(), ["e-1"])
        self.gate.open()
        self.assertEqual([record["result"] for record in self.wait_for_history(2)], ["success"] * 2)
        self.assertEqual(self.gate.executed(), ["e-1", "e-2"])

    def certificate_seen(self):
        context = self.tls()
        with socket.create_connection(("127.0.0.1", self.pokerd.port), 10) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as tls:
            return tls.getpeercert(True)

    def test_a_new_certificate_is_used_and_old_connections_are_answered(self):
        self.start()
        with self.connect() as before:
            before.request("GET", "/health")
            old = self.certificate_seen()
            renewed = self.authority.issue("renewed")
            os.replace(renewed.certificate, self.certificate.certificate)
            os.replace(renewed.key, self.certificate.key)
            body = self.body("e-1")
            data = raw_http.format_request(before.host, "POST", "/", body, self.fleet.headers("id", body))
            before.send(data[:-10])
            self.reload()
            wait_until(lambda: self.certificate_seen() != old, 10, "the new certificate is shown")
            before.send(data[-10:])
            self.assert_answer(before.receive(), 202, "queued")
            self.assertTrue(before.is_closed())

    def keep_certificate(self):
        """All tests share the certificate: it is restored."""
        with open(self.certificate.certificate, encoding="ascii") as file:
            good = file.read()
        self.addCleanup(self.write_certificate, good)

    def write_certificate(self, text):
        with open(self.certificate.certificate, "w", encoding="ascii") as file:
            file.write(text)

    def test_a_certificate_that_cannot_be_read_changes_nothing(self):
        self.start()
        old = self.certificate_seen()
        self.keep_certificate()
        self.write_certificate("-----BEGIN NONSENSE-----\n")
        self.configure('path = "/"', 'path = "/chef"')
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log("tls.certificate: (?s:.)*settings not reloaded")
        self.assertEqual(self.certificate_seen(), old)
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.assert_answer(self.poke("e-2", target="/chef"), 404)

    def test_a_second_reload_overtakes_the_first(self):
        self.start()
        for path in ("/one", "/two"):
            with open(self.pokerd.configuration, encoding="utf-8") as file:
                text = file.read()
            self.configure(re.search('path = "[^"]*"', text)[0], f'path = "{path}"')
            self.pokerd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.poke("e-1", target="/two").status in (200, 202), 10, "the newest rules hold")
        self.assert_answer(self.poke("e-2", target="/one"), 404)

    def test_without_a_listener_status_is_not_ready(self):
        self.start()
        self.keep_certificate()
        self.write_certificate("-----BEGIN NONSENSE-----\n")
        self.assertEqual(json.loads(self.pokerd.run("status", "--json").stdout)["health"], "ready")
        os.kill(listener_of(self.pokerd.pid), signal.SIGKILL)
        self.pokerd.wait_for_log("was killed by signal 9")
        self.assertEqual(json.loads(self.pokerd.run("status", "--json").stdout)["health"], "no listener accepts connections")


class Removed(PokerdCase):
    def test_without_its_state_directory_it_accepts_nothing_and_says_so(self):
        self.start()
        os.rename(self.pokerd.state, f"{self.pokerd.state}.away")
        answer = self.request("GET", "/health")
        self.assert_answer(answer, 503, message="the journal has been removed")
        self.assert_answer(self.poke("e-1"), 503)
        self.pokerd.wait_for_log(r"poke id_e-1 refused for now: .*journal")
        self.assertEqual("the journal cannot be written", json.loads(self.pokerd.run("status", "--json").stdout)["health"])
        os.rename(f"{self.pokerd.state}.away", self.pokerd.state)
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.assertEqual(200, self.request("GET", "/health").status)
        self.gate.wait_for_runs(1)

    def test_a_journal_that_was_removed_is_written_anew(self):
        self.start()
        self.assert_answer(self.poke("e-1"), 202, "queued")
        wait_until(lambda: self.poke("e-1").json()["state"] == "done", 10, "its end is in the journal")
        os.unlink(os.path.join(self.pokerd.state, "journal"))
        self.assertEqual(503, self.request("GET", "/health").status)
        self.assert_answer(self.poke("e-2"), 202, "queued")
        self.assertEqual(200, self.request("GET", "/health").status)
        self.wait_for_history(2)
        self.pokerd.restart()
        self.assert_answer(self.poke("e-1"), 200, "done")


class StartAndStop(PokerdCase):
    def test_a_stop_answers_open_requests_and_takes_at_most_five_seconds(self):
        self.start()
        body = self.body("e-1")
        with self.connect() as busy, self.connect() as silent, self.connect() as idle:
            idle.request("GET", "/health")
            data = raw_http.format_request(busy.host, "POST", "/", body, self.fleet.headers("id", body))
            busy.send(data[:-1])
            silent.send(data[:100])
            wait_until(lambda: self.request("GET", "/health").status == 200, 5, "the others were read")
            self.pokerd.process.terminate()
            self.pokerd.wait_for_log("stopping")
            busy.send(data[-1:])
            self.assertIn(busy.receive().status, (202, 503))
            began = time.monotonic()
            self.assertEqual(self.pokerd.wait_for_exit(), 0)
            self.assertLess(time.monotonic() - began, 5)

    def test_a_poke_during_a_stop_is_refused_and_runs_nothing(self):
        self.start()
        with self.connect() as idle, self.connect() as busy:
            idle.request("GET", "/health")
            busy.send(b"POST / HTTP/1.1\r\n")  # so that the listener does not end
            wait_until(lambda: self.request("GET", "/health").status == 200, 5, "the other was read")
            self.pokerd.process.terminate()
            self.pokerd.wait_for_log("stopping")
            body = self.body("e-1")
            answer = idle.request("POST", "/", body, self.fleet.headers("id", body))
            self.assert_answer(answer, 503, message="stopping")
            self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
            self.assertEqual(idle.request("GET", "/health").status, 503)
        self.assertEqual(self.pokerd.wait_for_exit(), 0)
        self.assertEqual(self.pokerd.start().history(), [])

    def test_no_process_is_left_after_a_stop(self):
        self.start()
        listener = listener_of(self.pokerd.pid)
        self.pokerd.stop()
        self.assertFalse(os.path.exists(f"/proc/{listener}"))
        self.assertFalse(self.pokerd.accepts())

    def test_a_second_pokerd_on_the_same_state_does_not_start(self):
        self.start()
        done = self.pokerd.run("-o", "listen=127.0.0.1:0")
        self.assertEqual(done.returncode, 75)
        self.assertIn("lock", done.stderr)
        self.assert_answer(self.poke("e-1"), 202, "queued")

    def test_a_port_in_use_is_reported(self):
        self.start()
        done = self.pokerd.run("-o", f"state_directory={self.folder}/other", "-o", f"control_socket={self.folder}/other.control")
        self.assertEqual(done.returncode, 75)
        self.assertIn(f"127.0.0.1:{self.pokerd.port}", done.stderr)

    def test_a_control_socket_in_use_is_not_replaced(self):
        self.start()
        done = self.pokerd.run("-o", "listen=127.0.0.1:0", "-o", f"state_directory={self.folder}/other")
        self.assertEqual(done.returncode, 75)
        self.assertIn("another pokerd answers", done.stderr)
        self.assertEqual(self.pokerd.run("status").returncode, 0)

    def test_inherited_sockets_replace_the_setting(self):
        self.make()
        with socket.create_server(("127.0.0.1", 0)) as inherited:
            port = inherited.getsockname()[1]
            command = [program("pokerd"), *self.pokerd.arguments()]
            script = 'import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ["LISTEN_FDS"] = "1"; ' \
                     'os.environ["LISTEN_PID"] = str(os.getpid()); os.execv(sys.argv[2], sys.argv[2:])'
            process = subprocess.Popen(["python3", "-c", script, str(inherited.fileno()), *command],
                                       pass_fds=[inherited.fileno(), 3], stderr=subprocess.PIPE, text=True)
        try:
            lines = iter(process.stderr.readline, "")
            ready = next(line for line in lines if "ready on" in line)
            self.assertIn(f"https://127.0.0.1:{port}", ready)
            self.pokerd.port = port
            self.assert_answer(self.poke("e-1"), 202, "queued")
        finally:
            process.terminate()
            self.assertEqual(process.wait(10), 0)
            process.stderr.close()

    def test_plain_http_serves_loopback(self):
        self.start("tls.certificate=", "tls.key=")
        self.assertTrue(self.pokerd.url.startswith("http://"))
        self.assertEqual(raw_http.request(self.pokerd.port, "GET", "/health").status, 200)


class Tls(PokerdCase):
    def test_tls_versions_before_1_2_are_refused(self):
        self.start()
        context = self.tls()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            raw_http.Connection(self.pokerd.port, tls=context).request("GET", "/health")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.tls()
            context.minimum_version = context.maximum_version = version
            self.assertEqual(raw_http.request(self.pokerd.port, "GET", "/health", tls=context).status, 200)

    def test_a_client_certificate_is_required(self):
        self.start(f"tls.client_ca={self.authority.certificate}")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.request("GET", "/health")
        client = self.authority.issue("client", ["client.example.org"])
        context = self.tls()
        context.load_cert_chain(client.certificate, client.key)
        self.assertEqual(raw_http.request(self.pokerd.port, "GET", "/health", tls=context).status, 200)


class Limits(PokerdCase):
    def test_one_address_has_at_most_eight_connections(self):
        self.start()
        open_ones = []
        try:
            for _ in range(8):
                open_ones.append(self.connect())
                self.assertEqual(open_ones[-1].request("GET", "/health").status, 200)
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.connect()
        finally:
            for connection in open_ones:
                connection.close()
        wait_until(self._is_served, 10, "there is room again")

    def _is_served(self):
        try:
            return self.request("GET", "/health").status == 200
        except (ssl.SSLError, ConnectionError):
            return False

    def test_a_slow_request_ends_after_ten_seconds(self):
        self.start()
        with self.connect() as connection:
            began = time.monotonic()
            connection.send(b"POST / HTTP/1.1\r\nHost: x\r\n")
            try:
                while time.monotonic() - began < 20:
                    connection.send(b"A: b\r\n")
                    time.sleep(0.2)
                self.fail("the slow request goes on")
            except (ssl.SSLError, ConnectionError):
                pass
        self.assertGreater(time.monotonic() - began, 9)
        self.assertLess(time.monotonic() - began, 13)
