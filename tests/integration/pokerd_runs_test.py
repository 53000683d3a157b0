"""When pokerd runs the command, and that no poke is lost or run twice, whatever is killed or full."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import os
import shutil
import signal
import socket
import time

from pokerd_case import PokerdCase, is_alive, listener_of, runs_on
from support.daemon import pokerd_rule, wait_until
from support.fault import Fault


def events(record):
    return [poke["event"] for poke in record["pokes"]]


def lines(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()


class Merging(PokerdCase):
    def test_the_record_says_what_its_pokes_were_about(self):
        self.start()
        self.gate.shut()
        self.poke("e-0", location="/ephemerals/chef/notify/web1", data="1")
        self.gate.wait_for_runs(1)
        self.poke("e-1", action="delete")
        self.poke("e-2", action="create", status="up")
        self.gate.open()
        first, second = self.wait_for_history(2)
        self.assertEqual(["update of /ephemerals/chef/notify/web1 (data 1)"], [poke["about"] for poke in first["pokes"]])
        self.assertEqual(["delete of /hosts/web1", "create of /hosts/web1 (status up)"],
                         [poke["about"] for poke in second["pokes"]])

    def test_ten_pokes_during_a_run_cause_exactly_one_more(self):
        self.start()
        self.gate.shut()
        self.poke("e-0")
        self.gate.wait_for_runs(1)
        answers = [self.poke(f"e-{number}").json()["state"] for number in range(1, 11)]
        self.assertEqual(answers, ["queued"] + ["merged"] * 9)
        self.assertEqual(self.poke("e-0").json()["state"], "running")
        self.gate.open()
        first, second = self.wait_for_history(2)
        self.assertEqual(events(first), ["e-0"])
        self.assertEqual(events(second), [f"e-{number}" for number in range(1, 11)])
        self.assertEqual(self.pokerd.restart().history(), [first, second])
        self.assertEqual(len(self.gate.executed()), 2)

    def test_pokes_that_arrive_together_are_one_run(self):
        self.start("runs.quiet_seconds=0.3", "runs.quiet_max_seconds=5")
        for number in range(5):
            self.poke(f"e-{number}")
        self.assertEqual(events(self.wait_for_history(1)[0]), [f"e-{number}" for number in range(5)])

    def test_endless_pokes_do_not_delay_the_run_forever(self):
        self.start("runs.quiet_seconds=0.4", "runs.quiet_max_seconds=1")
        began = time.monotonic()
        number = 0
        while not self.gate.executed():
            self.assertLess(time.monotonic() - began, 10)
            self.poke(f"e-{number}")
            number += 1
        self.assertGreater(time.monotonic() - began, 0.9)

    def test_runs_are_spaced_once_the_burst_is_used_up(self):
        self.start("runs.min_interval_seconds=2", "runs.burst=2")
        for number in range(3):
            self.poke(f"e-{number}")
            self.wait_for_history(number + 1)
        starts = [record["started_ms"] for record in self.pokerd.history()]
        self.assertLess(starts[1] - starts[0], 1900)
        self.assertGreaterEqual(starts[2] - starts[0], 1900)

    def test_two_rules_run_one_after_the_other(self):
        self.start(rules=[pokerd_rule(self.gate.command, patterns=["//noah/hosts"]),
                          pokerd_rule(self.gate.command, patterns=["//noah/services"])])
        self.gate.shut()
        self.poke("e-1", location="/hosts/h")
        self.gate.wait_for_runs(1)
        self.poke("e-2", location="/services/s")
        self.poke("e-3", location="/hosts/h")
        self.gate.open()
        first, *others = self.wait_for_history(3)
        self.assertEqual(events(first), ["e-1"])
        self.assertEqual(sorted(map(events, others)), [["e-2"], ["e-3"]])
        ends = [(record["started_ms"], record["ended_ms"]) for record in [first, *others]]
        self.assertTrue(all(end <= start for (_, end), (start, _) in zip(ends, ends[1:])), ends)


    def start_two_rules(self, *settings):
        self.start(*settings, rules=[pokerd_rule(self.gate.command, patterns=["//noah/hosts"]),
                                     pokerd_rule(self.gate.command, patterns=["//noah/services"])])

    def test_pokes_are_merged_within_their_rule_and_not_across_rules(self):
        self.start_two_rules()
        self.gate.shut()
        self.poke("h-0", location="/hosts/h")
        self.gate.wait_for_runs(1)
        states = [self.poke(event, location=location).json()["state"]
                  for event, location in (("h-1", "/hosts/h"), ("s-1", "/services/s"), ("h-2", "/hosts/i"),
                                          ("s-2", "/services/t"))]
        self.assertEqual(states, ["queued", "queued", "merged", "merged"])
        self.gate.open()
        self.assertEqual(sorted(map(events, self.wait_for_history(3))), [["h-0"], ["h-1", "h-2"], ["s-1", "s-2"]])

    def test_a_poke_of_one_rule_does_not_prolong_the_quiet_time_of_another(self):
        self.start_two_rules("runs.quiet_seconds=1", "runs.quiet_max_seconds=60")
        self.poke("h-1", location="/hosts/h")
        number = 0
        while not self.gate.executed():
            self.assertLess(number, 1000, "the rule for hosts is not quiet")
            self.poke(f"s-{number}", location="/services/s")
            number += 1
        first, *others = [events(record) for record in self.wait_for_history(2)]
        self.assertEqual(first, ["h-1"])
        self.assertEqual(sum(others, []), [f"s-{i}" for i in range(number)])


class Surviving(PokerdCase):
    def test_a_poke_pending_when_pokerd_is_killed_runs_once_after_the_restart(self):
        self.start("runs.quiet_seconds=0.3", "runs.quiet_max_seconds=0.3")
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.pokerd.kill()
        self.assertEqual(self.gate.executed(), [])
        self.pokerd.start()
        self.gate.wait_for_runs(1)
        self.assertEqual(self.poke("e-1").status, 200)
        self.wait_for_history(1)
        self.assert_answer(self.poke("e-1"), 200, "done")
        self.assertEqual(self.gate.executed(), ["e-1"])

    def test_a_run_continues_when_its_pokerd_is_killed_and_is_found_again(self):
        self.start()
        self.gate.shut()
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        self.pokerd.kill()
        self.assertEqual(len(runs_on(self.folder)), 1)
        self.pokerd.start()
        self.pokerd.wait_for_log("still in progress")
        self.assertEqual(self.poke("e-1").json()["state"], "running")
        self.assert_answer(self.poke("e-2"), 202, "queued")
        self.gate.open()
        self.assertEqual([events(record) for record in self.wait_for_history(2)], [["e-1"], ["e-2"]])
        self.assertEqual(self.poke("e-1").json()["state"], "done")

    def test_a_run_that_ends_while_no_pokerd_runs_is_recorded_afterwards(self):
        self.start()
        self.gate.shut()
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        self.pokerd.kill()
        self.gate.open()
        wait_until(lambda: not runs_on(self.folder), 10, "the run has ended")
        self.pokerd.start()
        self.assert_answer(self.poke("e-1"), 200, "done")
        self.assertEqual(self.gate.executed(), ["e-1"])

    def test_a_stop_leaves_the_run_alive(self):
        self.start()
        self.gate.shut()
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        self.pokerd.stop(seconds=5)
        self.assertEqual(len(runs_on(self.folder)), 1)
        self.pokerd.start()
        self.gate.open()
        self.assertEqual(self.wait_for_history(1)[0]["result"], "success")

    def test_a_run_whose_supervisor_is_killed_ends_before_the_next_begins(self):
        pids = os.path.join(self.folder, "pids")
        self.start(rules=[pokerd_rule(["/bin/sh", "-c", f"sh -c 'echo $$ >>{pids}; exec sleep 60'; true"])])
        for restarted in (False, True):
            already = len(lines(pids))
            self.poke(f"e-{already}")
            wait_until(lambda: len(lines(pids)) == already + 1, 10, "the command is on")
            self.poke(f"e-{already}-next")
            supervisor = json.loads(self.pokerd.run("status", "--json").stdout)["run"]["supervisor"]
            if restarted:
                self.pokerd.kill()
            os.kill(supervisor, signal.SIGKILL)
            if restarted:
                self.pokerd.start()
            wait_until(lambda: len(lines(pids)) == already + 2, 10, "the next run has begun")
            self.assertEqual([pid for pid in lines(pids)[:-1] if is_alive(pid)], [])
            self.assertEqual(self.poke(f"e-{already}").json()["state"], "running")
            self.assertEqual(self.pokerd.history()[-2]["result"], "lost")
            self.end_run(lines(pids)[-1])

    def end_run(self, pid):
        os.kill(int(pid), signal.SIGKILL)
        self.wait_for_history(1)

    def test_an_id_is_known_after_a_restart_and_after_being_ignored(self):
        self.start(rules=[pokerd_rule(self.gate.command, patterns=["//noah/hosts"])])
        self.poke("e-1")
        self.poke("e-2", location="/services/s")
        self.wait_for_history(1)
        self.pokerd.restart()
        self.assert_answer(self.poke("e-1"), 200, "done")
        self.assert_answer(self.poke("e-2", location="/services/s"), 200, "ignored")
        self.assertEqual(self.gate.executed(), ["e-1"])

    def test_a_torn_tail_of_the_journal_is_cut_off_and_reported(self):
        self.start()
        self.poke("e-1")
        self.wait_for_history(1)
        self.pokerd.stop()
        with open(os.path.join(self.pokerd.state, "journal"), "ab") as journal:
            journal.write(b"\0half a record")
        self.pokerd.start()
        self.assertIn("the journal was damaged", self.pokerd.log_text())
        self.assert_answer(self.poke("e-1"), 200, "done")

    def test_the_interval_between_runs_survives_a_restart(self):
        self.start("runs.min_interval_seconds=1", "runs.burst=1")
        self.poke("e-1")
        first, = self.wait_for_history(1)
        self.pokerd.restart()
        self.poke("e-2")
        _, second = self.wait_for_history(2)
        self.assertGreaterEqual(second["started_ms"] - first["started_ms"], 950)


class Hindered(PokerdCase):
    def test_a_full_disk_is_a_503_until_it_has_space(self):
        fault = Fault(self.folder)
        self.start(environment=fault.environment())
        fault.order("growth every ENOSPC", self.pokerd.state)
        answer = self.poke("e-1")
        self.assert_answer(answer, 503, message="the journal cannot be written")
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        self.assertEqual(self.request("GET", "/health").status, 503)
        self.assertEqual(self.gate.executed(), [])
        fault.heal()
        self.assert_answer(self.poke("e-1"), 202, "queued")
        self.assertEqual(self.request("GET", "/health").status, 200)
        self.assertEqual(events(self.wait_for_history(1)[0]), ["e-1"])

    def begin_with_a_full_disk(self):
        """A run is in progress when the disk becomes full: the fault, and the supervisor's pid."""
        fault = Fault(self.folder)
        self.start(environment=fault.environment())
        self.gate.shut()
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        wait_until(lambda: len(self.pokerd.history()) == 1, 10, "the run is on record")
        fault.order("growth every ENOSPC", self.pokerd.state)
        return fault, json.loads(self.pokerd.run("status", "--json").stdout)["run"]["supervisor"]

    def test_a_run_that_ends_while_the_disk_is_full_has_its_record_once_there_is_space(self):
        for restarted in (False, True):
            with self.subTest(restarted=restarted):
                fault, supervisor = self.begin_with_a_full_disk()
                self.gate.open()
                wait_until(lambda: not children_of(supervisor), 10, "the command has ended")
                self.assertEqual(self.poke("e-1").json()["state"], "running")
                if restarted:
                    self.pokerd.kill()
                    self.pokerd.start()
                fault.heal()
                record, = self.wait_for_history(1)
                self.assertEqual((record["result"], record["exit"], events(record)), ("success", 0, ["e-1"]))
                wait_until(lambda: self.poke("e-1").json()["state"] == "done", 10, "the poke is done")
                self.assertEqual(self.gate.executed(), ["e-1"])
                self.pokerd.stop()
                self.forget_runs()

    def test_a_run_lost_while_the_disk_is_full_is_recorded_once_there_is_space(self):
        fault, supervisor = self.begin_with_a_full_disk()
        os.kill(supervisor, signal.SIGKILL)
        self.pokerd.wait_for_log("its state cannot be determined")
        self.pokerd.kill()
        self.pokerd.start()
        self.assertEqual(self.poke("e-1").json()["state"], "running")
        fault.heal()
        self.gate.wait_for_runs(2)
        self.gate.open()
        lost, again = self.wait_for_history(2)
        self.assertEqual((lost["result"], events(lost)), ("lost", ["e-1"]))
        self.assertEqual((again["result"], events(again), again["attempt_of"]), ("success", ["e-1"], lost["run"]))
        wait_until(lambda: self.poke("e-1").json()["state"] == "done", 10, "the poke is done")
        self.assert_answer(self.poke("e-2"), 202, "queued")

    def forget_runs(self):
        shutil.rmtree(self.pokerd.state)
        os.remove(os.path.join(self.folder, "executed"))

    def test_a_missing_command_is_a_run_that_was_not_started(self):
        self.start(rules=[pokerd_rule(["/does/not/exist"])])
        self.poke("e-1")
        record, = self.wait_for_history(1)
        self.assertEqual(record["result"], "not started")
        self.assertIn("/does/not/exist", record["reason"])
        self.assert_answer(self.poke("e-1"), 200, "failed")

    def test_a_run_beyond_its_time_limit_is_ended(self):
        self.start("runs.time_limit_seconds=0.2", rules=[pokerd_rule(["/bin/sleep", "60"])])
        self.poke("e-1")
        self.assertEqual(self.wait_for_history(1)[0]["result"], "time limit")

    def test_old_runs_are_forgotten(self):
        self.start("runs.kept=2")
        for number in range(4):
            self.poke(f"e-{number}")
            wait_until(lambda: any(["e-%d" % number] == events(record) and record["ended_ms"]
                                   for record in self.pokerd.history()), 10, "the run has ended")
        wait_until(lambda: [events(record) for record in self.pokerd.history()] == [["e-2"], ["e-3"]], 10, "two are left")

    def test_a_poke_reaches_the_command_only_through_its_file(self):
        seen = os.path.join(self.folder, "seen")
        script = f'tr "\\0" "\\n" </proc/self/environ >{seen}; cat "$POKERD_EVENT_FILE" >>{seen}'
        self.start(rules=[pokerd_rule(["/bin/sh", "-c", script], environment={"SITE": "here"})])
        self.assert_answer(self.poke("e-1; touch /tmp/x", poke_id="id", location="/hosts/$(id)", data="`id`"), 202, "queued")
        self.wait_for_history(1)
        with open(seen, encoding="utf-8") as file:
            environment, _, event = file.read().partition('{"run"')
        self.assertIn("SITE=here", environment.splitlines())
        self.assertNotIn("$(id)", environment)
        self.assertNotIn("touch", environment)
        self.assertIn("$(id)", event)


