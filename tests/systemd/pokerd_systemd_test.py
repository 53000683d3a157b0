"""pokerd's units in a booted systemd, and its runs as units of their own."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import os
import shutil
import signal
import ssl
import tempfile
import threading
import unittest

from support import raw_http
from support.certificates import Authority
from support.daemon import pokerd_rule, wait_until
from support.signer import Signer
from systemd_case import SystemdCase

PORT = 5679
ENDPOINT = f"https://127.0.0.1:{PORT}/"
CONFIGURATION = """\
listen = ( "127.0.0.1:{port}" );
keys: ( {{ name = "noah"; file = "/etc/noah/noah.whpk"; }} );
endpoints = ( "{endpoint}" );
rules: ( {rule} );
runs: {{ quiet_seconds = 0.0; quiet_max_seconds = 0.0; min_interval_seconds = 0.0; time_limit_seconds = {limit}; }};
"""
EXECUTED = "/root/executed"
OPEN = "/root/open"


class PokerdUnitsTest(SystemdCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fleet = Signer()
        with tempfile.TemporaryDirectory(prefix="noah-test-") as folder:
            authority = Authority(folder)
            issued = authority.issue("node")
            cls.files = {"/etc/noah/noah.whpk": f"{cls.fleet.public_text()}\n"}
            for name, path in (("pokerd.crt", issued.certificate), ("pokerd.key", issued.key)):
                with open(path, encoding="ascii") as file:
                    cls.files[f"/etc/noah/{name}"] = file.read()
            cls.tls = ssl.create_default_context(cafile=authority.certificate)

    def setUp(self):
        for path, text in self.files.items():
            self.machine.write(path, text, 0o600 if path.endswith(".key") else 0o644)
        self.configure(f"echo $POKERD_RUN_ID >>{EXECUTED}; while [ ! -e {OPEN} ]; do sleep 0.02; done")
        self.machine.write(OPEN, "")

    def tearDown(self):
        self.machine.write(OPEN, "")
        with contextlib.suppress(AssertionError):  # it may be down
            self.wait_for_runs(0)
        self.systemctl("stop", "pokerd.socket", "pokerd", "pokerd-listener")
        for path in ("/var/lib/pokerd", "/etc/noah", EXECUTED, OPEN):
            path = self.machine.path(path)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.remove(path)

    def configure(self, script, limit=3600):
        rule = pokerd_rule(("/bin/sh", "-c", script))
        text = CONFIGURATION.format(port=PORT, endpoint=ENDPOINT, rule=rule, limit=limit)
        self.machine.write("/etc/noah/pokerd.conf", text)

    def start(self):
        """Returns when pokes are accepted."""
        self.systemctl("start", "pokerd", "pokerd-listener")

    def shut(self):
        """Runs wait from now on."""
        os.remove(self.machine.path(OPEN))

    def request(self, method, target, body=None, headers=()):
        with raw_http.Connection(PORT, tls=self.tls) as connection:
            return connection.request(method, target, body, headers)

    def wait_until_well(self):
        def is_well():
            with contextlib.suppress(OSError):
                return self.request("GET", "/health").status == 200
        return wait_until(is_well, 20, "it answers")

    def poke(self, event, **more):
        body = json.dumps({"location": "/hosts/web1", "action": "update", "event": event, "endpoint": ENDPOINT,
                           **more}).encode()
        return self.request("POST", "/", body, self.fleet.headers(f"id_{event}", body))

    def poke_until_accepted(self, event):
        """As noahd does: again, with the same id, until it is acknowledged."""
        def accepted():
            with contextlib.suppress(OSError):
                return self.poke(event).status in (200, 202)
        wait_until(accepted, 20, f"poke {event} is accepted")

    def executed(self):
        """The id of each run that has begun."""
        with contextlib.suppress(FileNotFoundError), open(self.machine.path(EXECUTED), encoding="ascii") as file:
            return file.read().split()
        return []

    def wait_for_executed(self, count):
        wait_until(lambda: len(self.executed()) >= count, 20, f"{count} runs have begun")
        return self.executed()

    def history(self):
        """None while pokerd does not answer."""
        done = self.machine.run("pokerd", "history", "--json", check=False)
        return None if done.returncode else json.loads(done.stdout)

    def wait_for_history(self, count):
        def ended():
            records = self.history()
            are_all = records and len(records) >= count and all(record["ended_ms"] for record in records)
            return records if are_all else None
        return wait_until(ended, 20, f"{count} runs have ended")

    def run_units(self):
        """The units of runs that there are."""
        listed = self.systemctl("list-units", "--plain", "--no-legend", "--all", "pokerd-run-*")
        return [line.split()[0] for line in listed.splitlines()]

    def wait_for_runs(self, count):
        wait_until(lambda: len(self.run_units()) == count, 20, f"{count} units of runs")
        return self.run_units()

    def kill(self, pid, number):
        os.kill(self.machine.pid_here(pid), number)

    def test_a_run_is_a_unit_of_its_own_without_what_pokerd_has(self):
        self.shut()
        self.start()
        self.assertEqual(202, self.poke("e-1").status)
        run = self.wait_for_executed(1)[0]
        unit = f"pokerd-run-{run}.service"
        self.assertEqual([unit], self.wait_for_runs(1))
        self.assertEqual("control-group", self.machine.show(unit, "KillMode"))
        self.assertEqual("no", self.machine.show(unit, "SendSIGHUP"))
        self.assertEqual("1h 1min 35s", self.machine.show(unit, "RuntimeMaxUSec"))
        supervisor = self.machine.pid_here(self.main_pid(unit))
        for fd in os.listdir(f"/proc/{supervisor}/fd"):
            target = os.readlink(f"/proc/{supervisor}/fd/{fd}")
            self.assertRegex(target, rf"^(/dev/null|/var/lib/pokerd/runs/{run}/(lock|output)|pipe:.*|.*\[signalfd\])$")
        self.assertEqual({"lock", "event.json", "output", "record.json", "report.json"},
                         set(os.listdir(self.machine.path(f"/var/lib/pokerd/runs/{run}"))))
        self.machine.write(OPEN, "")
        record = self.wait_for_history(1)[0]
        self.assertEqual(("success", 0), (record["result"], record["exit"]))
        self.wait_for_runs(0)

    def test_a_run_that_restarts_pokerd_survives_it(self):
        self.configure(f"echo $POKERD_RUN_ID >>{EXECUTED}; systemctl restart pokerd; echo after; exit 35")
        self.start()
        before = self.main_pid("pokerd")
        self.assertEqual(202, self.poke("e-1").status)
        self.wait_for_executed(1)
        wait_until(lambda: self.main_pid("pokerd") not in (0, before), 20, "pokerd was restarted")
        self.systemctl("start", "pokerd")
        record = self.wait_for_history(1)[0]
        self.assertEqual(("success", 35, "after\n"), (record["result"], record["exit"], record["tail"]))
        self.assertEqual([record["run"]], self.executed())

    def test_a_run_that_replaces_pokerd_s_files_survives_it(self):
        self.configure(f"echo $POKERD_RUN_ID >>{EXECUTED}; cp /usr/sbin/pokerd /usr/sbin/pokerd.new && "
                       "mv /usr/sbin/pokerd.new /usr/sbin/pokerd && systemctl daemon-reload && "
                       "systemctl restart pokerd && echo new")
        self.start()
        for number in (1, 2):
            self.poke_until_accepted(f"e-{number}")
            self.wait_for_executed(number)
            record = self.wait_for_history(number)[number - 1]
            self.assertEqual(("success", "new\n"), (record["result"], record["tail"]))

    def test_pokes_during_restarts_are_answered_by_a_run(self):
        self.systemctl("start", "pokerd")
        over, failures, sent = threading.Event(), [], []

        def send():
            try:
                while not over.is_set():
                    self.poke_until_accepted(f"e-{len(sent)}")
                    sent.append(f"id_e-{len(sent)}")
            except Exception as reason:  # pylint: disable=broad-exception-caught
                failures.append(reason)
        sender = threading.Thread(target=send)
        sender.start()
        for _ in range(3):
            already = len(sent)
            self.systemctl("restart", "pokerd")
            wait_until(lambda already=already: len(sent) > already or failures, 20, "a poke is accepted again")
        over.set()
        sender.join()
        self.assertEqual([], failures)

        def settled():
            ended = [record for record in self.history() or () if record["ended_ms"]]
            return sorted(poke["id"] for record in ended for poke in record["pokes"])
        wait_until(lambda: len(settled()) >= len(sent), 20, "every poke has a run")
        self.assertEqual(sorted(sent), settled())

    def start_run_with_a_daemon(self):
        """Its id, and the cgroup of its unit. The daemon has its own session and environment, and ignores TERM."""
        self.configure(f"echo $POKERD_RUN_ID >>{EXECUTED}; test -e {OPEN} || env -i setsid sh -c "
                       "'(trap \"\" TERM; echo >/root/daemon; while :; do sleep 1; done) & exit 0' & "
                       f"while [ ! -e {OPEN} ]; do sleep 0.02; done")
        self.shut()
        self.start()
        self.assertEqual(202, self.poke("e-1").status)
        run = self.wait_for_executed(1)[0]
        wait_until(lambda: os.path.exists(self.machine.path("/root/daemon")), 10, "the daemon has begun")
        os.remove(self.machine.path("/root/daemon"))
        return run, self.machine.show(f"pokerd-run-{run}.service", "ControlGroup")

    def test_when_the_supervisor_is_killed_nothing_of_its_run_survives(self):
        run, group = self.start_run_with_a_daemon()
        self.kill(self.main_pid(f"pokerd-run-{run}.service"), signal.SIGKILL)
        wait_until(lambda: f"pokerd-run-{run}.service" not in self.run_units(), 15, "the unit is gone")
        self.assertEqual("", self.processes_of(group))
        self.machine.write(OPEN, "")
        records = self.wait_for_history(2)
        self.assertEqual(["lost", "success"], [record["result"] for record in records])
        self.assertEqual(run, records[1]["attempt_of"])

    def processes_of(self, group):
        for mount in ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
            path = self.machine.path(f"{mount}{group}/cgroup.procs")
            if os.path.exists(path):
                with open(path, encoding="ascii") as file:
                    return file.read()
        return ""

    def test_when_pokerd_is_dead_too_systemd_ends_what_is_left(self):
        run, group = self.start_run_with_a_daemon()
        self.adjust("pokerd.service", "Restart=no")
        self.systemctl("stop", "pokerd-listener")  # whose restart would start pokerd as well
        self.kill(self.main_pid("pokerd"), signal.SIGKILL)
        self.kill(self.main_pid(f"pokerd-run-{run}.service"), signal.SIGKILL)
        self.assertNotEqual("", self.processes_of(group))  # TERM does not end the daemon, KILL does
        self.assertEqual("35s", self.machine.show(f"pokerd-run-{run}.service", "TimeoutStopUSec"))
        self.systemctl("kill", "--signal=KILL", f"pokerd-run-{run}.service")
        wait_until(lambda: f"pokerd-run-{run}.service" not in self.run_units(), 15, "the unit is gone")
        self.assertEqual("", self.processes_of(group))

    def test_stopping_the_unit_ends_the_run_and_says_so(self):
        self.shut()
        self.start()
        self.assertEqual(202, self.poke("e-1").status)
        self.systemctl("stop", f"pokerd-run-{self.wait_for_executed(1)[0]}")
        record = self.wait_for_history(1)[0]
        self.assertEqual("killed", record["result"])
        self.machine.write(OPEN, "")

    def test_a_run_continues_while_pokerd_is_stopped_and_is_known_after_its_start(self):
        self.shut()
        self.start()
        self.assertEqual(202, self.poke("e-1").status)
        self.wait_for_executed(1)
        self.systemctl("stop", "pokerd")
        self.assertEqual(1, len(self.run_units()))
        self.machine.write(OPEN, "")
        self.wait_for_runs(0)
        self.systemctl("start", "pokerd")
        self.assertEqual(["success"], [record["result"] for record in self.wait_for_history(1)])
        self.assertEqual(1, len(self.executed()))

    def test_a_poke_that_waits_runs_after_the_next_boot(self):
        self.shut()
        self.systemctl("enable", "pokerd")
        self.start()
        self.assertEqual(202, self.poke("e-1").status)
        self.wait_for_executed(1)
        self.assertEqual(202, self.poke("e-2").status)  # waits for the end of the first
        self.machine.reboot()
        self.machine.write(OPEN, "")
        self.systemctl("start", "pokerd")

        def answered():
            converged = [record for record in self.history() or () if record["result"] == "success"]
            return {poke["id"] for record in converged for poke in record["pokes"]}
        wait_until(lambda: "id_e-2" in answered(), 20, "the poke was answered by a run")

    def test_with_a_full_disk_pokes_are_refused_until_there_is_space(self):
        self.machine.run("mkdir", "-p", "/var/lib/pokerd")
        self.machine.run("mount", "-t", "tmpfs", "-o", "size=400k,mode=711", "none", "/var/lib/pokerd")
        try:
            self.start()
            self.machine.run("sh", "-c", "cat /dev/zero >/var/lib/pokerd/filler", check=False)
            answer = self.poke("e-1", data="x" * 20000)
            self.assertEqual(503, answer.status, answer)
            self.assertIn("retry-after", answer.headers)
            self.assertEqual([], self.executed())
            os.remove(self.machine.path("/var/lib/pokerd/filler"))
            self.assertEqual(202, self.poke("e-1", data="x" * 20000).status)
            self.assertEqual("success", self.wait_for_history(1)[0]["result"])
        finally:
            self.systemctl("stop", "pokerd")
            self.machine.run("umount", "--lazy", "/var/lib/pokerd")

    def test_the_listener_has_no_power_and_only_systemd_gives_it_the_key(self):
        self.start()
        listener, runner = (self.machine.pid_here(self.main_pid(unit)) for unit in ("pokerd-listener", "pokerd"))
        with open(f"/proc/{listener}/status", encoding="ascii") as status:
            lines = dict(line.split(":", 1) for line in status)
        self.assertEqual([self.machine.run("id", "-u", "_pokerd").stdout.strip()] * 4, lines["Uid"].split())
        self.assertEqual((0, "2"), (int(lines["CapBnd"], 16), lines["Seccomp"].strip()))
        self.assertEqual(0, os.stat(self.machine.path("/etc/noah/pokerd.key")).st_uid)
        self.assertEqual([], [link for link in self.links(runner) if self.is_tcp(runner, link)])

    @staticmethod
    def links(pid):
        return [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]

    @staticmethod
    def is_tcp(pid, link):
        """Whether it is a TCP socket."""
        inode = link.removeprefix("socket:[").removesuffix("]")
        lines = []
        for table in ("tcp", "tcp6"):
            with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
                lines += file.read().splitlines()
        return any(inode in line.split() for line in lines)

    def test_a_killed_listener_is_replaced_and_the_run_goes_on(self):
        self.shut()
        self.start()
        self.assertEqual(202, self.poke("e-1").status)
        self.wait_for_executed(1)
        runner, listener = self.main_pid("pokerd"), self.main_pid("pokerd-listener")
        self.kill(listener, signal.SIGKILL)
        self.poke_until_accepted("e-2")
        self.assertEqual(runner, self.main_pid("pokerd"))
        self.assertNotEqual(listener, self.main_pid("pokerd-listener"))
        self.machine.write(OPEN, "")
        records = self.wait_for_history(2)
        self.assertEqual([["id_e-1"], ["id_e-2"]], [[poke["id"] for poke in record["pokes"]] for record in records])

    def test_with_the_socket_no_poke_is_refused_during_a_restart(self):
        self.adjust("pokerd.socket", "ListenStream=", f"ListenStream=127.0.0.1:{PORT}")
        self.systemctl("start", "pokerd.socket")
        self.assertEqual("inactive", self.machine.show("pokerd", "ActiveState"))
        self.assertEqual(202, self.poke("e-0").status)  # and this starts both
        over, refused, accepted = threading.Event(), [], []

        def send():
            while not over.is_set():
                try:
                    if self.poke(f"e-{len(accepted) + 1}").status in (200, 202):
                        accepted.append(True)
                except ConnectionRefusedError as reason:
                    refused.append(reason)
                except OSError:  # cut off in the last moment; noahd would send it again
                    pass
        sender = threading.Thread(target=send)
        sender.start()
        for _ in range(3):
            already = len(accepted)
            self.systemctl("restart", "pokerd")
            wait_until(lambda already=already: len(accepted) > already + 1, 20, "pokes are accepted after the restart")
        over.set()
        sender.join()
        self.assertEqual([], refused)

    def test_reload_reads_the_settings_again_and_starts_no_run(self):
        self.start()
        self.configure(f"echo $POKERD_RUN_ID >>{EXECUTED}", limit=1800)
        self.systemctl("reload", "pokerd")
        self.wait_for_journal("pokerd", "runs.time_limit_seconds")
        self.wait_until_well()  # after the listener that read the previous certificate
        self.assertEqual([], self.executed())

    def test_a_process_that_hangs_is_replaced(self):
        self.start()
        self.assert_watchdog_restarts("pokerd.service", self.wait_until_well)
        self.assert_watchdog_restarts("pokerd-listener.service", self.wait_until_well)


if __name__ == "__main__":
    unittest.main()
