"""pokerd without processes, on a disk that can only be read, killed in each state of a rule, and with keys that are rotated."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import resource
import signal
import subprocess
import unittest

from pokerd_case import PokerdCase, is_alive
from support.daemon import program, wait_until
from support.fault import Fault
from support.signer import Signer

READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


class Faults(PokerdCase):
    def state_of_rule(self):
        rule, = json.loads(self.pokerd.run("status", "--json").stdout)["rules"]
        return rule["state"]

    def listener(self):
        return json.loads(self.pokerd.run("status", "--json").stdout)["listener"]["pid"]

    def test_without_processes_an_accepted_poke_waits_and_then_runs_once(self):
        fault = Fault(self.folder)
        self.start(environment=fault.environment())
        fault.order("fork every EAGAIN", "")
        self.assert_answer(self.poke("e-1"), 202, "queued")
        wait_until(lambda: "cannot start a run" in self.pokerd.log_text(), 10, "the failure is logged")
        self.assert_answer(self.poke("e-2"), 202, "merged")
        fault.heal()
        record, = self.wait_for_history(1)
        self.assertEqual((record["result"], [poke["event"] for poke in record["pokes"]]), ("success", ["e-1", "e-2"]))
        self.assertEqual(self.gate.executed(), ["e-1, e-2"])

    def test_without_processes_a_dead_listener_is_replaced_later(self):
        fault = Fault(self.folder)
        self.start(environment=fault.environment())
        fault.order("fork every EAGAIN", "")
        dead = self.listener()
        os.kill(dead, signal.SIGKILL)
        wait_until(lambda: not is_alive(dead), 10, "the listener is gone")
        wait_until(lambda: "listener" in json.loads(self.pokerd.run("status", "--json").stdout)["health"], 10,
                   "the health names it")
        fault.heal()
        wait_until(self.listener, 10, "there is another listener")
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.wait_for_history(1)

    def test_a_disk_that_can_only_be_read_is_a_503_until_it_can_be_written(self):
        fault = Fault(self.folder)
        self.start(environment=fault.environment())
        fault.order("write every EROFS", self.pokerd.state)
        self.assert_answer(self.poke("e-1"), 503, message="the journal cannot be written")
        self.pokerd.wait_for_log("Read-only file system")
        fault.heal()
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.wait_for_history(1)
        self.assertEqual(self.gate.executed(), ["e-1"])

    def test_a_file_size_limit_is_a_503_and_not_the_end(self):
        self.start()
        self.assert_answer(self.poke("e-0"), 202, "queued")
        self.wait_for_history(1)
        _, hard = resource.prlimit(self.pokerd.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.pokerd.pid, resource.RLIMIT_FSIZE, (0, hard))
        self.assert_answer(self.poke("e-1"), 503, message="the journal cannot be written")
        self.pokerd.wait_for_log("File too large")
        resource.prlimit(self.pokerd.pid, resource.RLIMIT_FSIZE, (hard, hard))
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.wait_for_history(2)
        self.assertEqual(self.gate.executed(), ["e-0", "e-1"])

    @unittest.skipIf(os.geteuid() != 0, "needs root, to mount a folder read-only")
    def test_a_start_on_a_disk_that_can_only_be_read_is_a_temporary_error(self):
        pokerd = self.make()
        os.mkdir(pokerd.state, 0o711)
        done = subprocess.run(["unshare", "--mount", "sh", "-c", READ_ONLY, pokerd.state, program("pokerd"),
                               *pokerd.arguments()], capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stdout), (75, ""))
        self.assertRegex(done.stderr, f"cannot start: .*{pokerd.state}.*Read-only file system")

    def test_a_poke_that_was_quiet_when_the_runner_was_killed_runs_once(self):
        self.check_killed_in("quiet", "runs.quiet_seconds=60", "runs.quiet_max_seconds=60")

    def test_a_poke_that_was_spaced_when_the_runner_was_killed_runs_once(self):
        self.check_killed_in("spaced", "runs.burst=1", "runs.min_interval_seconds=60")

    def test_a_poke_that_was_running_when_the_runner_was_killed_runs_once(self):
        self.check_killed_in("running")

    def test_a_poke_that_came_during_a_run_when_the_runner_was_killed_runs_once(self):
        self.check_killed_in("running+dirty")

    def check_killed_in(self, state, *settings):
        self.start(*settings)
        pokes = self.bring_into(state)
        self.pokerd.kill()
        self.make().start()  # with settings that make nothing wait
        self.gate.open()
        wait_until(lambda: self.state_of_rule() == "idle", 20, "nothing is left to do")
        self.assertEqual(sorted(", ".join(self.gate.executed()).split(", ")), pokes)

    def bring_into(self, state):
        """The events of all pokes that it took, sorted."""
        pokes = ["e-1"]
        if state.startswith("running"):
            self.gate.shut()
        self.poke("e-1")
        if state == "running+dirty":
            self.gate.wait_for_runs(1)
        elif state == "spaced":
            self.wait_for_history(1)
        if state in ("running+dirty", "spaced"):
            self.poke("e-2")
            pokes.append("e-2")
        wait_until(lambda: self.state_of_rule() == state, 10, f"the rule is {state}")
        return pokes

    def test_after_the_key_is_rotated_old_bytes_are_refused_and_the_id_is_known(self):
        self.start()
        body = self.body("e-1")
        old = self.fleet.headers("id_e-1", body)
        self.assert_answer(self.request("POST", "/", body, old), 202, "queued")
        self.wait_for_history(1)
        fresh = Signer()
        self.rotate(f"{self.fleet.public_text()}\n{fresh.public_text()}\n")
        self.assert_answer(self.request("POST", "/", body, old), 200, "done")
        self.rotate(f"{fresh.public_text()}\n")
        self.assert_answer(self.request("POST", "/", body, old), 401)
        self.assert_answer(self.request("POST", "/", body, fresh.headers("id_e-1", body)), 200, "done")
        self.assertEqual(self.gate.executed(), ["e-1"])

    def rotate(self, keys):
        reloads = self.pokerd.log_text().count("settings reloaded")
        with open(os.path.join(self.folder, "noah.keys"), "w", encoding="ascii") as file:
            file.write(keys)
        self.pokerd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.pokerd.log_text().count("settings reloaded") > reloads, 10, "the keys are read again")