class Commands(PokerdCase):
    def test_history_shows_what_caused_each_run(self):
        self.start()
        self.assertEqual(self.pokerd.run("history").stdout, "no runs yet\n")
        self.gate.shut()
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        for number in (2, 3, 4):
            self.poke(f"e-{number}")
        self.gate.open()
        first, second = self.wait_for_history(2)
        self.assertEqual(self.pokerd.run("history").stdout.splitlines()[0].split(), ["RUN", "STARTED", "TOOK", "RESULT", "WHAT"])
        self.assertRegex(self.pokerd.run("history").stdout,
                         r"\n\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{6}  (?:just now|.* ago) +\d+\.\d{3} s +success +update of /hosts/web1\n"
                         r"\d{8}T.* +success +update of /hosts/web1 and 2 more\n$")
        text = self.pokerd.run("show", first["run"]).stdout
        self.assertRegex(text, r"^run +\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{6}, rule /: success\nstarted +\d{4}-\d\d-\d\d .*\n"
                               r"took +\d+\.\d{3} s, exit 0, converged\ncaused by  update of /hosts/web1, event e-1 \(id_e-1\)\n")
        text = self.pokerd.run("show", second["run"]).stdout
        self.assertRegex(text, r"caused by  .*, event e-2 \(id_e-2\)\nmerged +2 further pokes\n"
                               r" +.*, event e-3 \(id_e-3\)\n +.*, event e-4 \(id_e-4\)\n$")

    def test_status_shows_pending_pokes_and_the_run(self):
        self.start()
        self.gate.shut()
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        self.poke("e-2")
        text = self.pokerd.run("status").stdout
        self.assertRegex(text, r"\nrun +\d{8}T.*, rule /, for \d")
        self.assertRegex(text, r"\nrule +/: running\+dirty, 1 pending:\n +update of /hosts/web1, event e-2 \(id_e-2\)\n")
        self.assertRegex(text, r"\nlast runs\n +RUN .*\n +\d{8}T.* running +update of /hosts/web1\n$")
        self.assertIn(f"\nlistener   pid {listener_of(self.pokerd.pid)}, died 0 times\n", text)

    def test_a_command_without_a_running_pokerd_reports_it(self):
        self.make()
        done = self.pokerd.run("status")
        self.assertEqual((done.returncode, done.stdout), (75, ""))
        self.assertIn("no pokerd answers", done.stderr)

    def test_a_busy_pokerd_reports_it(self):
        self.start()
        with contextlib.ExitStack() as others:
            for _ in range(8):
                silent = others.enter_context(socket.socket(socket.AF_UNIX))
                silent.connect(self.pokerd.control)
            for arguments in (("status",), ("why", "--json")):
                done = self.pokerd.run(*arguments)
                self.assertEqual((done.returncode, done.stdout), (75, ""))
                self.assertIn("busy", done.stderr)
            self.assertEqual(self.pokerd.run("history", "--json").stdout, "[]\n")
        wait_until(lambda: self.pokerd.run("status").returncode == 0, 10, "it answers again")

    def test_only_its_owner_can_use_the_control_socket(self):
        self.start()
        self.assertEqual(os.stat(self.pokerd.control).st_mode & 0o777, 0o600)
        self.pokerd.stop()
        self.assertFalse(os.path.exists(self.pokerd.control))
