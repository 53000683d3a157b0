"""Runs whose supervisor dies or whose machine goes down: every accepted poke runs, and the records tell how."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import signal

from pokerd_case import PokerdCase, is_alive, runs_on
from support.boot import Boot
from support.daemon import wait_until


def events(record):
    return [poke["event"] for poke in record["pokes"]]


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def is_stopped(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "T"


class Recovering(PokerdCase):
    def supervisor(self):
        """The pid of that of the run that is on."""
        def pid():
            run = json.loads(self.pokerd.run("status", "--json").stdout)["run"]
            return run and run["supervisor"]
        return wait_until(pid, 10, "a run is on")

    def wait_for_state(self, event, state):
        """The record of a run is there a moment before its poke's state is."""
        wait_until(lambda: self.poke(event).json()["state"] == state, 10, f"{event} is {state}")

    def begin(self, event="e-1"):
        """A run that does not end: its supervisor's pid."""
        self.gate.shut()
        already = len(self.gate.executed())
        self.poke(event)
        self.gate.wait_for_runs(already + 1)
        return self.supervisor()

    def cut_power(self, boot):
        """Everything is gone at once, and the machine is booted."""
        supervisor = self.supervisor()
        victims = [supervisor, *children_of(supervisor)]
        self.pokerd.kill()
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, victims)), 10, "the run is gone")
        boot.again()

    def test_the_pokes_of_a_run_whose_supervisor_was_killed_run_once_more(self):
        self.start()
        os.kill(self.begin(), signal.SIGKILL)
        self.gate.wait_for_runs(2)
        self.poke("e-2")
        self.gate.open()
        lost, again, after = self.wait_for_history(3)
        self.assertEqual((lost["result"], events(lost), lost["attempt_of"]), ("lost", ["e-1"], None))
        self.assertIn("its supervisor was killed", lost["reason"])
        self.assertEqual((again["result"], events(again), again["attempt_of"]), ("success", ["e-1"], lost["run"]))
        self.assertEqual((after["result"], events(after), after["attempt_of"]), ("success", ["e-2"], None))
        self.wait_for_state("e-1", "done")
        self.assertEqual(self.gate.executed(), ["e-1", "e-1", "e-2"])
        self.assertIn(f"repeats    {lost['run']}\n", self.pokerd.run("show", again["run"]).stdout)

    def test_a_run_whose_supervisor_died_before_it_executed_anything_is_as_if_it_had_not_been(self):
        boot = Boot(self.folder)
        self.start(environment=boot.environment())
        boot.stop_readers(True)
        self.poke("e-1")
        supervisor = self.supervisor()
        child, = wait_until(lambda: children_of(supervisor), 10, "the command's process is forked")
        wait_until(lambda: is_stopped(child), 10, "it has stopped before it was executed")
        boot.stop_readers(False)
        os.kill(supervisor, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
        record, = self.wait_for_history(1)
        self.assertEqual((record["result"], events(record), record["attempt_of"]), ("success", ["e-1"], None))
        self.assertEqual(self.gate.executed(), ["e-1"])
        self.wait_for_state("e-1", "done")

    def test_after_a_power_cut_in_mid_run_its_pokes_run_once_more(self):
        boot = Boot(self.folder)
        self.start(environment=boot.environment())
        self.begin()
        self.poke("e-2")
        self.cut_power(boot)
        self.gate.open()
        self.pokerd.start()
        cut, again = self.wait_for_history(2)
        self.assertEqual((cut["result"], events(cut)), ("lost", ["e-1"]))
        self.assertIn("the machine went down", cut["reason"])
        self.assertEqual((again["result"], events(again), again["attempt_of"]), ("success", ["e-1", "e-2"], cut["run"]))
        self.assertEqual(self.gate.executed(), ["e-1", "e-1, e-2"])
        self.wait_for_state("e-1", "done")

    def test_a_power_cut_that_takes_the_files_of_the_run_does_not_take_its_record(self):
        boot = Boot(self.folder)
        self.start(environment=boot.environment())
        self.begin()
        run, = runs_on(self.folder)
        self.cut_power(boot)
        os.remove(os.path.join(run, "record.json"))
        os.truncate(os.path.join(run, "lock"), 0)
        self.gate.open()
        self.pokerd.start()
        cut, again = self.wait_for_history(2)
        self.assertEqual((cut["run"], cut["result"], events(cut)), (os.path.basename(run), "lost", ["e-1"]))
        self.assertEqual((cut["rule"], cut["queued_ms"] > 0), ("/", True))
        self.assertEqual((events(again), again["attempt_of"]), (["e-1"], cut["run"]))

    def test_a_run_whose_start_is_damaged_in_the_journal_still_keeps_others_waiting(self):
        self.start()
        self.begin()
        self.pokerd.kill()
        with open(os.path.join(self.pokerd.state, "journal"), "r+b") as journal:
            journal.seek(journal.read().rindex(b'"kind":"start"'))
            journal.write(b"X")
        self.pokerd.start()
        self.assertIn("the journal was damaged", self.pokerd.log_text())
        self.poke("e-2")
        self.assertEqual(self.gate.executed(), ["e-1"])
        self.gate.open()
        first, second = self.wait_for_history(2)
        self.assertEqual((events(first), events(second)), (["e-1"], ["e-1", "e-2"]))
        self.assertGreaterEqual(second["started_ms"], first["ended_ms"])

    def test_a_command_that_brings_the_machine_down_each_time_is_given_up(self):
        boot = Boot(self.folder)
        self.start("runs.failures_to_hold=9", environment=boot.environment())
        self.begin()
        for number in range(1, 6):
            self.gate.wait_for_runs(number)
            self.cut_power(boot)
            self.pokerd.start()
        self.pokerd.wait_for_log("given up")
        records = self.wait_for_history(5)
        self.assertEqual([record["result"] for record in records], ["lost"] * 5)
        self.assertEqual([record["attempt_of"] for record in records], [None, *(record["run"] for record in records[:-1])])
        self.wait_for_state("e-1", "lost")
        self.gate.open()
        self.assert_answer(self.poke("e-2"), 202, "queued")
        self.assertEqual(events(self.wait_for_history(6)[-1]), ["e-2"])
        self.assertEqual(len(self.gate.executed()), 6)


class Spaced(PokerdCase):
    """With a burst of three used up, starts are a second apart, whatever happens between them."""

    def check_next_start(self, disturb, environment=None):
        self.start("runs.min_interval_seconds=1", "runs.burst=3", environment=environment)
        for number in range(5):
            self.poke(f"e-{number}")
            self.wait_for_history(number + 1)
        disturb()
        self.poke("e-5")
        # Each is when the command was executed, some time after its start was decided.
        starts = [record["started_ms"] for record in self.wait_for_history(6)]
        self.assertLess(starts[2] - starts[0], 900)
        self.assertGreaterEqual(starts[4] - starts[0], 1700)
        return starts

    def pokerd_restart(self):
        self.pokerd.restart()

    def test_a_restart_gives_no_start_back(self):
        starts = self.check_next_start(self.pokerd_restart)
        self.assertGreaterEqual(starts[5] - starts[0], 2700)

    def test_a_kill_gives_no_start_back(self):
        def kill():
            self.pokerd.kill()
            self.pokerd.start()
        starts = self.check_next_start(kill)
        self.assertGreaterEqual(starts[5] - starts[0], 2700)

    def test_a_reload_gives_no_start_back(self):
        def reload():
            self.pokerd.process.send_signal(signal.SIGHUP)
            self.pokerd.wait_for_log("settings reloaded")
        starts = self.check_next_start(reload)
        self.assertGreaterEqual(starts[5] - starts[0], 2700)

    def test_a_boot_gives_no_start_back(self):
        boot = Boot(self.folder)

        def reboot():
            self.pokerd.kill()
            boot.again()
            self.pokerd.start()
        starts = self.check_next_start(reboot, boot.environment())
        self.assertGreaterEqual(starts[5] - starts[4], 700)
